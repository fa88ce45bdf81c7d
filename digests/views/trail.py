"""The desk's trail: who did what, when, to which paper, digest, series or person."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digests import people
from digests.access import DeskRequest, editor_required
from digests.forms import TrailForm
from digests.models import Digest, Event
from digests.models.events import EventQuerySet
from digests.views.desk import find_digest
from tracker.weeks import Week

EVENTS = 50  # a page


@dataclass(frozen=True)
class Line:
    """One deed, or one that somebody did several times in a row, as saving while one writes is."""

    latest: Event
    earliest: Event
    times: int

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        """What changed from before the first time to after the last, in words; revisions only count saves."""
        before, after = self.earliest.changes, self.latest.changes
        return {
            name.replace("_", " "): (_said(before.get(name, pair)[0]), _said(pair[1]))
            for name, pair in after.items()
            if name != "revision"
        }


def _said(value: Any) -> str:
    match value:
        case None | "" | []:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(str, value))
    return str(value)


def _lines(events: Iterable[Event]) -> list[Line]:
    grouped = (list(group) for _, group in groupby(events, key=_likeness))
    return [Line(group[0], group[-1], len(group)) for group in grouped]


def _likeness(event: Event) -> tuple[Any, ...]:
    """Events of the same likeness, one after the other, are one line."""
    if event.kind != Event.Kind.TEXT:
        return (event.pk,)
    return (event.at.date(), event.actor_name, event.deed, event.subject, event.digest_id)


@editor_required
@require_safe
def trail(request: DeskRequest) -> HttpResponse:
    """Everything that was done at the desk, the latest first."""
    return _trail(request, Event.objects.all(), None)


@editor_required
@require_safe
def digest_trail(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """What was done to one digest."""
    digest = find_digest(series, week)
    return _trail(request, Event.objects.filter(digest=digest), digest)


def _trail(request: DeskRequest, found: EventQuerySet, digest: Digest | None) -> HttpResponse:
    form = TrailForm(request.GET, label_suffix="", people=people.at_the_desk())
    if form.is_valid():
        asked = form.cleaned_data
        if asked["kind"]:
            found = found.filter(kind=asked["kind"])
        if asked["who"]:
            found = found.filter(actor=asked["who"])
        found = found.telling_of(asked["q"])
    page = Paginator(found.as_lines(), EVENTS).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "digest": digest,
        "page": page,
        "lines": _lines(page),
        "query": _without_page(request.GET),
    }
    return render(request, "digests/desk/trail.html", context)


def _without_page(asked: QueryDict) -> str:
    """What was asked for, to be asked of another page."""
    query = asked.copy()
    query.pop("page", None)
    return query.urlencode()
