"""What is done on the board: verdicts, moves, undo, and papers added by hand.

To htmx each answers with what it changed alone: the controls of the card, the counts, the words. Others are led back
to where they came from, with a message.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from digests import publishing
from digests.access import DeskRequest, editor_required
from digests.board import Filter, unfold
from digests.forms import AddForm, MoveForm
from digests.models import Candidate, Digest, Topic
from digests.models.people import name_of
from digests.views.board import covered_before, in_list, with_counts, with_tally
from digests.views.desk import find_digest
from tracker import tex
from tracker.errors import GalleyError
from tracker.lookup import find_paper
from tracker.weeks import Week

VERBS: dict[str, Callable[..., None]] = {
    "pick": publishing.pick,
    "maybe": publishing.set_aside,
    "skip": publishing.skip,
    "reconsider": publishing.reconsider,
}


class Unclear(GalleyError):
    """A form doesn't say what to do."""


@editor_required
@require_POST
def decide(request: DeskRequest, pk: int) -> HttpResponse:
    """Pick, skip, set aside, reconsider or move one candidate."""
    candidate = get_object_or_404(Candidate.objects.select_related("digest__series", "paper"), pk=pk)
    back = f"{_came_from(request, candidate.digest)}#c{pk}"
    try:
        done = _act(request, candidate)
    except GalleyError as error:
        return refused(request, error, back)
    if request.htmx:
        context = {"done": done, "candidate": candidate, **_changed(request, candidate.digest)}
        return render(request, "digests/desk/_decided.html", context)
    messages.success(request, done)
    return HttpResponseRedirect(back)


@editor_required
@require_POST
def undo(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Take back one's latest action on the board."""
    digest = find_digest(series, week)
    back = _came_from(request, digest)
    try:
        undone = publishing.undo_last(digest, editor=request.user)
    except GalleyError as error:
        return refused(request, error, back)
    done = _in_words(request, undone)
    first = next((f"c{candidate.pk}" for candidate in undone.restored), "")
    if request.htmx:
        context = {"done": done, "restored": undone.restored, **_changed(request, digest)}
        answer = render(request, "digests/desk/_undone.html", context)
        return trigger_client_event(answer, "undone", {"card": first})
    messages.success(request, done)
    return HttpResponseRedirect(f"{back}#{first}" if first else back)


@editor_required
@require_POST
def add(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Put any paper of arXiv on the board; one that is there already is shown."""
    digest = find_digest(series, week)
    form = AddForm(request.POST, series=digest.series)
    try:
        candidate, done = _add(digest, form, request.user)
    except GalleyError as error:
        return refused(request, error, _came_from(request, digest))
    [card] = covered_before([Candidate.objects.with_cards().get(pk=candidate.pk)], digest)
    unfold([card])
    for entry in card.appearances:
        done += f" It was in {entry.digest.week}, {entry.section_number}.{entry.entry_number}."
    if request.htmx:
        context = {"done": done, "candidate": card, **_changed(request, digest)}
        return render(request, "digests/desk/_added.html", context)
    messages.success(request, done)
    return HttpResponseRedirect(f"{reverse('board', args=[digest.series.slug, week])}?list=all&q={card.paper.arxiv_id}")


def refused(request: DeskRequest, error: GalleyError, back: str) -> HttpResponse:
    """Say why an action was refused: to htmx as text that desk.js shows, to others on the page they came from."""
    if request.htmx:
        return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
    messages.error(request, str(error))
    return HttpResponseRedirect(back)


def decide_by(verb: str, candidate: Candidate, editor: User) -> None:
    """Do what the verb of a form says. Raises Unclear and what verbs do."""
    if verb not in VERBS:
        raise Unclear("Name a verdict: pick, maybe, skip or reconsider.")
    VERBS[verb](candidate, editor=editor)


def _act(request: DeskRequest, candidate: Candidate) -> str:
    """Do what the request says to the candidate; returns what was done, in words. Raises Unclear and what verbs do."""
    title = tex.to_unicode(candidate.paper.title)
    if "pick_under" in request.POST:
        topic = _topic(request.POST["pick_under"], candidate.digest)
        publishing.pick(candidate, topic=topic, editor=request.user)
        return f"Picked for {candidate.topic}: {title}"
    if "topic" in request.POST:
        publishing.move(candidate, _topic(request.POST["topic"], candidate.digest), editor=request.user)
        return f"Moved to {candidate.topic or 'where it was'}: {title}"
    decide_by(request.POST.get("verdict", ""), candidate, request.user)
    return f"{candidate.get_verdict_display()}: {title}"


def _topic(key: str, digest: Digest) -> Topic | None:
    form = MoveForm({"topic": key}, series=digest.series)
    if not form.is_valid():
        raise publishing.WrongDigest(form.errors["topic"][0])
    topic: Topic | None = form.cleaned_data["topic"]
    return topic


def _in_words(request: DeskRequest, undone: publishing.Undone) -> str:
    """What undo did. What it left alone is a message besides, which stays until the next."""
    for candidate in undone.overtaken:
        title, verdict = tex.to_unicode(candidate.paper.title), candidate.get_verdict_display().lower()
        by = name_of(candidate.decided_by) or "somebody"
        messages.warning(request, f"Not undone: {by} has decided on “{title}” since. It stays {verdict}.")
    if not undone.restored:
        return "Nothing was changed."
    if len(undone.restored) > 1:
        return f"Undone: {undone.deed}, {len(undone.restored)} papers"
    return f"Undone: {undone.deed}: {tex.to_unicode(undone.restored[0].paper.title)}"


def _add(digest: Digest, form: AddForm, editor: User) -> tuple[Candidate, str]:
    """The candidate of the paper that the form names, and what became of it. May ask arXiv, before any transaction."""
    if not form.is_valid():
        raise Unclear(next(iter(form.errors.values()))[0])
    paper = find_paper(form.cleaned_data["paper"])
    title = tex.to_unicode(paper.title)
    try:
        candidate = publishing.add_paper(digest, paper, topic=form.cleaned_data["topic"], editor=editor)
    except publishing.AlreadyThere as error:
        return error.candidate, f"On the board already: {title}."
    return candidate, f"Added: {title}. The machine sorts and ranks it soon."


def _changed(request: DeskRequest, digest: Digest) -> dict[str, Any]:
    """What an action changed besides its card: counts of the lists as filtered, papers and words."""
    wanted = Filter.read(QueryDict(urlsplit(_came_from(request, digest)).query))
    counted = with_counts(digest, wanted)
    keys = {pile.key for pile in counted["piles"]}
    current = request.POST.get("list", "")
    return {
        **counted,
        **in_list(digest, wanted, current if current in keys else "all"),
        **with_tally(request, digest),
    }


def _came_from(request: DeskRequest, digest: Digest) -> str:
    """The page of the board that a form was on, if it says so and is ours."""
    here = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(here, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return here.partition("#")[0]
    return reverse("board", args=[digest.series.slug, digest.week])
