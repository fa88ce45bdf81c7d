"""Publishing at a time: kept when a worker is there, asked about when it was missed, never done twice or late."""

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from digests import drafting, preflight, publishing, report_card, timetable
from digests.models import Candidate, Digest, Entry, Event
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, PaperFactory
from tests.page import Page
from tracker.config.celery import app

NOW, AT = "2026-03-01T09:00Z", "2026-03-02T07:00"
PUBLISH = "/desk/llm/2023/w47/galley/publish/"
SCHEDULE = "/desk/llm/2023/w47/galley/schedule/"
UNSCHEDULE = "/desk/llm/2023/w47/galley/unschedule/"


@pytest.fixture
def ready(digest, time_machine) -> Digest:
    """A draft that preflight lets pass, on 1 March 2026."""
    time_machine.move_to(NOW, tick=False)
    topic = digest.series.topics.first()
    paper = PaperFactory()
    CandidateFactory(digest=digest, paper=paper, suggested_topic=topic, verdict=Candidate.Verdict.PICKED)
    EntryFactory(section=digest.sections.get(topic=topic), paper=paper, summary="What it shows.")
    return digest


@pytest.fixture
def press(publisher, as_user):
    """The publisher's browser."""
    return as_user(publisher)


def state() -> tuple[str, bool]:
    digest = Digest.objects.get()
    return digest.status, digest.is_missed


def test_a_scheduled_digest_goes_out_at_its_time(ready, press, publisher, time_machine) -> None:
    answer = press.post(SCHEDULE, {"at": AT}, follow=True)
    assert "goes out on Monday, 2 March 2026, 07:00 UTC" in Page(answer).text
    assert press.get("/llm/2023/w47/").status_code == 404
    time_machine.move_to("2026-03-02T06:59Z", tick=False)
    assert timetable.publish_due() == 0
    time_machine.move_to("2026-03-02T07:00Z", tick=False)
    assert timetable.publish_due() == 1
    digest = Digest.objects.get()
    assert (digest.is_published, digest.published_by, digest.publish_at) == (True, publisher, None)
    assert press.get("/llm/2023/w47/").status_code == 200
    assert timetable.publish_due() == 0  # and not a second time
    deeds = Event.objects.filter(kind="publication").order_by("pk").values_list("actor_name", "deed")
    assert list(deeds) == [
        ("publisher", "Scheduled for Monday, 2 March 2026, 07:00 UTC"),
        ("", "Published on time"),
    ]


def test_a_schedule_that_was_missed_asks_and_does_not_fire_late(ready, press, time_machine) -> None:
    press.post(SCHEDULE, {"at": AT})
    time_machine.move_to("2026-03-02T07:16Z", tick=False)
    assert timetable.publish_due() == 0
    assert state() == ("scheduled", True)
    for page in ("/desk/", "/desk/llm/2023/w47/galley/"):
        assert "Say what now" in Page(press.get(page)).text
    text = Page(press.get(PUBLISH)).text
    assert "It did not go out" in text
    assert "Publish now" in text
    press.post(PUBLISH)
    assert state() == ("published", False)


def test_a_worker_that_is_a_little_late_still_publishes(ready, press, time_machine) -> None:
    press.post(SCHEDULE, {"at": AT})
    time_machine.move_to("2026-03-02T07:14Z", tick=False)
    assert timetable.publish_due() == 1


def test_a_schedule_is_stopped(ready, press, time_machine) -> None:
    press.post(SCHEDULE, {"at": AT})
    press.post(UNSCHEDULE)
    assert state() == ("draft", False)
    time_machine.move_to("2026-03-02T07:00Z", tick=False)
    assert timetable.publish_due() == 0
    assert "isn’t scheduled" in Page(press.post(UNSCHEDULE, follow=True)).text


def test_the_time_is_changed(ready, press, time_machine) -> None:
    press.post(SCHEDULE, {"at": AT})
    press.post(SCHEDULE, {"at": "2026-03-02T12:00"})
    time_machine.move_to("2026-03-02T07:00Z", tick=False)
    assert timetable.publish_due() == 0
    time_machine.move_to("2026-03-02T12:00Z", tick=False)
    assert timetable.publish_due() == 1


def test_what_is_changed_until_then_goes_out(ready, press, editor, time_machine) -> None:
    press.post(SCHEDULE, {"at": AT})
    entry = Entry.objects.get()
    publishing.write_entry(entry, "", "Put better.", entry.revision, editor=editor)
    time_machine.move_to("2026-03-02T07:00Z", tick=False)
    timetable.publish_due()
    assert "Put better." in Page(press.get("/llm/2023/w47/")).text


def test_a_refresh_of_the_week_holds_nothing_up(ready, press, time_machine) -> None:
    press.post(SCHEDULE, {"at": AT})
    CandidateFactory(digest=ready, suggested_topic=ready.series.topics.last(), importance=0.9)
    drafting.propose(ready)
    time_machine.move_to("2026-03-02T07:00Z", tick=False)
    assert timetable.publish_due() == 1


def test_one_that_fails_keeps_no_other_from_going_out(ready, press, monkeypatch, time_machine) -> None:
    press.post(SCHEDULE, {"at": AT})
    broken = DigestFactory(status="scheduled", publish_at=f"{AT}Z", week_start="2023-11-13", series=ready.series)
    grade = report_card.grade
    errors = preflight.errors
    monkeypatch.setattr(preflight, "errors", lambda digest: [] if digest == broken else errors(digest))
    monkeypatch.setattr(report_card, "grade", lambda digest: 1 / 0 if digest == broken else grade(digest))
    time_machine.move_to("2026-03-02T07:00Z", tick=False)
    with pytest.raises(ExceptionGroup):
        timetable.publish_due()
    assert set(Digest.objects.values_list("pk", "status")) == {(ready.pk, "published"), (broken.pk, "scheduled")}


def test_preflight_has_the_last_word_and_putting_it_right_in_time_is_enough(ready, press, editor, time_machine) -> None:
    press.post(SCHEDULE, {"at": AT})
    entry = Entry.objects.get()
    publishing.write_entry(entry, "", "", entry.revision, editor=editor)
    time_machine.move_to("2026-03-02T07:00Z", tick=False)
    assert timetable.publish_due() == 0
    assert timetable.publish_due() == 0
    assert "held up" in Page(press.get(PUBLISH)).text
    assert Event.objects.filter(deed="Held up").count() == 1  # told once, not at every look
    entry.refresh_from_db()
    publishing.write_entry(entry, "", "What it shows.", entry.revision, editor=editor)
    time_machine.move_to("2026-03-02T07:10Z", tick=False)
    assert timetable.publish_due() == 1
    assert Digest.objects.get().held_up == ""


@pytest.mark.parametrize(
    ("at", "reason"),
    [("2026-03-01T08:59", "That time is past"), ("", "Say when it goes out"), ("soon", "Write it as")],
)
def test_a_time_that_makes_no_sense_is_refused(ready, press, at, reason) -> None:
    answer = press.post(SCHEDULE, {"at": at})
    assert answer.status_code == 400
    assert reason in Page(answer).text
    assert state() == ("draft", False)


def test_a_digest_that_is_not_ready_is_not_scheduled(digest, press, time_machine) -> None:
    time_machine.move_to(NOW, tick=False)
    assert "to put right first" in Page(press.post(SCHEDULE, {"at": AT}, follow=True)).text
    assert state() == ("draft", False)


def test_a_published_digest_is_neither_scheduled_nor_published_again(ready, press) -> None:
    press.post(PUBLISH)
    before = Digest.objects.values().get()
    assert "is published" in Page(press.post(SCHEDULE, {"at": AT}, follow=True)).text
    press.post(PUBLISH)
    assert Digest.objects.values().get() == before
    assert Event.objects.filter(deed="Published").count() == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "scheduled"},
        {"status": "draft", "publish_at": NOW},
        {"status": "published", "published_at": NOW, "publish_at": NOW},
        {"status": "published"},
    ],
)
def test_the_database_refuses_times_that_do_not_fit(digest, columns) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Digest.objects.update(**columns)


def test_the_clock_looks_twice_a_minute(db) -> None:
    beat = settings.CELERY_BEAT_SCHEDULE["publish-due"]
    app.loader.import_default_modules()
    assert beat["task"] in app.tasks
    assert beat["schedule"] == 30
