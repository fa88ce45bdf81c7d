"""`manage.py weekly`, `draft_digest` and `prepare`: what they leave behind, and that once more changes nothing."""

import datetime as dt
import json

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from digests import weekly
from digests.management.commands import draft_digest
from digests.models import Candidate, Digest, Entry, WeeklyRun
from digests.sample import PAPERS
from tests.arxiv_standin import ArxivStandin
from tests.encoders import HashingEncoder
from tracker.models import Embedding, Paper

WEEK = "2023-W47"
STEPS = list(WeeklyRun.Step)


@pytest.fixture(autouse=True)
def quick(settings, monkeypatch) -> None:
    settings.ARXIV_INTERVAL = 0.0005
    encoder = HashingEncoder()
    for module in (weekly, draft_digest):
        monkeypatch.setattr(module, "get_encoder", lambda: encoder)


@pytest.fixture
def arxiv(settings):
    """arXiv with the sample week's papers, on the Monday after."""
    told = [json.loads(line) for line in PAPERS.read_text(encoding="utf-8").splitlines()]
    with ArxivStandin.serving(told) as standin:
        settings.ARXIV_API_URL = standin.url
        yield standin


@pytest.fixture
def figures(capsys):
    """Run a command and return what it says with `--json`."""

    def run(*arguments: str) -> dict:
        call_command(*arguments, "--json")
        return json.loads(capsys.readouterr().out)

    return run


def rows() -> list:
    models = (Paper, Embedding, Candidate, Digest, Entry)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_weekly_goes_from_a_file_to_a_draft_and_again_changes_nothing(series, figures):
    first = figures("weekly", "--file", str(PAPERS), "--week", WEEK)
    assert [*first] == ["series", "week", *STEPS]
    assert (first["harvest"]["new"], first["embed"]["embedded"], first["suggest"]["candidates"]) == (60, 60, 60)
    assert first["draft"]["proposed"] == Entry.objects.count() > 5
    assert all(first[step]["seconds"] >= 0 and first[step]["peak_mib"] > 20 for step in STEPS)
    before = rows()
    again = figures("weekly", "--file", str(PAPERS), "--week", WEEK)
    assert (again["harvest"]["unchanged"], again["embed"]["embedded"]) == (60, 0)
    assert rows() == before


def test_a_week_is_drafted_again_from_what_is_stored(series, figures):
    figures("weekly", "--file", str(PAPERS), "--week", WEEK)
    Entry.objects.all().delete()
    told = figures("draft_digest", "--week", WEEK)
    assert (told["week"], told["candidates"]) == (WEEK, 60)
    assert told["proposed"] == Entry.objects.count() > 5


def test_a_new_installation_gets_an_account_and_the_latest_complete_week(series, arxiv, time_machine, figures, capsys):
    time_machine.move_to(dt.datetime(2023, 11, 27, 9, tzinfo=dt.UTC))
    call_command("prepare")
    said = capsys.readouterr().err
    user = User.objects.get()
    password = said.split("It is told only now:")[1].split()[1]
    assert user.check_password(password)
    digest = Digest.objects.get()
    assert (str(digest.week), digest.status, digest.sample) == (WEEK, Digest.Status.DRAFT, False)
    assert digest.entries.exists()
    asked, before = len(arxiv.asked), rows()
    assert figures("prepare") == {"digests": 1, "published": 0}
    assert User.objects.get().password == user.password
    assert (len(arxiv.asked), rows()) == (asked, before)


def test_where_arxiv_cannot_be_reached_the_sample_takes_its_place(series, settings, figures, capsys):
    settings.ARXIV_API_URL = "http://127.0.0.1:9/api/query"
    call_command("prepare")
    said = capsys.readouterr().err
    assert "arXiv can't be reached" in said
    assert f"The bundled sample week {WEEK} takes its place." in said
    digest = Digest.objects.published().get()
    assert (str(digest.week), digest.sample) == (WEEK, True)
    assert digest.candidates.count() == 60
    assert figures("prepare") == {"digests": 1, "published": 1}


def test_where_arxiv_has_no_papers_the_sample_takes_its_place(series, arxiv, time_machine, figures):
    time_machine.move_to(dt.datetime(2023, 12, 18, 9, tzinfo=dt.UTC))  # a week that the stand-in knows no papers of
    assert figures("prepare") == {"digests": 1, "published": 1}


def test_the_password_is_told_even_when_the_first_week_fails(series, monkeypatch, capsys):
    def stopped(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(weekly, "run_step", stopped)
    with pytest.raises(CommandError, match="Stopped"):
        call_command("prepare")
    password = capsys.readouterr().err.split("It is told only now:")[1].split()[1]
    assert User.objects.get().check_password(password)
