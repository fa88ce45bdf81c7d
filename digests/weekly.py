"""The way of a week from arXiv to a draft, step by step, on the WeeklyRun row.

The row is the truth: it says which step is next and who holds it. Whoever holds the lease does the step, a command
or a worker, and anybody may go on where a killed one stopped, since each step can be run twice.
"""

import datetime as dt
import logging
import random
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, transaction
from django.utils import timezone

from digests import drafting
from digests.models import Digest, Series, WeeklyRun
from tracker import harvest
from tracker.arxiv_client import ArxivUnavailable
from tracker.embeddings import EmbeddingStopped, embed_missing
from tracker.encoder import get_encoder
from tracker.errors import GalleyError
from tracker.progress import Progress, Silent
from tracker.weeks import Week

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=5)
# A step that fails for a reason that may pass is tried again after 1, 2, 4, 8 and 16 minutes, then given up.
TRANSIENT = (ArxivUnavailable, OperationalError, SoftTimeLimitExceeded)
ATTEMPTS = 6
FIRST_PAUSE = dt.timedelta(minutes=1)
STOPS = (harvest.HarvestStopped, EmbeddingStopped)
ARXIV = "arxiv"


class LeaseLost(GalleyError):
    """Another process has taken the run over."""


class RunStopped(harvest.HarvestStopped):
    """The run was asked to stop, and did so between two pieces of work."""


def request_run(series: Series, week: Week, *, source: str = ARXIV) -> WeeklyRun:
    """Open the week's run from its first step. One that is already under way with the same source goes on as it is."""
    with transaction.atomic():
        run, _ = _locked_run(series, week, source)
        if not (run.is_active and run.source == source):
            run.source = source
            _open_at(run, WeeklyRun.Step.HARVEST)
    return run


def request_sorting(series: Series, week: Week) -> WeeklyRun:
    """Have what is stored of the week sorted, ranked and drafted anew.

    A run that is on its way there goes on as it is; one that has come there goes back, and whoever was at it stops.
    """
    with transaction.atomic():
        run, is_new = _locked_run(series, week, ARXIV)
        is_on_its_way = run.is_active and run.step in (WeeklyRun.Step.HARVEST, WeeklyRun.Step.EMBED)
        if is_new or not is_on_its_way:
            _open_at(run, WeeklyRun.Step.SUGGEST)
    return run


def _locked_run(series: Series, week: Week, source: str) -> tuple[WeeklyRun, bool]:
    """The week's run, and whether it was made just now."""
    return WeeklyRun.objects.select_for_update().get_or_create(
        series=series, week_start=week.monday, defaults={"source": source}
    )


def _open_at(run: WeeklyRun, step: WeeklyRun.Step) -> None:
    run.step, run.state = step, WeeklyRun.State.WAITING
    run.lease, run.held_until, run.attempts = "", None, 0
    run.counts, run.error, run.requested_at, run.finished_at = {}, "", timezone.now(), None
    run.progress_label, run.progress_done, run.progress_total = "", 0, 0
    run.save()


def run_step(
    run: WeeklyRun,
    step: WeeklyRun.Step,
    *,
    progress: Progress | None = None,
    take_over: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any] | None:
    """Do the step if the run stands at it and nobody else is at work; return its figures, or None where it wasn't due.

    `take_over` takes the lease from whoever holds it: the earlier holder stops with LeaseLost at its next report.
    A failure is written to the row in the words of its error, and raised.
    """
    hold = Hold.claim(run, step, progress or Silent(), should_stop, take_over=take_over)
    if hold is None:
        return None
    with hold:
        began = time.monotonic()
        figures = _WORK[step](hold)
        figures["seconds"] = round(time.monotonic() - began, 2)
        hold.finish(figures)
    return figures


class Hold:
    """A lease on a run, and the progress of the work done under it.

    As a context manager it writes what became of the step to the row. As Progress it passes reports on, and at most
    once a second copies them to the row and renews the lease.
    """

    def __init__(self, run: WeeklyRun, lease: str, progress: Progress, should_stop: Callable[[], bool]) -> None:
        self.run, self.should_stop = run, should_stop
        self._lease, self._progress = lease, progress
        self._label, self._done, self._total = "", 0, 0
        self._renewed = time.monotonic()

    @classmethod
    def claim(
        cls,
        run: WeeklyRun,
        step: WeeklyRun.Step,
        progress: Progress,
        should_stop: Callable[[], bool],
        *,
        take_over: bool,
    ) -> Self | None:
        """Take the lease by one conditional update, or return None."""
        now = timezone.now()
        claimable = WeeklyRun.objects.active() if take_over else WeeklyRun.objects.claimable(now)
        lease = uuid4().hex
        claimed = claimable.filter(pk=run.pk, step=step).update(
            state=WeeklyRun.State.RUNNING, lease=lease, held_until=now + LEASE, error=""
        )
        if not claimed:
            return None
        run.refresh_from_db()
        return cls(run, lease, progress, should_stop)

    def start(self, label: str, total: int | None) -> None:
        self._label, self._done, self._total = label, 0, total or 0
        self._progress.start(label, total)
        self._report()

    def advance(self, count: int = 1) -> None:
        self._done += count
        self._progress.advance(count)
        if self.should_stop():
            raise RunStopped(f"Stopped at {self._label}, {self._done} of {self._total}. What is done is kept.")
        self._keep()

    def note(self, message: str) -> None:
        self._progress.note(message)
        self._keep()

    def _keep(self) -> None:
        """Report, if the last report is a second old: waiting for arXiv is work too, and keeps the lease."""
        if time.monotonic() - self._renewed > 1:
            self._report()

    def _report(self) -> None:
        self._renewed = time.monotonic()
        self._update(
            held_until=timezone.now() + LEASE,
            progress_label=self._label,
            progress_done=self._done,
            progress_total=self._total,
        )

    def _update(self, **columns: Any) -> None:
        if not WeeklyRun.objects.filter(pk=self.run.pk, lease=self._lease).update(**columns):
            raise LeaseLost(f"Another process works on {self.run.series.slug} {self.run.week} now; this one stops.")

    def finish(self, figures: dict[str, Any]) -> None:
        """Write the step's figures and turn the run to its next step."""
        steps = list(WeeklyRun.Step)
        later = steps[steps.index(WeeklyRun.Step(self.run.step)) + 1 :]
        self._update(
            counts=self.run.counts | {self.run.step: figures},
            step=later[0] if later else self.run.step,
            state=WeeklyRun.State.WAITING if later else WeeklyRun.State.DONE,
            finished_at=None if later else timezone.now(),
            attempts=0,
            lease="",
            held_until=None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, LeaseLost):
            return
        if isinstance(error, STOPS) or not isinstance(error, Exception):
            self._release(state=WeeklyRun.State.WAITING, error="", woken_at=None)  # for the next sweep to take up
        elif isinstance(error, TRANSIENT) and self.run.attempts + 1 < ATTEMPTS:
            pause = FIRST_PAUSE * 2**self.run.attempts * random.uniform(1, 1.25)  # noqa: S311 - jitter, not a secret
            self._release(
                state=WeeklyRun.State.WAITING,
                error=f"{_reason(error)} It will be tried again.",
                attempts=self.run.attempts + 1,
                held_until=timezone.now() + pause,
            )
        else:
            if not isinstance(error, GalleyError):
                logger.error("%s failed at %s", self.run, self.run.step, exc_info=error)
            self._release(state=WeeklyRun.State.FAILED, error=_reason(error))

    def _release(self, **columns: Any) -> None:
        """Let go of the lease; a holder that was taken over has nothing to say any more."""
        WeeklyRun.objects.filter(pk=self.run.pk, lease=self._lease).update(
            **{"lease": "", "held_until": None, **columns}
        )


def _reason(error: Exception) -> str:
    """Why a step failed, in a sentence for the editor."""
    if isinstance(error, GalleyError):
        return str(error)
    if isinstance(error, SoftTimeLimitExceeded):
        return "This step took longer than a worker may. What it did is kept."
    if isinstance(error, OperationalError):
        return "The database couldn't be used. The worker's log tells more."
    return f"An unexpected fault stopped this step ({type(error).__name__}). The worker's log tells more."


def _harvest(hold: Hold) -> dict[str, Any]:
    series, week, source = hold.run.series, hold.run.week, hold.run.source
    if source == ARXIV:
        record = harvest.harvest_week(week, series.categories, progress=hold, should_stop=hold.should_stop)
    else:
        record = harvest.harvest_file(Path(source), progress=hold, should_stop=hold.should_stop)
    WeeklyRun.objects.filter(pk=hold.run.pk).update(harvest=record)
    return {**record.counts(), "papers": len(drafting.week_papers(series, week))}


def _embed(hold: Hold) -> dict[str, Any]:
    encoder = get_encoder()
    papers = drafting.papers_for(hold.run.series, hold.run.week)
    embedded = embed_missing(papers, encoder, progress=hold, should_stop=hold.should_stop)
    return {"embedded": embedded, "model_name": encoder.model_name}


def _suggest(hold: Hold) -> dict[str, Any]:
    hold.start("Sorting and ranking", None)
    digest = drafting.suggest(hold.run.series, hold.run.week, get_encoder(), progress=hold)
    return digest.candidates.suggestion_counts()


def _draft(hold: Hold) -> dict[str, Any]:
    hold.start("Drafting", None)
    digest = Digest.objects.get(series=hold.run.series, week_start=hold.run.week_start)
    return dict(drafting.propose(digest))


_WORK: dict[WeeklyRun.Step, Callable[[Hold], dict[str, Any]]] = {
    WeeklyRun.Step.HARVEST: _harvest,
    WeeklyRun.Step.EMBED: _embed,
    WeeklyRun.Step.SUGGEST: _suggest,
    WeeklyRun.Step.DRAFT: _draft,
}
