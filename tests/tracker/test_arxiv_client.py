"""The client against a real HTTP server that answers, and fails, as arXiv does."""

import datetime as dt
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.arxiv_standin import ArxivStandin, Fault
from tests.tracker.told import told
from tracker.arxiv_client import (
    ArxivClient,
    ArxivRefused,
    ArxivUnavailable,
    ArxivUnreachable,
    NotAtom,
    Patience,
    Slice,
    read_atom,
)
from tracker.arxiv_turns import arxiv_turn
from tracker.progress import Silent

pytestmark = pytest.mark.django_db

MONDAY = dt.date(2026, 2, 16)
BRIEF = Patience(connect=1, read=0.3, whole=0.6)
PAPERS = [told(number) for number in range(13001, 13041)]


class Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture
def notes(settings) -> Notes:
    settings.ARXIV_INTERVAL = 0.001
    return Notes()


def ask(standin, settings, notes, *, size=500, start=0, sleep=time.sleep):
    settings.ARXIV_API_URL = standin.url
    return ArxivClient(patience=BRIEF, progress=notes, sleep=sleep).query_slice(Slice("cs.CL", MONDAY), start, size)


def test_it_reads_a_slice_oldest_first(settings, notes):
    with ArxivStandin.serving(PAPERS) as standin:
        page = ask(standin, settings, notes)
    assert page.total == len(page.records)
    assert [record.submitted_at for record in page.records] == sorted(r.submitted_at for r in page.records)
    assert {record.submitted_at.date() for record in page.records} == {MONDAY}
    first = page.records[0]
    assert first.categories == ("cs.CL", "cs.AI")
    assert first.authors[0] == "Ada Lovelace"
    assert first.announced_on is None


def test_it_fetches_papers_by_id_and_version(settings, notes):
    papers = [told(13001, version=2), told(13002)]
    with ArxivStandin.serving(papers) as standin:
        settings.ARXIV_API_URL = standin.url
        client = ArxivClient(patience=BRIEF)
        found = client.fetch_ids(["2602.13001", "2602.13002", "2602.99999"])
        assert [(record.arxiv_id, record.version) for record in found] == [("2602.13001", 2), ("2602.13002", 1)]
        assert client.fetch_ids(["2602.13001v1"]) == []
        with pytest.raises(ArxivRefused, match="incorrect id format for abc"):
            client.fetch_ids(["abc"])


def test_it_names_the_installation(settings, notes):
    settings.SITE_URL, settings.ARXIV_CONTACT = "https://galley.example.org", "mailto:op@example.org"
    with ArxivStandin.serving(PAPERS) as standin:
        ask(standin, settings, notes)
        (asked,) = standin.asked
    assert asked.user_agent.startswith("Galley/")
    assert "https://galley.example.org" in asked.user_agent
    assert "mailto:op@example.org" in asked.user_agent


@pytest.mark.parametrize(
    "fault",
    [
        Fault.RATE_EXCEEDED,
        Fault.RATE_EXCEEDED_200,
        Fault.CUT_FEED,
        Fault.BROKEN_OFF,
        Fault.STALL,
        Fault.TRICKLE,
        Fault.HTML,
        Fault.EMPTY_PAGE,
    ],
)
def test_it_asks_again_after_a_failure(settings, notes, fault):
    with ArxivStandin.serving(PAPERS, [fault, fault]) as standin:
        began = time.monotonic()
        page = ask(standin, settings, notes)
    assert len(page.records) == page.total > 0
    assert len(notes.said) == 2
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.BUSY_UNTIL])
def test_it_waits_as_long_as_arxiv_asks(settings, notes, fault):
    waits = []
    with ArxivStandin.serving(PAPERS, [fault]) as standin:
        ask(standin, settings, notes, sleep=waits.append)
    assert 0 < max(waits) <= 1
    assert max(waits) > 0.001 * 2 * 1.25  # more than its own backoff


def test_it_leaves_a_long_wait_to_the_caller(settings, notes):
    with ArxivStandin.serving(PAPERS, [Fault.BUSY_LONG]) as standin, pytest.raises(ArxivUnavailable) as caught:
        ask(standin, settings, notes)
    assert caught.value.retry_after == 3600
    assert len(standin.asked) == 1


def test_it_gives_up_after_bounded_attempts(settings, notes):
    with ArxivStandin.serving(PAPERS, [Fault.RATE_EXCEEDED] * 50) as standin:
        with pytest.raises(ArxivUnavailable, match="429"):
            ask(standin, settings, notes)
        assert len(standin.asked) == BRIEF.attempts


def test_pauses_grow(settings, notes):
    waits = []
    settings.ARXIV_INTERVAL = 0.01
    with ArxivStandin.serving(PAPERS, [Fault.RATE_EXCEEDED] * 5) as standin:
        ask(standin, settings, notes, sleep=lambda seconds: (waits.append(seconds), time.sleep(0.02)))
    pauses = [wait for wait in waits if wait > 0.0125]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 4 * pauses[0]


def test_an_empty_result_is_believed_when_given_twice(settings, notes):
    with ArxivStandin.serving(PAPERS, [Fault.NOTHING]) as standin:
        assert len(ask(standin, settings, notes).records) > 0
    with ArxivStandin.serving([told(13001, announced="2026-02-20")]) as standin:
        assert ask(standin, settings, notes).records == ()
        assert len(standin.asked) == 2


def test_an_empty_page_in_the_middle_is_asked_again(settings, notes):
    with ArxivStandin.serving(PAPERS, [Fault.EMPTY_PAGE]) as standin:
        assert ask(standin, settings, notes, start=5, size=5).size == 5
    assert "empty page" in notes.said[0]


def test_it_says_soon_that_arxiv_cannot_be_reached(settings, notes):
    settings.ARXIV_API_URL = "http://127.0.0.1:9/api/query"
    with pytest.raises(ArxivUnreachable, match="can't be reached"):
        ArxivClient(progress=notes).fetch_ids(["2602.13001"])
    assert len(notes.said) == 1


def test_it_reads_a_wrong_query_from_arxivs_error_entry(settings, notes):
    with ArxivStandin.serving(PAPERS) as standin, pytest.raises(ArxivRefused, match="max_results"):
        ask(standin, settings, notes, size=2001)


@pytest.mark.shared
def test_recorded_answers_of_all_years_are_read(shared):
    pages = {path.name: read_atom(path.read_bytes()) for path in sorted((shared / "arxiv").glob("classic*.xml"))}
    pages |= {path.name: read_atom(path.read_bytes()) for path in (shared / "arxiv").glob("arxivpy_[q]*.xml")}
    assert len(pages) >= 14
    for name, page in pages.items():
        assert page.size == len(page.records), name
        assert all(r.title and r.abstract and r.authors and r.categories and r.submitted_at for r in page.records), name
    old = read_atom(next((shared / "arxiv").glob("arxivpy_id_astro-ph*.xml")).read_bytes()).records[0]
    assert (old.arxiv_id, old.version, old.categories) == ("astro-ph/0601001", 1, ("astro-ph",))
    assert old.journal_ref == "ActaAstron.56:1-50,2006"
    assert not old.abstract.startswith(" ")


@pytest.mark.shared
def test_recorded_errors_and_other_formats_are_refused(shared):
    with pytest.raises(ArxivRefused, match="incorrect id format"):
        read_atom(next((shared / "arxiv").glob("arxivpy_id_abc*.xml")).read_bytes())
    with pytest.raises(NotAtom):
        read_atom((shared / "arxiv" / "oai_inspire_1305.0014.xml").read_bytes())


@pytest.mark.shared
def test_the_standins_atom_reads_like_the_recorded(shared):
    recorded = read_atom(next((shared / "arxiv").glob("arxivpy_q_testing_s0_m10_*.xml")).read_bytes())
    papers = [
        {
            "id": record.arxiv_id,
            "version": record.version,
            "title": record.title,
            "abstract": record.abstract,
            "authors": list(record.authors),
            "categories": list(record.categories),
            "published": record.submitted_at.isoformat(),
            "published_kind": "exact",
            "comment": record.comment,
            "journal_ref": record.journal_ref,
            "doi": record.doi,
        }
        for record in recorded.records
    ]
    answered = read_atom(ArxivStandin(papers).feed({"search_query": "all:test", "max_results": "50"}, None).encode())
    for told_record, record in zip(answered.records, recorded.records, strict=False):
        same = ("arxiv_id", "version", "title", "abstract", "authors", "categories", "submitted_at", "comment")
        assert [getattr(told_record, name) for name in same] == [getattr(record, name) for name in same]
    assert answered.size == recorded.size


ASKER = """
import django; django.setup()
from django.db import connection
from tracker.models import ArxivTurn
from tracker.arxiv_client import ArxivClient
if "tracker_arxivturn" not in connection.introspection.table_names():
    with connection.schema_editor() as editor: editor.create_model(ArxivTurn)
print("ready", flush=True); input()
for _ in range(4): ArxivClient().fetch_ids(["2602.13001"])
"""


def start_asker(folder: Path, url: str, interval: float) -> subprocess.Popen:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tracker.config.settings",
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'turn.sqlite3'}",
        "ARXIV_API_URL": url,
        "ARXIV_INTERVAL": str(interval),
    }
    return subprocess.Popen(
        [sys.executable, "-c", ASKER],
        env=environment,
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_share_one_connection_and_one_interval(tmp_path):
    interval = 0.3
    with ArxivStandin.serving(PAPERS) as standin:
        askers = []
        for _ in range(2):
            asker = start_asker(tmp_path, standin.url, interval)
            assert asker.stdout.readline() == "ready\n"  # the first one makes the table
            askers.append(asker)
        for asker in askers:
            asker.stdin.write("go\n")
            asker.stdin.flush()
        assert [asker.wait(60) for asker in askers] == [0, 0]
        asked = sorted(standin.asked, key=lambda each: each.began)
        assert standin.most_at_once == 1
    assert len(asked) == 8
    gaps = [later.began - earlier.ended for earlier, later in itertools.pairwise(asked)]
    assert min(gaps) > interval * 0.9


def test_a_holder_that_died_frees_its_turn():
    held = arxiv_turn(interval=0, lease=0.2, sleep=time.sleep)
    held.__enter__()  # and never leaves, as if it were killed
    began = time.monotonic()
    with arxiv_turn(interval=0, lease=0.2, sleep=time.sleep):
        waited = time.monotonic() - began
    assert 0.1 < waited < 2
