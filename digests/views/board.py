"""The board, where papers are chosen."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from digests import publishing, rank
from digests.access import DeskRequest, editor_required
from digests.forms import MoveForm
from digests.models import Candidate, Digest, Topic
from digests.models.candidates import CandidateQuerySet
from tracker import tex
from tracker.errors import GalleyError
from tracker.weeks import Week

CARDS = 25  # at a time
VERBS: dict[str, Callable[..., None]] = {
    "pick": publishing.pick,
    "skip": publishing.skip,
    "maybe": publishing.set_aside,
    "reconsider": publishing.reconsider,
}


class Unclear(GalleyError):
    """A form doesn't say what to do."""


@dataclass(frozen=True)
class Pile:
    """One of the board's lists of candidates; `picked` of its `count` are in the digest."""

    key: str
    name: str
    count: int
    picked: int = 0
    topic: Topic | None = None


@editor_required
@require_safe
@vary_on_headers("HX-Request")
def board(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """The week's candidates, one pile at a time, the most important first."""
    digest = get_object_or_404(Digest.objects.of_week(week).select_related("series"), series__slug=series)
    topics = list(digest.series.topics.all())
    piles = _piles(digest, topics)
    pile = _chosen(piles, request.GET.get("list", "picked" if digest.is_published else None))
    words = request.GET.get("q", "").strip()[:200]
    cards = _in_pile(digest.candidates.all(), pile).titled(words).ranked().with_cards()
    if after := request.GET.get("after", ""):
        cards = cards.ranked_after(get_object_or_404(digest.candidates, pk=after if after.isdecimal() else None))
    shown = list(cards[: CARDS + 1])
    context = {
        "digest": digest,
        "topics": topics,
        "piles": piles,
        "pile": pile,
        "current": pile.key,
        "words": words,
        "cards": shown[:CARDS],
        "last": shown[CARDS - 1] if len(shown) > CARDS else None,
        "after": after,
        "signals": rank.signals(digest.series),
        "here": request.get_full_path(),
    }
    part_only = request.htmx and not request.htmx.history_restore_request
    return render(request, "digests/desk/_cards.html" if part_only else "digests/desk/board.html", context)


def _piles(digest: Digest, topics: list[Topic]) -> list[Pile]:
    """All piles with their counts, by one query."""
    counts: Counter[str | int] = Counter()
    picked: Counter[str | int] = Counter()
    for kind in digest.candidates.tally():
        for place in _places(kind):
            counts[place] += kind["count"]
            picked[place] += kind["count"] * (kind["verdict"] == Candidate.Verdict.PICKED)
    return [
        Pile("proposed", "Proposed", counts["proposed"], picked["proposed"]),
        *(Pile(f"topic-{topic.slug}", topic.name, counts[topic.pk], picked[topic.pk], topic) for topic in topics),
        *(Pile(key, key.capitalize(), counts[key]) for key in ("unsorted", "outside", "picked", "skipped", "all")),
    ]


def _places(kind: dict[str, Any]) -> Iterator[str | int]:
    """Where candidates of a kind are listed: a pile's key, or that of a topic."""
    yield "all"
    if kind["proposed"]:
        yield "proposed"
    yield kind["place_id"] or ("unsorted" if kind["scope"] == Candidate.Scope.INSIDE else "outside")
    if kind["verdict"] != Candidate.Verdict.UNDECIDED:
        yield kind["verdict"]


def _chosen(piles: list[Pile], key: str | None) -> Pile:
    """The pile asked for; without a wish the proposed papers, or where there are none the first with anything."""
    if key is None:
        return next((pile for pile in piles if pile.count), piles[0])
    for pile in piles:
        if pile.key == key:
            return pile
    raise Http404("The board has no such list.")


def _in_pile(candidates: CandidateQuerySet, pile: Pile) -> CandidateQuerySet:
    if pile.topic is not None:
        return candidates.under(pile.topic)
    filters: dict[str, Callable[[], CandidateQuerySet]] = {
        "proposed": lambda: candidates.filter(proposed=True),
        "unsorted": candidates.unsorted,
        "outside": candidates.outside,
        "picked": lambda: candidates.filter(verdict=Candidate.Verdict.PICKED),
        "skipped": lambda: candidates.filter(verdict=Candidate.Verdict.SKIPPED),
        "all": candidates.all,
    }
    return filters[pile.key]()


# Choosing


@editor_required
@require_POST
def decide(request: DeskRequest, pk: int) -> HttpResponse:
    """Pick, skip, reconsider or move one candidate. Answers htmx with the card, others with the page they came from."""
    candidate = get_object_or_404(Candidate.objects.select_related("digest__series"), pk=pk)
    back = f"{_came_from(request, candidate.digest)}#c{pk}"
    try:
        done = _act(request, candidate)
    except GalleyError as error:
        return refused(request, error, back)
    if request.htmx:
        return _card(request, candidate.pk, done)
    messages.success(request, done)
    return HttpResponseRedirect(back)


def refused(request: DeskRequest, error: GalleyError, back: str) -> HttpResponse:
    """Say why an action was refused: to htmx as text that desk.js shows, to others on the page they came from."""
    if request.htmx:
        return HttpResponse(str(error), status=409, content_type="text/plain; charset=utf-8")
    messages.error(request, str(error))
    return HttpResponseRedirect(back)


def _act(request: DeskRequest, candidate: Candidate) -> str:
    """Do what the request says to the candidate; returns what was done, in words. Raises Unclear and what verbs do."""
    if "topic" in request.POST:
        return _move(candidate, request.POST, request.user)
    decide_by(request.POST.get("verdict", ""), candidate, request.user)
    return f"{candidate.get_verdict_display()}: {tex.to_unicode(candidate.paper.title)}"


def decide_by(verb: str, candidate: Candidate, editor: User) -> None:
    """Do what the verb of a form says. Raises Unclear and what verbs do."""
    if verb not in VERBS:
        raise Unclear("Name a verdict: pick, skip or reconsider.")
    VERBS[verb](candidate, editor=editor)


def _move(candidate: Candidate, data: Any, editor: User) -> str:
    form = MoveForm(data, series=candidate.digest.series)
    if not form.is_valid():
        raise publishing.WrongDigest(form.errors["topic"][0])
    publishing.move(candidate, form.cleaned_data["topic"], editor=editor)
    return f"Moved to {candidate.topic or 'where it was'}: {tex.to_unicode(candidate.paper.title)}"


def _card(request: DeskRequest, pk: int, done: str) -> HttpResponse:
    candidate = Candidate.objects.with_cards().select_related("digest__series").get(pk=pk)
    digest = candidate.digest
    topics = list(digest.series.topics.all())
    here = _came_from(request, digest)
    context = {
        "candidate": candidate,
        "digest": digest,
        "topics": topics,
        "piles": _piles(digest, topics),
        "here": here,
        "done": done,
        "current": request.POST.get("list", ""),
    }
    return render(request, "digests/desk/_decided.html", context)


def _came_from(request: DeskRequest, digest: Digest) -> str:
    """The page of the board that a form was on, if it says so and is ours."""
    here = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(here, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return here.partition("#")[0]
    return reverse("board", args=[digest.series.slug, digest.week])
