"""The way of a week on its row: leases, failures, restarts."""

import datetime as dt
import json
import os
import signal
from threading import Event

import pytest
from billiard.common import _should_override_term_signal
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError
from django.utils import timezone

from digests import tasks, weekly
from digests.models import Candidate, Entry, WeeklyRun
from tests.encoders import HashingEncoder
from tracker import harvest
from tracker.arxiv_client import ArxivUnavailable
from tracker.config.celery import app
from tracker.models import Embedding, Paper
from tracker.weeks import Week

WEEK = Week(2023, 47)
Step, State = WeeklyRun.Step, WeeklyRun.State


@pytest.fixture(autouse=True)
def quick_encoder(monkeypatch):
    encoder = HashingEncoder()
    monkeypatch.setattr(weekly, "get_encoder", lambda: encoder)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "week.jsonl"
    rows = [
        {
            "id": f"2311.{12000 + n}",
            "title": f"Benchmarking language models on task {n}",
            "abstract": f"We evaluate language models on task {n}. They fail at it.",
            "authors": ["Ada Lovelace"],
            "categories": ["cs.CL"],
            "primary": "cs.CL",
            "announced": "2023-11-21",
        }
        for n in range(8)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def run(series, file) -> WeeklyRun:
    return weekly.request_run(series, WEEK, source=str(file))


def do_all(run: WeeklyRun, **options) -> list:
    return [weekly.run_step(run, step, **options) for step in Step]


def test_four_steps_lead_from_records_to_a_draft(run):
    harvested, embedded, suggested, drafted = do_all(run)
    assert (harvested["new"], harvested["papers"]) == (8, 8)
    assert embedded["embedded"] == suggested["candidates"] == 8
    assert drafted["proposed"] == Entry.objects.count()
    run.refresh_from_db()
    assert (run.state, run.lease, run.held_until, run.error) == (State.DONE, "", None, "")
    assert set(run.counts) == set(Step)


def test_a_second_run_of_the_same_week_changes_nothing(run, series, file):
    do_all(run)
    before = [list(model.objects.order_by("pk").values()) for model in (Paper, Embedding, Candidate, Entry)]
    do_all(weekly.request_run(series, WEEK, source=str(file)))
    assert [list(model.objects.order_by("pk").values()) for model in (Paper, Embedding, Candidate, Entry)] == before


def test_a_step_that_is_not_due_is_passed_over(run):
    assert weekly.run_step(run, Step.EMBED) is None
    assert weekly.run_step(run, Step.HARVEST) is not None
    assert weekly.run_step(run, Step.HARVEST) is None


def test_a_held_run_is_left_to_its_holder_until_the_lease_ends(run):
    WeeklyRun.objects.update(state=State.RUNNING, lease="other", held_until=timezone.now() + dt.timedelta(minutes=1))
    assert weekly.run_step(run, Step.HARVEST) is None
    WeeklyRun.objects.update(held_until=timezone.now() - dt.timedelta(seconds=1))
    assert weekly.run_step(run, Step.HARVEST) is not None


def test_a_holder_that_was_taken_over_stops_and_leaves_the_row_alone(run, monkeypatch):
    def taken_over(hold):
        assert weekly.run_step(run, Step.HARVEST, take_over=True) is not None
        hold.start("going on", 1)

    real = weekly._WORK[Step.HARVEST]
    works = iter([taken_over, real])
    monkeypatch.setitem(weekly._WORK, Step.HARVEST, lambda hold: next(works)(hold))
    with pytest.raises(weekly.LeaseLost):
        weekly.run_step(run, Step.HARVEST)
    run.refresh_from_db()
    assert (run.step, run.state) == (Step.EMBED, State.WAITING)


def test_a_run_asked_to_stop_waits_where_it_stopped(run):
    weekly.run_step(run, Step.HARVEST)
    WeeklyRun.objects.update(woken_at=timezone.now())
    with pytest.raises(weekly.STOPS):
        weekly.run_step(run, Step.EMBED, should_stop=lambda: True)
    run.refresh_from_db()
    assert (run.step, run.state, run.held_until) == (Step.EMBED, State.WAITING, None)
    assert run in WeeklyRun.objects.forgotten(timezone.now()), "the next sweep wakes it"
    assert weekly.run_step(run, Step.EMBED) is not None


def test_waiting_for_arxiv_keeps_the_lease(run, monkeypatch):
    def patient(hold):
        WeeklyRun.objects.update(held_until=timezone.now())
        with monkeypatch.context() as later:
            later.setattr(weekly.time, "monotonic", lambda: float("inf"))
            hold.note("arXiv is busy. Asking again in 96 s.")
        assert WeeklyRun.objects.get().held_until > timezone.now() + dt.timedelta(minutes=4)
        return {}

    monkeypatch.setitem(weekly._WORK, Step.HARVEST, patient)
    assert weekly.run_step(run, Step.HARVEST) is not None


def failing(error: BaseException):
    def work(hold):
        raise error

    return work


def test_arxiv_being_away_is_tried_again_after_a_growing_pause_and_at_last_given_up(run, monkeypatch):
    monkeypatch.setitem(weekly._WORK, Step.HARVEST, failing(ArxivUnavailable("arXiv doesn't answer.")))
    pauses = []
    for _ in range(weekly.ATTEMPTS - 1):
        with pytest.raises(ArxivUnavailable):
            weekly.run_step(run, Step.HARVEST)
        run.refresh_from_db()
        assert run.state == State.WAITING
        pauses.append((run.held_until - timezone.now()).total_seconds())
        assert weekly.run_step(run, Step.HARVEST) is None
        WeeklyRun.objects.update(held_until=timezone.now())
    assert pauses == sorted(pauses)
    assert pauses[0] > 59
    with pytest.raises(ArxivUnavailable):
        weekly.run_step(run, Step.HARVEST)
    run.refresh_from_db()
    assert (run.state, run.error) == (State.FAILED, "arXiv doesn't answer.")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OperationalError("database is locked"), "The database couldn't be used."),
        (SoftTimeLimitExceeded(), "This step took longer than a worker may."),
    ],
)
def test_what_may_pass_by_itself_is_tried_again(run, monkeypatch, error, says):
    monkeypatch.setitem(weekly._WORK, Step.HARVEST, failing(error))
    with pytest.raises(type(error)):
        weekly.run_step(run, Step.HARVEST)
    run.refresh_from_db()
    assert run.state == State.WAITING
    assert run.error.startswith(says)
    assert run.error.endswith("It will be tried again.")
    assert run.held_until > timezone.now()


def test_an_expected_failure_is_told_in_its_own_words(series, tmp_path):
    run = weekly.request_run(series, WEEK, source=str(tmp_path / "missing.jsonl"))
    with pytest.raises(weekly.GalleyError):
        weekly.run_step(run, Step.HARVEST)
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "missing.jsonl" in run.error


def test_an_unexpected_fault_is_told_without_its_traceback_and_raised(run, monkeypatch, caplog):
    monkeypatch.setitem(weekly._WORK, Step.HARVEST, failing(ZeroDivisionError("division by zero")))
    with pytest.raises(ZeroDivisionError):
        weekly.run_step(run, Step.HARVEST)
    run.refresh_from_db()
    assert run.state == State.FAILED
    assert "ZeroDivisionError" in run.error
    assert "Traceback" not in run.error
    assert "division by zero" in caplog.text


def test_a_failed_run_starts_over_when_asked_for_again(run, series, file):
    WeeklyRun.objects.update(step=Step.SUGGEST, state=State.FAILED, error="It went wrong.")
    again = weekly.request_run(series, WEEK, source=str(file))
    assert (again.pk, again.step, again.state, again.error) == (run.pk, Step.HARVEST, State.WAITING, "")


def test_a_run_under_way_is_not_started_over(run, series, file):
    weekly.run_step(run, Step.HARVEST)
    assert weekly.request_run(series, WEEK, source=str(file)).step == Step.EMBED


def test_the_chain_of_tasks_does_all_steps(run):
    tasks.steps_of_run(run.pk).apply()
    run.refresh_from_db()
    assert (run.state, set(run.counts)) == (State.DONE, set(Step))


def test_a_worker_told_to_end_puts_its_step_down(run, monkeypatch):
    ending = Event()
    monkeypatch.setattr(tasks, "ending", ending)
    before = signal.getsignal(signal.SIGTERM)
    try:
        tasks.outlive_sigterm()
        assert not _should_override_term_signal("SIGTERM", signal.getsignal(signal.SIGTERM))  # or it would die
        tasks.heed_sigterm()
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(harvest.HarvestStopped):
            tasks.harvest_week(run.pk)
    finally:
        signal.signal(signal.SIGTERM, before)
    run.refresh_from_db()
    assert (run.step, run.state, run.held_until) == (Step.HARVEST, State.WAITING, None)


def test_a_task_leaves_quietly_when_its_row_is_gone(db):
    assert tasks.harvest_week(4711) is None


@pytest.fixture
def messages(monkeypatch) -> list[int]:
    """Runs that a worker was sent a message about."""
    sent: list[int] = []

    class Recorded:
        def __init__(self, run_id: int) -> None:
            self.run_id = run_id

        def delay(self) -> None:
            sent.append(self.run_id)

    monkeypatch.setattr(tasks, "steps_of_run", Recorded)
    return sent


def test_a_worker_is_woken_only_after_commit(run, messages, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        tasks.wake(run)
        assert messages == []
    for callback in callbacks:
        callback()
    assert messages == [run.pk]


def test_a_broker_that_is_away_leaves_the_run_waiting_for_the_sweep(
    run, monkeypatch, django_capture_on_commit_callbacks
):
    class Away:
        def __init__(self, run_id: int) -> None: ...

        def delay(self) -> None:
            raise tasks.OperationalError("connection refused")

    monkeypatch.setattr(tasks, "steps_of_run", Away)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.wake(run)
    run.refresh_from_db()
    assert (run.state, run.error) == (State.WAITING, tasks.BROKER_AWAY)
    assert run in WeeklyRun.objects.forgotten(timezone.now()), "the next sweep wakes it"
    weekly.run_step(run, Step.HARVEST)
    run.refresh_from_db()
    assert run.error == ""


def test_the_sweep_wakes_forgotten_runs_once(run, messages, django_capture_on_commit_callbacks):
    def sweep() -> list[int]:
        messages.clear()
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sweep()
        return list(messages)

    now = timezone.now()
    WeeklyRun.objects.update(woken_at=now)
    assert sweep() == []  # its message may still be waiting for a free worker
    WeeklyRun.objects.update(woken_at=now - dt.timedelta(minutes=11))
    assert sweep() == [run.pk]
    assert sweep() == []
    WeeklyRun.objects.update(
        state=State.RUNNING, woken_at=now - dt.timedelta(minutes=6), held_until=now - dt.timedelta(minutes=1)
    )
    assert sweep() == [run.pk]  # its worker died
    WeeklyRun.objects.update(state=State.RUNNING, woken_at=now, held_until=now + dt.timedelta(minutes=4))
    assert sweep() == []
    WeeklyRun.objects.update(state=State.DONE, woken_at=None, held_until=None)
    assert sweep() == []


def test_monday_opens_the_week_that_is_complete(series, messages, time_machine, django_capture_on_commit_callbacks):
    time_machine.move_to(dt.datetime(2023, 11, 27, 5, tzinfo=dt.UTC))
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.draft_latest_week() == 1
    assert WeeklyRun.objects.get().week == WEEK
    assert messages == [WeeklyRun.objects.get().pk]


def test_the_daily_refresh_opens_the_week_being_announced(series, messages, time_machine):
    time_machine.move_to(dt.datetime(2023, 11, 23, 5, 30, tzinfo=dt.UTC))
    assert tasks.refresh_current_week() == 1
    assert WeeklyRun.objects.get().week == WEEK


def test_every_scheduled_task_exists(settings):
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
