"""Signs from outside, asked of a stand-in on loopback: what they add, and that a week is ranked without them."""

import datetime as dt
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from django.core.cache import cache

from digests import attention
from digests.attention import UnknownSource
from tests.factories import PaperFactory
from tracker.progress import SILENT, Silent

pytestmark = pytest.mark.django_db


class StandIn:
    """Answers like the services, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.status = 200
        self.body: str | None = None
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stand_in.answer(self, None)

            def do_POST(self) -> None:
                stand_in.answer(self, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def log_message(self, *args) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler, body) -> None:
        self.asked.append(handler.path)
        self.agents.add(handler.headers["User-Agent"])
        status, told = self.status, {}
        if handler.path.startswith("/api/daily_papers"):
            told = [{"paper": {"id": "2311.12983", "upvotes": 40}}, {"paper": {"id": "2311.99999", "upvotes": 7}}]
        elif handler.path.startswith("/graph"):
            told = [{"citationCount": 3} if name == "ARXIV:2311.12983" else None for name in body["ids"]]
        elif handler.path == "/repos/lab/gaia":
            told = {"stargazers_count": 120}
        else:
            status = 404
        handler.send_response(status)
        handler.end_headers()
        handler.wfile.write((self.body or json.dumps(told)).encode())


@pytest.fixture
def stand_in(settings):
    cache.clear()
    server = StandIn()
    settings.HUGGING_FACE_URL = settings.SEMANTIC_SCHOLAR_URL = settings.GITHUB_API_URL = server.address
    settings.ATTENTION_PAUSE = 0
    yield server
    server.server.shutdown()
    server.server.server_close()
    cache.clear()


@pytest.fixture
def papers():
    linked = PaperFactory(arxiv_id="2311.12983", comment="Code: https://github.com/lab/gaia.")
    gone = PaperFactory(arxiv_id="2311.12984", comment="Code: https://github.com/lab/gone")
    return [linked, gone, PaperFactory(arxiv_id="2311.12985", announced_on=dt.date(2023, 11, 22))]


def test_nothing_is_asked_unless_a_source_is_named(stand_in, papers):
    assert attention.signs(papers, progress=SILENT) == []
    assert attention.labels() == []
    assert stand_in.asked == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("upvotes", "on Hugging Face's daily list, 40 upvotes"),
        ("citations", "cited 3 times already"),
        ("repositories", "its code has 120 stars on GitHub"),
    ],
)
def test_a_source_raises_what_it_counts_and_says_so(settings, stand_in, papers, source, words):
    settings.ATTENTION = [source]
    (sign,) = attention.signs(papers, progress=SILENT)
    assert sign.added[0] > 0
    assert np.all(sign.added[1:] == 0)
    assert sign.words[0] == words
    assert all("Galley" in agent for agent in stand_in.agents)


def test_what_was_asked_today_is_not_asked_again(settings, stand_in, papers):
    settings.ATTENTION = ["upvotes", "citations", "repositories"]
    first = attention.signs(papers, progress=SILENT)
    asked = list(stand_in.asked)
    again = attention.signs(papers, progress=SILENT)
    assert stand_in.asked == asked
    assert [sign.words for sign in first] == [sign.words for sign in again]


@pytest.mark.parametrize(
    ("status", "body"), [(500, None), (429, None), (200, "<html>Wait</html>"), (200, '"no"'), (200, "[1]")]
)
def test_a_source_that_fails_is_left_out(settings, stand_in, papers, status, body, caplog):
    settings.ATTENTION = ["upvotes", "citations", "repositories"]
    stand_in.status, stand_in.body = status, body
    assert attention.signs(papers, progress=SILENT) == []
    assert "Ranked without Hugging Face upvotes" in caplog.text


def test_a_source_that_is_away_is_left_out(settings, stand_in, papers):
    settings.ATTENTION = ["upvotes"]
    settings.HUGGING_FACE_URL = "http://127.0.0.1:9"
    assert attention.signs(papers, progress=SILENT) == []


def test_a_source_that_there_is_none_of_is_refused(settings):
    settings.ATTENTION = ["rumours"]
    with pytest.raises(UnknownSource, match="there is only upvotes, citations, repositories"):
        attention.labels()


def test_a_service_that_refused_is_left_in_peace_for_a_while(settings, stand_in, papers):
    settings.ATTENTION = ["upvotes"]
    stand_in.status = 429
    assert attention.signs(papers, progress=SILENT) == []
    stand_in.status = 200
    asked = len(stand_in.asked)
    assert attention.signs(papers, progress=SILENT) == []
    assert len(stand_in.asked) == asked
    cache.clear()
    assert attention.signs(papers, progress=SILENT)


def test_two_questions_are_a_pause_apart(settings, stand_in, papers):
    settings.ATTENTION, settings.ATTENTION_PAUSE = ["repositories"], 0.2
    began = time.monotonic()
    attention.signs(papers, progress=SILENT)
    assert len(stand_in.asked) == 2
    assert time.monotonic() - began >= 0.2


def test_what_is_asked_is_reported(settings, stand_in, papers):
    settings.ATTENTION = ["upvotes", "citations", "repositories"]
    stages: list[tuple[str, int | None]] = []
    watcher = Silent()
    watcher.start = lambda label, total: stages.append((label, total))
    attention.signs(papers, progress=watcher)
    assert stages == [
        ("Asking Hugging Face for upvotes", 2),
        ("Asking Semantic Scholar for citations", 3),
        ("Asking GitHub for stars", 2),
    ]
