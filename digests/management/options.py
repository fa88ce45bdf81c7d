"""The options that name a series and a week, the same in every command."""

import datetime as dt
from argparse import ArgumentParser, ArgumentTypeError

from django.utils import timezone

from digests.models import Series
from tracker.errors import GalleyError
from tracker.weeks import Week


class UnknownSeries(GalleyError):
    """No series has that slug."""


def add_week_options(parser: ArgumentParser) -> None:
    parser.add_argument("--series", help="the series' slug; needed only where there are several")
    parser.add_argument("--week", help="an ISO week like 2023-W47; without it, the latest complete one")


def chosen_series(slug: str | None) -> Series:
    """The series with the slug, or the only one. Raises UnknownSeries."""
    if slug:
        series = Series.objects.filter(slug=slug).first()
        if series is not None:
            return series
    found = list(Series.objects.values_list("slug", flat=True))
    if slug is None and len(found) == 1:
        return Series.objects.get()
    wanted = f"There is no series “{slug}”." if slug else "Which series?"
    raise UnknownSeries(f"{wanted} Name one of: {', '.join(found) or 'none yet; add one at /admin/'}.")


def chosen_week(text: str | None) -> Week:
    """The week named, or the latest complete one. Raises MalformedWeek."""
    return Week.parse(text) if text else Week.latest_complete(timezone.now().date())


def day(text: str) -> dt.date:
    """A day written like 2026-02-09, for argparse."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is no day: write it like 2026-02-09.") from error
