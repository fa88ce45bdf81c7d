"""What the machine has seen of a week: the papers stored of it, by the day that announced them and by category."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from digests.models import Series
from tracker.models import Paper
from tracker.weeks import Week

_WORKDAYS = 5


@dataclass(frozen=True)
class Day:
    """One announcement day: papers of each category, cross-lists included, and how many papers these are."""

    date: dt.date
    counts: list[int]  # in the order of the categories
    papers: int


@dataclass(frozen=True)
class Seen:
    """A week's days, Monday to Friday and any other that announced something, and their sums."""

    categories: list[str]
    days: list[Day]
    total: Day


def seen_of(series: Series, week: Week) -> Seen:
    """The papers stored of the week in the series' categories; two queries."""
    papers = Paper.objects.of_series_week(series.categories, week).order_by()
    by_day = dict(papers.values_list("announced_on").annotate(count=Count("pk")))
    listed = papers.filter(categories__code__in=series.categories).values_list("announced_on", "categories__code")
    by_category = Counter({(day, code): count for day, code, count in listed.annotate(count=Count("pk"))})
    dates = [week.monday + dt.timedelta(days=number) for number in range(7)]
    days = [
        Day(date, [by_category[date, code] for code in series.categories], by_day.get(date, 0))
        for number, date in enumerate(dates)
        if number < _WORKDAYS or by_day.get(date)
    ]
    return Seen(series.categories, days, _sum(days, week))


def _sum(days: Sequence[Day], week: Week) -> Day:
    columns = zip(*(day.counts for day in days), strict=True)
    return Day(week.monday, [sum(column) for column in columns], sum(day.papers for day in days))
