"""How the number of subscribers grew, as a chart."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Sum
from django.db.models.functions import TruncWeek
from django.utils import timezone

from digests.models import SubscriberEvent

WEEKS = 52
WIDTH, HEIGHT = 720, 160  # of the drawing; the line keeps a pixel from the edges


@dataclass(frozen=True)
class Point:
    """The number of subscribers at the end of a week, and where it stands in the drawing."""

    week: dt.date
    count: int
    x: float
    y: float


@dataclass(frozen=True)
class Chart:
    points: list[Point]
    highest: int

    @property
    def line(self) -> str:
        return "M" + "L".join(f"{point.x:.1f} {point.y:.1f}" for point in self.points)

    @property
    def area(self) -> str:
        return f"{self.line}V{HEIGHT}H{self.points[0].x:.1f}Z"

    @property
    def text(self) -> str:
        """The chart for those who don't see it."""
        first, last = self.points[0], self.points[-1]
        return (
            f"From {first.count} in the week of {first.week:%d %B %Y} to {last.count} in that of {last.week:%d %B %Y}"
        )


def chart() -> Chart | None:
    """The last year by weeks; None before there were any subscribers for two weeks."""
    changes = SubscriberEvent.objects.exclude(change=0).order_by()
    weekly = changes.annotate(week=TruncWeek("at")).values("week").annotate(sum=Sum("change")).order_by("week")
    sums = {row["week"].date(): row["sum"] for row in weekly}
    if not sums:
        return None
    week, this_week = min(sums), timezone.now().date()
    counts: list[tuple[dt.date, int]] = []
    count = 0
    while week <= this_week:
        count += sums.get(week, 0)
        counts.append((week, count))
        week += dt.timedelta(weeks=1)
    counts = counts[-WEEKS:]
    if len(counts) < 2:
        return None
    highest = max(1, *(count for _, count in counts))
    step = WIDTH / (len(counts) - 1)
    points = [
        Point(week, count, place * step, 1 + (HEIGHT - 2) * (1 - count / highest))
        for place, (week, count) in enumerate(counts)
    ]
    return Chart(points, highest)
