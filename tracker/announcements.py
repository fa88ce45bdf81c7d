"""arXiv's calendar: on which day, and so in which week, a paper was announced. Pure.

arXiv closes a batch at 14:00 New York time and announces it at 20:00, Sunday to Thursday; the listing is dated the
next day. See https://info.arxiv.org/help/availability.html.
"""

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from tracker.weeks import Week

NEW_YORK = ZoneInfo("America/New_York")
_CLOSING_HOUR = 14
_DAY = dt.timedelta(days=1)
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6
_NEW_STYLE = re.compile(r"(\d{2}(?:0[1-9]|1[0-2]))\.\d{4,5}")

# Quiet evenings that follow no rule, as arXiv published them; 2025-12-30 is read off its listings and ids.
_EXTRA_QUIET_EVENINGS = {
    dt.date(2023, 6, 14),
    dt.date(2023, 12, 27),
    dt.date(2025, 12, 30),
    dt.date(2026, 12, 29),
    dt.date(2026, 12, 31),
}

# What each sight costs on the walk through a month's papers in the order of their ids: the less likely, the more.
# Of 3,625 papers with known listing days one in ten was held, and of 2,828 pairs within a batch none was out of the
# order of submission where both instants were exact. The weeks inferred for them change by at most 0.7 % if any of
# these is halved or doubled.
_HELD = 1.5
_BEFORE_SCHEDULE = 8.0
_OUT_OF_ORDER = 12.0  # where at most fifty papers of a listing are known; see _order_costs
_NEW_BATCH_IN_ORDER = 1.0
_WRONG_LISTING = 6.0
_USUAL_LISTING = 50  # papers

_BARE_DAYS = (dt.time(0), dt.time(12))
"""Times of day (UTC) by which sources stand in for a day whose hour they don't know."""

_REACH = 500
"""How many ids away the nearest paper with a known day may be for one that tells nothing itself."""


@dataclass(frozen=True)
class Submission:
    """What is known of when a paper came to arXiv."""

    arxiv_id: str
    submitted_at: dt.datetime | None
    listed_on: dt.date | None = None  # the listing day, where a listing named it


@dataclass(frozen=True)
class Announcement:
    """The day a paper was announced on, and what says so; neither where nothing does."""

    announced_on: dt.date | None
    by: Literal["listing", "schedule", "neighbours", ""]


def listing_day(submitted_at: dt.datetime) -> dt.date:
    """The listing day that arXiv's schedule gives a submission which no moderator holds."""
    local = submitted_at.astimezone(NEW_YORK)
    closing = local.date() + (_DAY if local.hour >= _CLOSING_HOUR else dt.timedelta(0))
    while closing.weekday() in (_SATURDAY, _SUNDAY):
        closing += _DAY
    return _listing_of_batch(closing)


@cache
def _listing_of_batch(closing: dt.date) -> dt.date:
    evening = closing
    while not announces(evening):
        evening += _DAY
    return evening + _DAY


def announces(evening: dt.date) -> bool:
    """Whether arXiv announces papers on the evening of that day: Sunday to Thursday, holidays apart."""
    return evening.weekday() not in (_FRIDAY, _SATURDAY) and evening not in _quiet_evenings(evening.year)


@cache
def _quiet_evenings(year: int) -> frozenset[dt.date]:
    """Evenings of the year on which a holiday keeps arXiv quiet; a Friday's silences the Sunday after it."""
    holidays = [
        _observed(dt.date(year, 1, 1)),
        _nth_weekday(year, 1, weekday=0, n=3),  # Martin Luther King
        _observed(dt.date(year, 6, 19)),
        _observed(dt.date(year, 7, 4)),
        _nth_weekday(year, 9, weekday=0, n=1),  # Labor Day
        _nth_weekday(year, 11, weekday=3, n=4),  # Thanksgiving
        _observed(dt.date(year, 12, 25)),
    ]
    quiet = {day + 2 * _DAY if day.weekday() == _FRIDAY else day for day in holidays}
    return frozenset(quiet | _EXTRA_QUIET_EVENINGS)


def _observed(holiday: dt.date) -> dt.date:
    """The weekday on which a holiday of fixed date is kept in the United States."""
    shift = {_SATURDAY: -1, _SUNDAY: 1}.get(holiday.weekday(), 0)
    return holiday + shift * _DAY


def _nth_weekday(year: int, month: int, *, weekday: int, n: int) -> dt.date:
    first = dt.date(year, month, 1)
    return first + _DAY * ((weekday - first.weekday()) % 7 + 7 * (n - 1))


def submission_window(week: Week) -> tuple[dt.date, dt.date]:
    """The first and last submission day to ask arXiv for, to see every paper announced in the week.

    It reaches twelve days back for papers held by moderation, and a day past the last batch (Thursday 14:00),
    whose ids show where that batch ends.
    """
    return week.monday - 12 * _DAY, week.monday + 4 * _DAY


def id_month(arxiv_id: str) -> str | None:
    """The month (`2311`) within which a new-style id is ordered; None for an old-style id."""
    match = _NEW_STYLE.fullmatch(arxiv_id)
    return match[1] if match else None


def infer_announcements(papers: Sequence[Submission]) -> list[Announcement]:
    """The announcement of each paper, in the order given.

    A known listing day stands. Else it is the later of the day by schedule and the day of the batch in which the
    paper's id lies: arXiv hands out ids batch by batch, and in the order of submission within a batch, so a paper
    held by moderation has the id of the batch it was released with. A paper without a submission instant is placed
    by its neighbours' days alone, where there are any near.
    """
    batch_days: dict[int, dt.date] = {}
    months: defaultdict[str, list[int]] = defaultdict(list)
    for index, paper in enumerate(papers):
        if month := id_month(paper.arxiv_id):
            months[month].append(index)
    for month, indices in months.items():
        if any(papers[index].listed_on is None for index in indices):
            indices.sort(key=lambda index: _serial(papers[index].arxiv_id))
            days = _batch_days([papers[index] for index in indices], _listing_days_of(month))
            batch_days |= {index: day for index, day in zip(indices, days, strict=True) if day}
    return [_announcement(paper, batch_days.get(index)) for index, paper in enumerate(papers)]


def _announcement(paper: Submission, batch_day: dt.date | None) -> Announcement:
    if paper.listed_on:
        return Announcement(paper.listed_on, "listing")
    scheduled = listing_day(paper.submitted_at) if paper.submitted_at else None
    if batch_day and (scheduled is None or batch_day > scheduled):
        return Announcement(batch_day, "neighbours")
    return Announcement(scheduled, "schedule" if scheduled else "")


def _serial(arxiv_id: str) -> int:
    return int(arxiv_id[5:])


@cache
def _listing_days_of(month: str) -> tuple[dt.date, ...]:
    """The listing days whose ids carry the month: those announced on one of its evenings, New York time."""
    evening = dt.date(2000 + int(month[:2]), int(month[2:]), 1)
    number, days = evening.month, []
    while evening.month == number:
        if announces(evening):
            days.append(evening + _DAY)
        evening += _DAY
    return tuple(days)


def _batch_days(papers: Sequence[Submission], days: tuple[dt.date, ...]) -> list[dt.date | None]:
    """The likeliest listing day of each of a month's papers, which come in the order of their ids.

    The days never fall from one paper to the next; of all such ways through the month the one of least cost is
    found by dynamic programming. None where a paper has no day of its own and no neighbour near that has.
    """
    scheduled = [listing_day(paper.submitted_at) if paper.submitted_at else None for paper in papers]
    costs, told = _costs(papers, scheduled, days)
    path = _cheapest_path(costs, _order_costs(papers, _known_of_a_listing(scheduled)))
    near = _near_told([_serial(paper.arxiv_id) for paper in papers], told)
    return [days[day] if within else None for day, within in zip(path, near, strict=True)]


def _known_of_a_listing(scheduled: Iterable[dt.date | None]) -> float:
    """How many papers are known of the listing that a paper belongs to, on average over the papers."""
    counts = Counter(filter(None, scheduled)).values()
    return sum(count * count for count in counts) / max(1, sum(counts))


def _costs(
    papers: Sequence[Submission], scheduled: Sequence[dt.date | None], days: tuple[dt.date, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """What each day costs each paper, float (papers, days), and which papers tell anything, bool (papers,)."""
    calendar = np.array([day.toordinal() for day in days])
    costs = np.zeros((len(papers), len(days)))
    told = np.zeros(len(papers), dtype=bool)
    for row, (paper, expected) in enumerate(zip(papers, scheduled, strict=True)):
        if paper.listed_on in days:  # a listing in another month is a cross-list's or a replacement's
            costs[row] = np.where(calendar == paper.listed_on.toordinal(), 0.0, _WRONG_LISTING)
            told[row] = True
        elif expected:
            held, early = calendar > expected.toordinal(), calendar < expected.toordinal()
            costs[row] = np.where(held, _HELD, np.where(early, _BEFORE_SCHEDULE, 0.0))
            told[row] = True
    return costs, told


def _order_costs(papers: Sequence[Submission], known_of_a_listing: float) -> np.ndarray:
    """What it costs a paper to be in one batch with the paper before it by id, float (papers,).

    Nothing, unless it was submitted earlier: then a new batch begins, with the papers held the longest. The more papers
    of each listing are known, the more held ones follow each other, and the surer the order must be to outweigh them;
    it is not so sure where a source knew only the day.
    """
    costs = np.zeros(len(papers))
    sure = _OUT_OF_ORDER * max(1.0, known_of_a_listing / _USUAL_LISTING)
    before: dt.datetime | None = None
    for row, paper in enumerate(papers):
        now = paper.submitted_at
        if now and before and now < before:
            is_exact = now.time() not in _BARE_DAYS and before.time() not in _BARE_DAYS
            costs[row] = sure if is_exact else _OUT_OF_ORDER
        before = now or before
    return costs


def _cheapest_path(costs: np.ndarray, order_costs: np.ndarray) -> list[int]:
    """The day's index for each paper, never falling, of least total cost (Viterbi's algorithm)."""
    count, width = costs.shape
    came_from = np.empty((count, width), dtype=np.int16)
    indices = np.arange(width)
    total = costs[0]
    for row in range(1, count):
        lowest = np.minimum.accumulate(total)
        lowest_at = np.maximum.accumulate(np.where(total == lowest, indices, 0))
        stay = total + order_costs[row]
        move = np.concatenate(([np.inf], lowest[:-1])) + (0.0 if order_costs[row] else _NEW_BATCH_IN_ORDER)
        moves = move < stay
        came_from[row] = np.where(moves, np.concatenate(([0], lowest_at[:-1])), indices)
        total = np.where(moves, move, stay) + costs[row]
    path = [int(np.argmin(total))]
    for row in range(count - 1, 0, -1):
        path.append(int(came_from[row, path[-1]]))
    return path[::-1]


def _near_told(serials: Sequence[int], told: np.ndarray) -> list[bool]:
    """Which papers lie within reach, by id, of one that tells its day (itself counts)."""
    known = np.array(serials)[told]
    if known.size == 0:
        return [False] * len(serials)
    after = np.searchsorted(known, serials)
    before = np.abs(np.array(serials) - known[np.maximum(after - 1, 0)])
    behind = np.abs(np.array(serials) - known[np.minimum(after, known.size - 1)])
    return [bool(near) for near in np.minimum(before, behind) <= _REACH]
