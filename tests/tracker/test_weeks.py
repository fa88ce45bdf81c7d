"""ISO weeks by name, and their days."""

import datetime as dt

import pytest

from tracker.weeks import MalformedWeek, Week


def test_a_week_runs_from_monday_to_sunday():
    week = Week.parse("2023-W47")
    assert (week.monday, week.sunday) == (dt.date(2023, 11, 20), dt.date(2023, 11, 26))
    assert str(week) == "2023-W47"


def test_it_reads_a_week_however_it_is_written():
    assert Week.parse(" 2026w8 ") == Week(2026, 8)


@pytest.mark.parametrize("text", ["", "2023", "47", "2023-W54", "2023-W00", "last week", "2023-11-20"])
def test_it_refuses_a_malformed_week(text):
    with pytest.raises(MalformedWeek, match="week"):
        Week.parse(text)


@pytest.mark.parametrize("text", ["0001-W02", "1980-W01", "9999-W52"])
def test_it_refuses_a_week_in_which_there_can_be_no_papers(text):
    with pytest.raises(MalformedWeek, match="name one from 1991 to 2099"):
        Week.parse(text)


def test_neighbours_cross_the_year_where_iso_weeks_do():
    assert Week.parse("2020-W53").next == Week(2021, 1)
    assert Week.parse("2021-W01").previous == Week(2020, 53)


@pytest.mark.parametrize(
    ("today", "week"), [("2023-11-24", "2023-W46"), ("2023-11-25", "2023-W47"), ("2023-11-27", "2023-W47")]
)
def test_a_week_is_complete_once_its_friday_is_over(today, week):
    assert Week.latest_complete(dt.date.fromisoformat(today)) == Week.parse(week)
