"""What workers do when a message wakes them. The WeeklyRun row says what is due; a message too many does nothing."""

import datetime as dt
import logging
import signal
from threading import Event
from typing import Any

from celery import chain, shared_task
from celery.signals import task_prerun, worker_process_init
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from digests import added, weekly
from digests.models import Digest, Series, WeeklyRun
from digests.pictures.drawing import draw_week
from tracker.encoder import get_encoder
from tracker.errors import GalleyError
from tracker.weeks import Week

logger = logging.getLogger(__name__)

BROKER_AWAY = "No worker can be told of it, as the message broker can't be reached. The work waits until it is back."

# Set in a worker's child that was told to end.
ending = Event()


@worker_process_init.connect
def outlive_sigterm(**_: Any) -> None:
    """Let a child that waits for work be ended by its worker, which else takes it for lost and doesn't end itself.

    It gets SIGTERM too, since who stops a worker stops its whole group. Nothing but being ignored is left by billiard,
    which puts a handler of its own, that dies, in the place of any other once this is through.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


@task_prerun.connect
def heed_sigterm(**_: Any) -> None:
    """Let a child put its work down between two pieces, where without this it would die over it."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:  # a worker's child, not a task called in place
        signal.signal(signal.SIGTERM, lambda number, frame: ending.set())


def wake(run: WeeklyRun) -> None:
    """Once the transaction is through, send a worker the message that the run waits.

    A broker that is away is no failure: the row waits and says so, and the sweep sends the message again.
    """
    transaction.on_commit(lambda: _send(run.pk))


def _send(run_id: int) -> None:
    WeeklyRun.objects.filter(pk=run_id).update(woken_at=timezone.now())
    try:
        steps_of_run(run_id).delay()
    except (OperationalError, OSError) as error:  # the second where the broker is a folder
        logger.warning("The broker can't be reached (%s): run %s waits for the sweep.", error, run_id)
        WeeklyRun.objects.active().filter(pk=run_id, lease="").update(woken_at=None, error=BROKER_AWAY)


def steps_of_run(run_id: int) -> chain:
    """The four steps as one chain. Steps that were done before are passed over."""
    return chain(harvest_week.si(run_id), embed_week.si(run_id), suggest_week.si(run_id), draft_week.si(run_id))


def _work(run_id: int, step: WeeklyRun.Step) -> dict[str, Any] | None:
    run = WeeklyRun.objects.select_related("series").filter(pk=run_id).first()
    if run is None:
        return None
    figures = weekly.run_step(run, step, should_stop=ending.is_set)
    logger.info("%s: %s", run, figures)
    return figures


@shared_task(throws=(GalleyError,))
def harvest_week(run_id: int) -> dict[str, Any] | None:
    """Store the papers announced in the week."""
    return _work(run_id, WeeklyRun.Step.HARVEST)


@shared_task(throws=(GalleyError,))
def embed_week(run_id: int) -> dict[str, Any] | None:
    """Make the vectors that the week's papers lack."""
    return _work(run_id, WeeklyRun.Step.EMBED)


@shared_task(throws=(GalleyError,))
def suggest_week(run_id: int) -> dict[str, Any] | None:
    """Sort and rank the week's papers."""
    return _work(run_id, WeeklyRun.Step.SUGGEST)


@shared_task(throws=(GalleyError,))
def draft_week(run_id: int) -> dict[str, Any] | None:
    """Propose entries with draft summaries."""
    return _work(run_id, WeeklyRun.Step.DRAFT)


def wake_for_added() -> None:
    """Once the transaction is through, send a worker the message that added papers wait; the sweep sends it again."""
    transaction.on_commit(_send_for_added)


def _send_for_added() -> None:
    try:
        suggest_added.delay()
    except (OperationalError, OSError) as error:
        logger.warning("The broker can't be reached (%s): added papers wait for the sweep.", error)


@shared_task(throws=(GalleyError,))
def suggest_added() -> int:
    """Sort and rank the papers that editors put on boards."""
    if not added.waiting().exists():
        return 0
    count = added.suggest_for_added(get_encoder(), should_stop=ending.is_set)
    logger.info("Added papers sorted and ranked: %s", count)
    return count


@shared_task
def draft_latest_week() -> int:
    """Monday's work: draft the week that has just been completed, for every series. Returns how many were begun."""
    return _begin_all(Week.latest_complete(_today()))


@shared_task
def refresh_current_week() -> int:
    """The daily work: keep the week that is being announced fresh, for every series. Returns how many were begun."""
    return _begin_all(Week.of(_today()))


def _today() -> dt.date:
    return timezone.now().date()


def _begin_all(week: Week) -> int:
    finished = Digest.objects.published().of_week(week).values("series")
    waiting = Series.objects.exclude(pk__in=finished)
    for series in waiting:
        wake(weekly.request_run(series, week))
    return len(waiting)


@shared_task
def sweep() -> int:
    """Wake runs whose message was lost, whose worker died or whose pause is over; added papers too. How many."""
    forgotten = list(WeeklyRun.objects.forgotten(timezone.now()))
    for run in forgotten:
        wake(run)
    if added.is_forgotten():
        wake_for_added()
    return len(forgotten)


@shared_task
def draw_weeks() -> int:
    """Draw the weeks of digests that were published since they were last drawn. Returns how many."""
    waiting = list(Digest.objects.lacking_picture().select_related("series"))
    for digest in waiting:
        draw_week(digest)
    return len(waiting)
