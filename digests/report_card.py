"""The machine's report card: how a week's picks stood in its ranking, and the same over the weeks as small charts."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import F, Q

from digests.models import Candidate, Digest, ReportCard, Series

FIRST = 60  # as many as an editor may be expected to look through
WEEKS = 12


def grade(digest: Digest) -> ReportCard:
    """Keep how the digest's picks stood among the suggestions; a digest published again is graded anew."""
    inside = digest.candidates.filter(scope=Candidate.Scope.INSIDE)
    first = set(digest.candidates.ranked().values_list("pk", flat=True)[:FIRST])
    picked = digest.candidates.filter(verdict=Candidate.Verdict.PICKED)
    picks = set(picked.values_list("pk", flat=True))
    moved = picked.filter(~Q(decided_topic=F("suggested_topic")), decided_topic__isnull=False)
    card, _ = ReportCard.objects.update_or_create(
        digest=digest,
        defaults={
            "candidates": inside.count(),
            "unsorted": inside.filter(suggested_topic=None).count(),
            "picks": len(picks),
            "found": len(picks & first),
            "moved": moved.exclude(suggested_topic=None).count(),
        },
    )
    return card


def before(digest: Digest) -> ReportCard | None:
    """The report card of the nearest published week before the digest's."""
    earlier = ReportCard.objects.filter(digest__in=Digest.objects.published().before(digest))
    return earlier.select_related("digest__series").order_by("-digest__week_start").first()


@dataclass(frozen=True)
class Bar:
    """One week of a chart: where it stands, in the units of the drawing, and what it says."""

    x: int
    height: float
    label: str  # "2026-W08: 12 of 14"

    @property
    def top(self) -> float:
        return TALL - self.height


@dataclass(frozen=True)
class Chart:
    """One measure over the last weeks, oldest first."""

    title: str
    latest: str
    bars: tuple[Bar, ...]

    @property
    def width(self) -> int:
        return len(self.bars) * STEP

    @property
    def text(self) -> str:
        """The chart for those who don't see it."""
        return "; ".join(bar.label for bar in self.bars)


STEP, TALL = 14, 40  # of the drawing: from bar to bar, and the height of a whole
_MEASURES: tuple[tuple[str, Callable[[ReportCard], tuple[int, int]]], ...] = (
    (f"Picks among the first {FIRST}", lambda card: (card.found, card.picks)),
    ("Picks moved to another topic", lambda card: (card.moved, card.picks)),
    ("Papers left unsorted", lambda card: (card.unsorted, card.candidates)),
)


def charts(series: Series) -> list[Chart]:
    """The series' last published weeks, one chart a measure; none before the first is graded."""
    latest = ReportCard.objects.filter(digest__in=series.digests.published()).select_related("digest__series")
    cards = list(latest.order_by("-digest__week_start")[:WEEKS])[::-1]
    return [_chart(title, cards, measure) for title, measure in _MEASURES if cards]


def _chart(title: str, cards: list[ReportCard], measure: Callable[[ReportCard], tuple[int, int]]) -> Chart:
    bars = []
    for place, card in enumerate(cards):
        part, whole = measure(card)
        label = f"{card.digest.week}: {part} of {whole}"
        bars.append(Bar(place * STEP, round(TALL * part / whole, 1) if whole else 0.0, label))
    part, whole = measure(cards[-1])
    return Chart(title, f"{part} of {whole}", tuple(bars))
