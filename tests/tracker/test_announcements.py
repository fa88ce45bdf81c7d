"""arXiv's calendar: schedule, holidays, and the days of held papers."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from tracker.announcements import Submission, announces, infer_announcements, listing_day, submission_window
from tracker.weeks import Week

NEW_YORK = ZoneInfo("America/New_York")


def new_york(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("submitted", "listed"),
    [
        ("2026-02-16T13:59", "2026-02-17"),  # Monday before closing: Tuesday
        ("2026-02-16T14:00", "2026-02-18"),  # from closing on: Wednesday
        ("2026-02-19T13:59", "2026-02-20"),  # Thursday before closing: Friday
        ("2026-02-19T14:00", "2026-02-23"),  # then Sunday evening: Monday
        ("2026-02-20T13:59", "2026-02-23"),
        ("2026-02-20T14:00", "2026-02-24"),  # the weekend's: Tuesday
        ("2026-02-22T23:00", "2026-02-24"),
        ("2026-07-06T13:30", "2026-07-07"),  # summer time
    ],
)
def test_the_schedule_maps_a_submission_to_its_listing_day(submitted, listed):
    assert listing_day(new_york(submitted)) == day(listed)


@pytest.mark.parametrize(
    "weekday_without_listing",
    # as seen in the listings of 2025-03 to 2026-08, and on arXiv's own list for 2023
    ["2025-06-20", "2025-07-07", "2025-09-02", "2025-11-28", "2025-12-26", "2025-12-31", "2026-01-02", "2026-06-22"]
    + ["2026-07-06", "2026-01-20", "2023-11-24", "2023-12-28", "2023-07-05"],
)
def test_holidays_leave_a_weekday_without_a_listing(weekday_without_listing):
    listed = day(weekday_without_listing)
    assert not announces(listed - dt.timedelta(days=1))


@pytest.mark.parametrize("listed", ["2025-05-27", "2025-10-14", "2026-02-17", "2026-05-26", "2025-12-25"])
def test_arxiv_announces_on_holidays_it_does_not_keep(listed):
    assert announces(day(listed) - dt.timedelta(days=1))


def test_a_holiday_defers_to_the_next_announcement():
    assert listing_day(new_york("2025-08-29T15:00")) == day("2025-09-03")  # Labor Day silences Monday evening
    assert listing_day(new_york("2025-07-03T15:00")) == day("2025-07-08")  # Friday the 4th silences Sunday evening


def test_the_window_reaches_back_for_held_papers():
    first, last = submission_window(Week.parse("2023-W47"))
    assert first <= day("2023-11-10")
    assert last >= day("2023-11-23")


def batch(start: int, closing: str, count: int) -> list[Submission]:
    """Papers with consecutive ids, submitted one after the other in the hours before a closing."""
    moments = [new_york(closing) - dt.timedelta(minutes=10 * (count - number)) for number in range(count)]
    return [Submission(f"2602.{start + number:05d}", moment) for number, moment in enumerate(moments)]


def test_papers_held_by_moderation_are_announced_with_the_batch_of_their_id():
    tuesday, wednesday = batch(15000, "2026-02-17T14:00", 40), batch(15050, "2026-02-18T14:00", 40)
    held = [Submission(f"2602.{15040 + n}", new_york("2026-02-10T09:00") + dt.timedelta(hours=n)) for n in range(10)]
    found = infer_announcements([*wednesday, *held, *tuesday])
    assert {each.announced_on for each in found[40:50]} == {day("2026-02-19")}
    assert {each.by for each in found[40:50]} == {"neighbours"}
    assert {(each.announced_on, each.by) for each in found[:40]} == {(day("2026-02-19"), "schedule")}
    assert {(each.announced_on, each.by) for each in found[50:]} == {(day("2026-02-18"), "schedule")}


def test_many_papers_held_by_a_day_are_told_by_the_order_of_submission():
    tuesday, wednesday = batch(15000, "2026-02-17T14:00", 120), batch(15160, "2026-02-18T14:00", 120)
    moments = [each.submitted_at + dt.timedelta(minutes=5) for each in tuesday[:15]]
    held = [Submission(f"2602.{15120 + number}", moment) for number, moment in enumerate(moments)]
    found = infer_announcements([*tuesday, *held, *wednesday])
    assert {each.announced_on for each in found[:120]} == {day("2026-02-18")}
    assert {each.announced_on for each in found[120:]} == {day("2026-02-19")}


def test_a_single_paper_out_of_order_starts_no_batch():
    papers = batch(15000, "2026-02-17T14:00", 60)
    papers[30] = Submission(papers[30].arxiv_id, papers[5].submitted_at)
    assert {each.announced_on for each in infer_announcements(papers)} == {day("2026-02-18")}


def test_a_known_listing_day_stands_whatever_the_neighbours_say():
    papers = batch(15000, "2026-02-17T14:00", 20)
    papers[10] = Submission(papers[10].arxiv_id, papers[10].submitted_at, day("2026-03-05"))
    assert infer_announcements(papers)[10].announced_on == day("2026-03-05")
    assert infer_announcements(papers)[10].by == "listing"


def test_a_paper_without_a_submission_is_placed_by_neighbours_that_are_near():
    listed = [Submission(f"2602.{n:05d}", None, day("2026-02-18")) for n in (15000, 15010, 15020)]
    near, far = Submission("2602.15005", None), Submission("2602.02000", None)
    found = infer_announcements([near, *listed, far])
    assert (found[0].announced_on, found[0].by) == (day("2026-02-18"), "neighbours")
    assert (found[-1].announced_on, found[-1].by) == (None, "")


def test_old_style_ids_go_by_schedule_alone():
    (found,) = infer_announcements([Submission("hep-th/9901001", new_york("1999-01-05T10:00"))])
    assert (found.announced_on, found.by) == (day("1999-01-06"), "schedule")


def test_an_id_of_no_month_is_no_reason_to_fail():
    (found,) = infer_announcements([Submission("2313.00001", new_york("2023-11-20T10:00"))])
    assert found.announced_on == day("2023-11-21")


@pytest.mark.shared
def test_at_least_97_in_100_real_papers_fall_into_the_right_week(shared, capsys):
    papers = shared / "papers"
    call_command(
        "evaluate_announcements",
        picks=papers / "hf-daily-picks.jsonl.gz",
        listings=papers / "2025-03_2026-08.jsonl.gz",
        json=True,
    )
    figures = json.loads(capsys.readouterr().out)
    assert figures["papers"] > 3000
    assert figures["inferred"] >= 0.97
    assert figures["inferred"] > figures["by_schedule"] > figures["by_submission_date"]
