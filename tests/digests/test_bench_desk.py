"""`manage.py bench_desk`: it measures every action on a filled-up week, and leaves everything as it was."""

import json

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from digests.models import Candidate, Decision, Entry
from tests.factories import CandidateFactory
from tracker.models import Authorship, Paper


@pytest.fixture
def week(digest, series) -> list[Candidate]:
    reasoning = series.topics.get(slug="reasoning")
    return [CandidateFactory(digest=digest, suggested_topic=reasoning, cluster=number) for number in range(30)]


def test_it_measures_each_action_on_a_week_as_large_as_asked_and_changes_nothing(week, capsys):
    before = list(Candidate.objects.order_by("pk").values())
    call_command("bench_desk", week="2023-W47", candidates=40, rounds=2, json=True)
    figures = json.loads(capsys.readouterr().out)
    assert figures["candidates"] == 40
    for action in ("board", "25 more cards", "open a card", "pick", "maybe", "skip", "move to a topic", "undo"):
        assert 0 < figures[action]["queries"] <= 32, action
        assert 0 < figures[action]["ms"] <= figures[action]["worst_ms"], action
    assert list(Candidate.objects.order_by("pk").values()) == before
    assert (Paper.objects.count(), Authorship.objects.count()) == (30, 60)
    assert not any(rows.exists() for rows in (Decision.objects, Entry.objects, User.objects))


def test_it_says_its_figures_in_words(week, capsys):
    call_command("bench_desk", week="2023-W47", candidates=30, rounds=1)
    assert "undo: 2" in capsys.readouterr().out


def test_a_week_without_a_draft_is_refused(series):
    with pytest.raises(CommandError, match="2023-W46 has no draft with 25 candidates"):
        call_command("bench_desk", week="2023-W46")
