"""One paper by id or address, against a server that answers, and fails, as arXiv does."""

import time

import pytest

from tests.arxiv_standin import ArxivStandin, Fault
from tests.factories import PaperFactory
from tests.tracker.told import told
from tracker import lookup
from tracker.arxiv_client import ArxivUnavailable, Patience
from tracker.arxiv_turns import arxiv_turn
from tracker.lookup import UnknownPaper, find_paper
from tracker.models import Paper

pytestmark = pytest.mark.django_db

NEW = told(13001)
OLD = {**told(13002), "id": "hep-th/9901001", "title": "An old-style paper", "announced": "1999-01-04"}


@pytest.fixture
def standin(settings, monkeypatch):
    settings.ARXIV_INTERVAL = 0.001
    monkeypatch.setattr(lookup, "_PATIENCE", Patience(connect=1, read=0.3, whole=0.6, attempts=1))
    with ArxivStandin.serving([NEW, OLD]) as standin:
        settings.ARXIV_API_URL = standin.url
        yield standin


@pytest.mark.parametrize(
    "text",
    [NEW["id"], f"https://arxiv.org/abs/{NEW['id']}", f"arxiv.org/pdf/{NEW['id']}v1.pdf", f"arXiv:{NEW['id']}v7"],
)
def test_a_paper_that_is_not_stored_is_fetched_and_stored(standin, text):
    paper = find_paper(text)
    assert (paper.arxiv_id, paper.title) == (NEW["id"], NEW["title"])
    assert paper.authorships.exists()
    assert paper.announced_on is not None
    assert len(standin.asked) == 1
    assert standin.asked[0].user_agent.startswith("Galley/")


@pytest.mark.parametrize("text", ["hep-th/9901001v1", "HEP-TH/9901001", "https://arxiv.org/abs/hep-th/9901001"])
def test_an_old_style_paper_is_found_however_it_is_written(standin, text):
    assert find_paper(text).title == "An old-style paper"
    assert find_paper(text) == Paper.objects.get()
    assert len(standin.asked) == 1


def test_a_subject_class_in_an_old_style_id_is_left_out_as_arxiv_does():
    stored = PaperFactory(arxiv_id="math/0309136")
    assert find_paper("math.GT/0309136") == stored


def test_a_stored_paper_is_not_asked_for_unless_a_newer_version_is_named(standin):
    stored = PaperFactory(arxiv_id=NEW["id"], title="As stored", version=2)
    assert find_paper(f"{NEW['id']}v2") == stored
    assert standin.asked == []
    find_paper(f"{NEW['id']}v3")
    assert len(standin.asked) == 1


def test_a_stored_paper_will_do_where_arxiv_is_away(standin):
    standin.faults = [Fault.BUSY]
    stored = PaperFactory(arxiv_id=NEW["id"])
    assert find_paper(f"{NEW['id']}v3") == stored


def test_an_unknown_paper_is_told_in_a_sentence(standin):
    with pytest.raises(UnknownPaper, match=r"arXiv knows no paper 2602\.99999: check the id"):
        find_paper("2602.99999")


@pytest.mark.parametrize("fault", [Fault.RATE_EXCEEDED, Fault.BUSY_LONG, Fault.CUT_FEED, Fault.HTML, Fault.STALL])
def test_whatever_goes_wrong_at_arxiv_is_told_soon_and_stores_nothing(standin, fault):
    standin.faults = [fault]
    began = time.monotonic()
    with pytest.raises(ArxivUnavailable):
        find_paper(NEW["id"])
    assert time.monotonic() - began < 2
    assert not Paper.objects.exists()
    assert len(standin.asked) == 1


def test_it_waits_for_the_turn_to_ask_but_not_for_long(standin, monkeypatch):
    monkeypatch.setattr(lookup, "_TURN", 0.3)
    with (
        arxiv_turn(interval=0, lease=60, sleep=time.sleep),
        pytest.raises(ArxivUnavailable, match="try again in a minute"),
    ):
        find_paper(NEW["id"])
    assert standin.asked == []
