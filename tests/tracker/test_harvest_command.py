"""`manage.py harvest` at its outer edge: figures, sentences, and a clean stop."""

import json
import os
import signal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.arxiv_standin import ArxivStandin
from tests.tracker.told import told, write_lines
from tracker.arxiv_client import ArxivClient
from tracker.models import Harvest, Paper

pytestmark = pytest.mark.django_db

PAPERS = [told(13000 + n) for n in range(1, 21)]


@pytest.fixture
def arxiv(settings, series):
    """arXiv with twenty papers of 2026-W08, asked without a pause."""
    settings.ARXIV_INTERVAL = 0.0005
    with ArxivStandin.serving(PAPERS) as standin:
        settings.ARXIV_API_URL = standin.url
        yield standin


def test_it_harvests_the_week_of_a_series_and_ends_with_figures(arxiv, capsys):
    call_command("harvest", series="llm", week="2026-W08", json=True)
    figures = json.loads(capsys.readouterr().out)
    assert figures.pop("seconds") >= 0
    assert figures == {"new": 20, "revised": 0, "unchanged": 0, "withdrawn": 0, "skipped": 0}
    assert {f"cat:{code}" for code in ("cs.CL", "cs.LG", "cs.AI")} == {
        asked.params["search_query"].split()[0] for asked in arxiv.asked
    }


def test_without_json_it_prints_lines(arxiv, capsys):
    call_command("harvest", week="2026-W08")
    assert "new: 20" in capsys.readouterr().out.splitlines()


def test_it_takes_records_from_a_file(series, tmp_path, capsys):
    path = write_lines(tmp_path / "papers.jsonl", *PAPERS, "{broken")
    call_command("harvest", file=path, json=True)
    out, err = capsys.readouterr()
    assert json.loads(out)["new"] == 20
    assert json.loads(out)["skipped"] == 1
    assert "line 21 passed over" in err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"series": "nope"}, "no series “nope”"),
        ({"week": "2026-W99"}, "no ISO week 99"),
        ({"week": "soon"}, "“soon” is no week"),
        ({"week": "2099-W01"}, "lies ahead"),
        ({"week": "2001-W10"}, "no papers in"),
        ({"file": Path("/nothing/here.jsonl")}, "No such file"),
    ],
)
def test_bad_input_is_a_sentence(arxiv, options, says):
    with pytest.raises(CommandError, match=says):
        call_command("harvest", **options)
    assert Paper.objects.count() == 0


def test_a_series_with_an_unknown_category_is_a_sentence(arxiv, series):
    series.categories = ["cs.CL", "cs.XX"]
    series.save()
    with pytest.raises(CommandError, match=r"no category “cs\.XX”"):
        call_command("harvest", week="2026-W08")


def test_arxiv_down_is_a_sentence(settings, series):
    settings.ARXIV_INTERVAL, settings.ARXIV_API_URL = 0.0005, "http://127.0.0.1:9/api/query"
    with pytest.raises(CommandError, match="arXiv can't be reached"):
        call_command("harvest", week="2026-W08")
    assert Harvest.objects.get().error.startswith("arXiv can't be reached")


def test_at_sigterm_it_stops_cleanly_and_the_next_goes_on(arxiv, monkeypatch, capsys):
    ask = ArxivClient.query_slice
    signals = iter([0] * 39 + [signal.SIGTERM] + [0] * 500)

    def ask_and_signal(self, *arguments):
        os.kill(os.getpid(), next(signals))  # signal 0 does nothing
        return ask(self, *arguments)

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(ArxivClient, "query_slice", ask_and_signal)
    with pytest.raises(CommandError, match="run it again to go on from there"):
        call_command("harvest", week="2026-W08")
    assert signal.getsignal(signal.SIGTERM) == before
    stopped = Harvest.objects.get()
    assert stopped.state == Harvest.State.STOPPED
    assert stopped.progress_done in (39, 40)  # it may have been waiting for its turn, or for the answer
    call_command("harvest", week="2026-W08", json=True)
    assert json.loads(capsys.readouterr().out)["new"] == 20
    assert Harvest.objects.get().state == Harvest.State.DONE
