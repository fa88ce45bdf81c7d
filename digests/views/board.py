"""The board, where papers are chosen: its page, a paper opened, and what the machine has seen of the week."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import trigger_client_event

from digests import board as lists
from digests import covered, rank, report_card
from digests.access import DeskRequest, editor_required
from digests.board import Filter, Pile
from digests.forms import AddForm
from digests.models import Candidate, Decision, Digest, WeeklyRun
from digests.seen import seen_of
from digests.views.desk import DeskWeek, find_digest
from tracker.weeks import Week


@editor_required
@require_safe
@vary_on_headers("HX-Request")
def board(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """The week's candidates, one list at a time; to htmx the cards alone, as filtered or as they go on."""
    digest = find_digest(series, week)
    wanted = Filter.read(request.GET)
    counted = with_counts(digest, wanted)
    pile = _chosen(counted["piles"], request.GET.get("list", "picked" if digest.is_published else None))
    after = request.GET.get("after", "")
    behind = get_object_or_404(digest.candidates, pk=after if after.isdecimal() else None) if after else None
    listed = lists.in_pile(wanted.of(digest.candidates.all()), pile)
    run = lists.cards(listed, wanted.sort, after=behind)
    context = {
        **counted,
        **in_list(digest, wanted, pile.key),
        "pile": pile,
        "cards": covered_before(run.cards, digest),
        "last": run.last,
        "after": after,
    }
    if not request.htmx or request.htmx.history_restore_request:
        return render(request, "digests/desk/board.html", context | _around(request, digest, wanted))
    if after:
        return render(request, "digests/desk/_cards.html", context)
    answer = render(request, "digests/desk/_filtered.html", context | with_tally(request, digest))
    return trigger_client_event(answer, "filtered", {"address": context["here"]})


@editor_required
@require_safe
@vary_on_headers("HX-Request")
def candidate(request: DeskRequest, pk: int) -> HttpResponse:
    """One paper opened: its whole abstract, and what earlier digests held of the like; to htmx this part alone."""
    found = get_object_or_404(Candidate.objects.with_cards().select_related("digest__series"), pk=pk)
    similar = covered.similar_entries(found)
    if request.htmx:
        return render(request, "digests/desk/_opened.html", {"candidate": found, "similar": similar})
    lists.unfold([found])
    [found] = covered_before([found], found.digest)
    context = {
        **in_list(found.digest, Filter(), "all"),
        **with_tally(request, found.digest),
        "candidate": found,
        "similar": similar,
        "opened": True,
        "topics": found.digest.series.topics.all(),
        "here": reverse("candidate", args=[pk]),
    }
    return render(request, "digests/desk/candidate.html", context)


@editor_required
@require_safe
def card(request: DeskRequest, pk: int) -> HttpResponse:
    """A card that waited for the machine to rank its paper, once it has: what such a card asks for until then."""
    if not request.htmx:
        return redirect("candidate", pk)
    found = get_object_or_404(Candidate.objects.with_cards().select_related("digest__series"), pk=pk)
    if not found.model_name:
        return HttpResponse(status=204)
    lists.unfold([found])
    [found] = covered_before([found], found.digest)
    topics = found.digest.series.topics.all()
    context = {"candidate": found, "topics": topics, **in_list(found.digest, Filter(), "added")}
    return render(request, "digests/desk/_card.html", context)


@editor_required
@require_safe
def seen(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """What the machine has seen of the week, and how far it is: what the board's head asks for while work goes on."""
    digest = find_digest(series, week)
    if not request.htmx:
        return redirect("board", series, week)
    return render(request, "digests/desk/_seen.html", {"digest": digest, "polled": True, **_head(digest)})


# Parts of the page, which answers to actions bring up to date as well


def with_counts(digest: Digest, wanted: Filter) -> dict[str, Any]:
    """The lists, and what the filter leaves in each."""
    topics = list(digest.series.topics.all())
    return {"topics": topics, "piles": lists.piles(wanted.of(digest.candidates.all()), topics)}


def in_list(digest: Digest, wanted: Filter, current: str) -> dict[str, Any]:
    """Where on the board one is."""
    address = reverse("board", args=[digest.series.slug, digest.week])
    return {"digest": digest, "wanted": wanted, "current": current, "here": f"{address}?list={current}{wanted.query}"}


def with_tally(request: DeskRequest, digest: Digest) -> dict[str, Any]:
    """How far choosing is: papers and words against the series' targets, and what undo would take back."""
    verdicts = digest.candidates.verdict_counts()
    undoable = Decision.objects.undoable(request.user, digest).select_related("paper", "topic")
    return {
        "verdicts": verdicts,
        "words": lists.word_count(digest),
        "undoable": None if digest.is_published else undoable.first(),
    }


def covered_before(cards: list[Candidate], digest: Digest) -> list[Candidate]:
    """The cards, each with the entries of earlier digests that hold its very paper, as `appearances`."""
    found = covered.appearances(cards, digest)
    for card in cards:
        card.appearances = found.get(card.paper_id, [])
    return cards


def _chosen(piles: list[Pile], key: str | None) -> Pile:
    """The list asked for; without a wish the proposed papers, or where there are none the first with anything."""
    if key is None:
        return next((pile for pile in piles if pile.count), piles[0])
    for pile in piles:
        if pile.key == key:
            return pile
    raise Http404("The board has no such list.")


def _around(request: DeskRequest, digest: Digest, wanted: Filter) -> dict[str, Any]:
    """What the whole page shows around the cards."""
    return {
        **_head(digest),
        **with_tally(request, digest),
        "sorts": [(key, name) for key, (name, _) in lists.SORTS.items()],
        "categories": lists.categories(digest, wanted.category),
        "verdict_choices": Candidate.Verdict.choices,
        "adding": AddForm(series=digest.series, auto_id="add-%s", label_suffix=""),
    }


def _head(digest: Digest) -> dict[str, Any]:
    run = WeeklyRun.objects.filter(series=digest.series, week_start=digest.week_start).first()
    return {
        "line": DeskWeek(digest.series, digest.week, digest, run),
        "seen": seen_of(digest.series, digest.week),
        "signals": rank.signals(digest.series),
        "card_before": report_card.before(digest),
        "first": report_card.FIRST,
    }
