"""Harvests: the papers of a week from arXiv, or those of a file, stored page by page and resumed where they stopped.

The papers of a page and the place to go on from are stored in one transaction, so that a kill at any moment neither
loses nor doubles a paper.
"""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tracker.announcements import submission_window
from tracker.arxiv_client import ArxivClient, Slice
from tracker.batches import batches
from tracker.errors import GalleyError
from tracker.models import Harvest
from tracker.progress import Progress
from tracker.records import Record
from tracker.snapshot import BadLine, count_records, read_records
from tracker.storing import BATCH, months_of, place_in_calendar, store_records, upsert
from tracker.taxonomy import check_categories
from tracker.weeks import Week

__all__ = ["EmptyHarvest", "HarvestStopped", "harvest_file", "harvest_week", "store_records"]

PAGE_SIZE = 500
_READINGS = 3  # of a slice that moves while it is read
_NAP = 0.25  # seconds at most until a stop is noticed while waiting
_STALE = dt.timedelta(days=1)  # an older unfinished harvest of arXiv begins anew: its first days may have grown

ShouldStop = Callable[[], bool]


class HarvestStopped(GalleyError):
    """The harvest ended early, as asked; what it stored is kept, and the next one goes on from there."""


class TakenOver(HarvestStopped):
    """Another process goes on with this harvest."""


class EmptyHarvest(GalleyError):
    """arXiv has no papers for what was asked."""


def harvest_week(
    week: Week, categories: Sequence[str], *, progress: Progress, should_stop: ShouldStop = lambda: False
) -> Harvest:
    """Store the papers that arXiv announced in the week in these categories. Safe to run twice.

    `should_stop` is asked before each page and, while waiting, several times a second. Raises UnknownCategory,
    HarvestStopped, EmptyHarvest, and ArxivUnavailable or ArxivRefused from the client; the Harvest row then tells
    the same, and the next harvest of the week goes on from there.
    """
    check_categories(categories)
    if week.monday > timezone.now().date():
        raise EmptyHarvest(f"{week} lies ahead: arXiv hasn't announced its papers yet.")
    first, last = submission_window(week)
    run = _Run.of("arxiv", progress, should_stop, categories=list(categories), window_start=first, window_end=last)
    with run.told():
        _harvest_slices(run, _slices(first, last, categories))
        if not run.found_any():
            run.forget_place()
            raise EmptyHarvest(
                f"arXiv has no papers in {', '.join(categories)} submitted from {first} to {last}, "
                f"which are those that {week} can have announced."
            )
    return run.row


def harvest_file(path: Path, *, progress: Progress, should_stop: ShouldStop = lambda: False) -> Harvest:
    """Store the papers of a file, in any form that tracker.snapshot reads. Safe to run twice.

    Raises UnreadableFile and HarvestStopped; the Harvest row, once there is one, then tells the same.
    """
    total = count_records(path)
    status = path.stat()
    run = _Run.of(str(path), progress, should_stop, fingerprint=[status.st_size, status.st_mtime_ns])
    with run.told():
        _harvest_records(run, path, total)
    return run.row


# From arXiv -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """How far the reading of slices has come."""

    slice: int = 0
    reading: int = 1
    start: int = 0
    total: int | None = None  # results of the slice, as its first page said
    steady: bool = True  # whether each page since said the same
    met: tuple[str, ...] = ()  # ids of this slice in this reading
    seen: tuple[str, ...] = ()  # id and version of what this harvest stored of the slice's day

    @classmethod
    def kept(cls, cursor: dict[str, Any]) -> Self:
        told: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in cursor.items()
        }
        return cls(**told)


def _slices(first: dt.date, last: dt.date, categories: Sequence[str]) -> list[Slice]:
    """Every category of one day, then the next day: a cross-listed paper is met again while it is remembered."""
    last = min(last, timezone.now().date())
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    return [Slice(category, day) for day in days for category in categories]


def _harvest_slices(run: "_Run", slices: Sequence[Slice]) -> None:
    place = _Place.kept(run.place)
    run.start("Asking arXiv, by category and day", total=len(slices), done=place.slice)
    client = ArxivClient(sleep=run.sleep, progress=run.progress)
    while place.slice < len(slices):
        run.check()
        place = _harvest_page(run, client, slices, place)


def _harvest_page(run: "_Run", client: ArxivClient, slices: Sequence[Slice], place: _Place) -> _Place:
    """Store one page, and return the place of the next."""
    part = slices[place.slice]
    page = client.query_slice(part, place.start, PAGE_SIZE)
    for reason in page.unreadable:
        run.progress.note(f"Passed over: {reason}")
    fresh = {_key(record): record for record in page.records if _key(record) not in place.seen}
    place = replace(
        place,
        start=place.start + page.size,
        total=page.total,
        steady=place.steady and place.total in (None, page.total),
        met=(*dict.fromkeys([*place.met, *(record.arxiv_id for record in page.records)]),),
        seen=(*place.seen, *fresh),
    )
    if place.start >= page.total or page.size == 0:
        place = _after_slice(run, slices, place, entries=len(place.met) + len(page.unreadable))
    run.store(list(fresh.values()), asdict(place), skipped=len(page.unreadable), done=place.slice)
    return place


def _key(record: Record) -> str:
    return f"{record.arxiv_id}v{record.version}"


def _after_slice(run: "_Run", slices: Sequence[Slice], place: _Place, *, entries: int) -> _Place:
    """The beginning of the next slice; or of this one again, if it moved, as pages then overlap or leave gaps.

    A slice that never holds still is left after a few readings: whatever any of them met is stored.
    """
    part = slices[place.slice]
    moved = not place.steady or entries < (place.total or 0)
    if moved and place.reading < _READINGS:
        run.progress.note(f"{part.category} of {part.day} moved while it was read: reading it again.")
        return _Place(slice=place.slice, reading=place.reading + 1, seen=place.seen)
    following = slices[place.slice + 1] if place.slice + 1 < len(slices) else None
    same_day = following is not None and following.day == part.day
    return _Place(slice=place.slice + 1, seen=place.seen if same_day else ())


# From a file ----------------------------------------------------------------------------------------------------


def _harvest_records(run: "_Run", path: Path, total: int) -> None:
    done = run.place.get("done", 0)
    run.start(f"Reading {path.name}", total=total, done=done)
    reached = 0
    for batch in batches(read_records(path), BATCH):
        reached += len(batch)
        if reached > done:
            run.check()
            bad = [item for item in batch if isinstance(item, BadLine)]
            for line in bad:
                run.progress.note(f"{path.name}, line {line.number} passed over: {line.reason}")
            records = [item for item in batch if isinstance(item, Record)]
            run.store(records, {"done": reached}, skipped=len(bad), done=reached)


# The Harvest row ------------------------------------------------------------------------------------------------


@dataclass
class _Run:
    """A harvest under way: its row, and where it is.

    The row's cursor holds `place` (what the source needs to go on), `months` (id months to place in the calendar at
    the end), `by` (the process that works on it: the latest to take it up) and, of a file, its `fingerprint`.
    """

    row: Harvest
    progress: Progress
    should_stop: ShouldStop
    fingerprint: list[int] | None
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    @classmethod
    @transaction.atomic
    def of(
        cls,
        source: str,
        progress: Progress,
        should_stop: ShouldStop,
        *,
        fingerprint: list[int] | None = None,
        **asked: Any,
    ) -> Self:
        """The unfinished harvest of the same, taken up again, or a new one."""
        earlier = Harvest.objects.select_for_update().filter(source=source, **asked)
        row = earlier.order_by("-started_at", "-pk").first()
        if row is None or not _can_go_on(row, fingerprint):
            row = Harvest(source=source, **asked)
        run = cls(row, progress, should_stop, fingerprint)
        row.state, row.error, row.finished_at = Harvest.State.RUNNING, "", None
        row.cursor = {"place": {}, "months": [], "fingerprint": fingerprint, **row.cursor, "by": run.token}
        row.save()
        return run

    @property
    def place(self) -> dict[str, Any]:
        place: dict[str, Any] = self.row.cursor["place"]
        return place

    def start(self, label: str, *, total: int, done: int) -> None:
        Harvest.objects.filter(pk=self.row.pk).update(progress_total=total, progress_done=done)
        self.row.progress_done = done
        self.progress.start(label, total)
        self.progress.advance(done)

    def check(self) -> None:
        """Raises HarvestStopped if it is time to end."""
        if self.should_stop():
            raise HarvestStopped("The harvest was stopped. Its papers are kept; run it again to go on from there.")

    def sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(_NAP, left))

    def store(self, records: Sequence[Record], place: dict[str, Any], *, skipped: int, done: int) -> None:
        """Store a page's papers, and where to go on, at once. Raises TakenOver."""
        months = sorted({*self.row.cursor["months"], *months_of(records)})
        cursor = {**self.row.cursor, "place": place, "months": months}
        with transaction.atomic():
            held = Harvest.objects.select_for_update().values_list("cursor", flat=True).get(pk=self.row.pk)
            if held.get("by") != self.token:
                raise TakenOver("Another process goes on with this harvest; this one has ended.")
            counts = upsert(records)
            Harvest.objects.filter(pk=self.row.pk).update(
                **{name: F(name) + count for name, count in asdict(counts).items()},
                skipped=F("skipped") + skipped,
                cursor=cursor,
                progress_done=done,
                touched_at=timezone.now(),
            )
        self.row.cursor = cursor
        self.progress.advance(done - self.row.progress_done)
        self.row.progress_done = done

    def found_any(self) -> bool:
        self.row.refresh_from_db()
        return any(self.row.counts().values())

    def forget_place(self) -> None:
        """Let the next harvest of the same begin at the beginning."""
        self.row.cursor = {**self.row.cursor, "place": {}}

    @contextmanager
    def told(self) -> Iterator[None]:
        """Whatever way the work within ends, the row tells it."""
        try:
            yield
            place_in_calendar(self.row.cursor["months"])
        except TakenOver:
            raise
        except (HarvestStopped, KeyboardInterrupt) as stop:
            self._end(Harvest.State.STOPPED, str(stop))
            raise
        except GalleyError as error:
            place_in_calendar(self.row.cursor["months"])
            self._end(Harvest.State.FAILED, str(error))
            raise
        self._end(Harvest.State.DONE)

    def _end(self, state: Harvest.State, error: str = "") -> None:
        """Write the end to the row, unless another process has taken it up meanwhile."""
        now = timezone.now()
        Harvest.objects.filter(pk=self.row.pk, cursor__by=self.token).update(
            state=state, error=error, finished_at=now, touched_at=now, cursor=self.row.cursor
        )
        self.row.refresh_from_db()


def _can_go_on(row: Harvest, fingerprint: list[int] | None) -> bool:
    """Whether a harvest was left unfinished, of a source that is still the same."""
    is_fresh = fingerprint is not None or row.touched_at > timezone.now() - _STALE
    return row.state != Harvest.State.DONE and is_fresh and row.cursor.get("fingerprint") == fingerprint
