"""ISO weeks, the unit of a digest. Pure."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Self

from tracker.errors import GalleyError

_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_FIRST_YEAR, _LAST_YEAR = 1991, 2099  # arXiv opened in 1991


class MalformedWeek(GalleyError):
    """The text doesn't name an ISO week."""


@dataclass(frozen=True, order=True)
class Week:
    """One ISO 8601 week, Monday to Sunday, named like `2023-W47`."""

    year: int
    number: int

    def __post_init__(self) -> None:
        try:
            dt.date.fromisocalendar(self.year, self.number, 1)
        except ValueError as error:
            raise MalformedWeek(f"There is no week {self}: {self.year} has no ISO week {self.number}.") from error

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The week named like `2023-W47`, from arXiv's first year on. Raises MalformedWeek."""
        match = _WEEK.fullmatch(text.strip())
        if match is None:
            raise MalformedWeek(f"“{text}” is no week: write the ISO year and week, like 2023-W47.")
        week = cls(int(match[1]), int(match[2]))
        if not _FIRST_YEAR <= week.year <= _LAST_YEAR:
            raise MalformedWeek(f"arXiv has no week {week}: name one from {_FIRST_YEAR} to {_LAST_YEAR}.")
        return week

    @classmethod
    def of(cls, day: dt.date) -> Self:
        """The week a day lies in."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @classmethod
    def latest_complete(cls, today: dt.date) -> Self:
        """The newest week whose last listing day, its Friday, lies before `today`."""
        return cls.of(today - dt.timedelta(days=5))

    @property
    def monday(self) -> dt.date:
        return dt.date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> dt.date:
        return self.monday + dt.timedelta(days=6)

    @property
    def days(self) -> str:
        """In words: `20–26 November 2023`, with month and year said twice where they differ."""
        first, last = self.monday, self.sunday
        end = f"{last.day} {last:%B %Y}"
        if first.month == last.month:
            return f"{first.day}–{end}"
        if first.year == last.year:
            return f"{first.day} {first:%B} – {end}"
        return f"{first.day} {first:%B %Y} – {end}"

    @property
    def previous(self) -> "Week":
        return Week.of(self.monday - dt.timedelta(days=7))

    @property
    def next(self) -> "Week":
        return Week.of(self.monday + dt.timedelta(days=7))
