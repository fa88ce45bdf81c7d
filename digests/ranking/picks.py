"""Lists of past picks with their dates, and the papers they were picked from, read from files."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tracker.errors import GalleyError
from tracker.records import MalformedId, Record, parse_arxiv_id
from tracker.snapshot import read_records
from tracker.weeks import Week

SHIPPED_PICKS = Path(__file__).with_name("past-picks.csv")  # what the shipped prior was learnt from: ids and days
_DATE_COLUMNS = ("date", "week")
# A paper listed in a week, but numbered longer before, is a replacement or a late cross-list: no news.
_NEWS_MONTHS = 1


class UnreadablePicks(GalleyError):
    """The file is no list of picks."""


class NoPicks(GalleyError):
    """There is nothing to learn from or to judge by."""


@dataclass
class PastPicks:
    """The day each paper was first picked, by arXiv id."""

    day_of: dict[str, dt.date] = field(default_factory=dict)

    def __contains__(self, arxiv_id: object) -> bool:
        return arxiv_id in self.day_of

    def before(self, day: dt.date) -> "PastPicks":
        return PastPicks({arxiv_id: picked for arxiv_id, picked in self.day_of.items() if picked < day})


def read_picks(paths: Iterable[Path]) -> PastPicks:
    """Picks from CSV files with a column `id` and one called `date` or `week` (a day). Raises UnreadablePicks."""
    picks = PastPicks()
    for path in paths:
        for arxiv_id, day in _rows(path):
            picks.day_of[arxiv_id] = min(day, picks.day_of.get(arxiv_id, day))
    return picks


def _rows(path: Path) -> Iterator[tuple[str, dt.date]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            dated = next((name for name in _DATE_COLUMNS if name in (reader.fieldnames or ())), None)
            if dated is None or "id" not in (reader.fieldnames or ()):
                raise UnreadablePicks(f"{path} needs a first line that names the columns id and date (or week).")
            for row in reader:
                yield _row(path, reader.line_num, row["id"], row[dated])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadablePicks(f"{path} can't be read as CSV: {error}.") from error


def _row(path: Path, line: int, arxiv_id: str | None, day: str | None) -> tuple[str, dt.date]:
    try:
        return parse_arxiv_id(arxiv_id or "")[0], dt.date.fromisoformat((day or "")[:10])
    except (MalformedId, ValueError) as error:
        raise UnreadablePicks(f"{path}, line {line}: {error} Nothing was done.") from error


def read_papers(paths: Iterable[Path]) -> dict[str, Record]:
    """The papers of files, by id; of a paper told twice the one with a listing day and categories is kept.

    Lines that hold no paper are passed over. Raises UnreadableFile.
    """
    papers: dict[str, Record] = {}
    for path in paths:
        add_papers(papers, (record for record in read_records(path) if isinstance(record, Record)))
    return papers


def add_papers(papers: dict[str, Record], more: Iterable[Record]) -> None:
    """Take more papers in, where they aren't known or are told more fully."""
    for record in more:
        known = papers.get(record.arxiv_id)
        if known is None or _fullness(record) >= _fullness(known):
            papers[record.arxiv_id] = record


def _fullness(record: Record) -> tuple[bool, bool]:
    return record.announced_on is not None, bool(record.categories)


def by_week(records: Iterable[Record]) -> dict[Week, list[Record]]:
    """The papers whose listing day is known, by week, oldest first; by id within a week."""
    weeks: dict[Week, list[Record]] = {}
    for record in sorted(records, key=lambda record: record.arxiv_id):
        if record.announced_on is not None:
            weeks.setdefault(Week.of(record.announced_on), []).append(record)
    return dict(sorted(weeks.items()))


def is_news(record: Record) -> bool:
    """Whether the paper's number is about as old as its listing, so that it could be picked as new."""
    if record.announced_on is None or not record.arxiv_id[:4].isdigit():
        return False
    numbered = int(record.arxiv_id[:2]) * 12 + int(record.arxiv_id[2:4])
    listed = record.announced_on.year % 100 * 12 + record.announced_on.month
    return 0 <= listed - numbered <= _NEWS_MONTHS


def candidates(records: Iterable[Record], day: dt.date) -> list[Record]:
    """The papers that could have been picked before the day: news, in known categories, listed before it."""
    return [
        record
        for record in records
        if record.categories and is_news(record) and record.announced_on is not None and record.announced_on < day
    ]
