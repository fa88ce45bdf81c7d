"""The API: what it tells, its problems and its limits; and schemathesis, which asks for what nobody thought of."""

import json
from contextlib import suppress

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from digests.api.operations import throttle
from digests.models import Digest
from digests.searchable import describe_entries_of
from tests.encoders import HashingEncoder
from tests.factories import DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tests.page import Page
from tracker.config.wsgi import application
from tracker.embeddings import embed_missing
from tracker.fulltext import index_papers
from tracker.models import Paper
from tracker.progress import Silent


@pytest.fixture(autouse=True)
def no_copy(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path


def get(address: str, status: int = 200, **parameters: object) -> dict:
    response = Client().get(f"/api/{address}", parameters)
    assert response.status_code == status, response.content
    expected = "application/json" if status == 200 else "application/problem+json"
    assert response["Content-Type"].split(";")[0] == expected
    return json.loads(response.content)


@pytest.fixture
def issue(published, series) -> Digest:
    paper = PaperFactory(arxiv_id="2311.12983", title="Walrus $x^2$", announced_on="2023-11-22")
    digest = published("2023-W47", {"LLM Reasoning": [paper, "Second"], "LLM Agents": ["Third"]}, headline="This week")
    digest.sections.filter(title="LLM Reasoning").update(topic=series.topics.get(slug="reasoning"))
    digest.entries.filter(paper=paper).update(summary="It is **cheap**.")
    index_papers(list(Paper.objects.all()))
    describe_entries_of(digest)
    return digest


def test_it_tells_of_series_and_their_topics(issue) -> None:
    (series,) = get("series")["results"]
    assert (series["slug"], series["url"]) == ("llm", "http://localhost:8000/llm/")
    assert len(series["topics"]) == 6
    assert get("series/llm") == series


def test_it_tells_of_digests_and_hides_drafts(issue, series) -> None:
    DigestFactory(series=series, week_start="2023-12-04", headline="Not ready")
    told = get("series/llm/digests")
    assert [(digest["week"], digest["paper_count"]) for digest in told["results"]] == [("2023-W47", 3)]
    get("series/llm/digests/2023-W49", 404)


def test_it_tells_all_of_a_digest(issue) -> None:
    told = get("series/llm/digests/2023-W47")
    assert told["headline"] == "This week"
    assert [section["title"] for section in told["sections"]] == ["LLM Reasoning", "LLM Agents"]
    first = told["sections"][0]["entries"][0]
    assert (first["number"], first["summary_html"]) == ("1.1", "<p>It is <strong>cheap</strong>.</p>")
    assert first["url"] == "http://localhost:8000/llm/2023/w47/#1.1"
    assert first["paper"]["title"] == "Walrus x²"


def test_it_tells_of_entries_by_topic(issue) -> None:
    assert [entry["number"] for entry in get("entries")["results"]] == ["1.1", "1.2", "2.1"]
    assert [entry["number"] for entry in get("entries", topic="reasoning", series="llm")["results"]] == ["1.1", "1.2"]
    assert get("entries", series="other")["count"] == 0


def test_drafts_entries_are_not_told(series) -> None:
    EntryFactory(section=SectionFactory(digest=DigestFactory(series=series)))
    assert get("entries")["count"] == 0


def test_it_tells_of_papers(issue) -> None:
    assert get("papers", week="2023-W47", category="cs.CL")["count"] == 3
    assert get("papers", category="cs.LG")["count"] == 0
    told = get("papers/2311.12983")
    assert (told["title"], told["title_tex"]) == ("Walrus x²", "Walrus $x^2$")
    assert told["authors"] == ["Ada Lovelace", "Alan Turing"]
    assert told["url"] == "http://localhost:8000/papers/2311.12983/"


def test_old_ids_hold_a_slash(db) -> None:
    PaperFactory(arxiv_id="hep-th/9901001")
    assert get("papers/hep-th/9901001")["arxiv_id"] == "hep-th/9901001"
    assert Client().get("/api/papers/hep-th/9901001/similar").json() == []


def test_it_searches(issue) -> None:
    told = get("search", q="walrus")
    assert (told["count"], told["total"], told["by_meaning"]) == (1, 1, False)
    assert told["results"][0]["paper"]["arxiv_id"] == "2311.12983"
    assert told["results"][0]["reasons"] == ["your words in the title"]
    assert get("search", q="cheap", in_digest=True)["results"][0]["passage"] == "It is cheap."
    assert get("search", q="2311.12983")["count"] == 1
    assert get("search", q="2311.12983", category="cs.XX")["count"] == 0
    assert get("search")["count"] == 0
    assert "“soon” is no week" in get("search", q="walrus", first_week="soon")["notices"][0]


def test_it_finds_similar_papers(issue, settings) -> None:
    settings.ENCODER_MODEL = HashingEncoder.model_name
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    told = Client().get("/api/papers/2311.12983/similar?limit=1").json()
    assert len(told) == 1
    assert 0 < told[0]["similarity"] <= 1
    assert told[0]["reasons"] == ["shares Ada Lovelace and Alan Turing", *told[0]["reasons"][1:]]


def test_long_lists_come_in_pages(db) -> None:
    PaperFactory.create_batch(5)
    first = get("papers", page_size=2)
    assert (first["count"], len(first["results"]), first["previous"]) == (5, 2, None)
    assert first["next"] == "http://localhost:8000/api/papers?page_size=2&page=2"
    last = get("papers", page_size=2, page=3)
    assert (len(last["results"]), last["next"]) == (1, None)
    assert last["previous"] == "http://localhost:8000/api/papers?page_size=2&page=2"


def test_the_newest_papers_are_read_from_an_index(db) -> None:
    """Whatever the planner thinks of a few rows: they come in the list's order, and nothing needs sorting."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
    plan = Paper.objects.newest_first()[:25].explain()
    assert "paper_newest" in plan or "USING INDEX paper_announced" in plan
    assert "B-TREE FOR ORDER" not in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("address", ["papers", "entries", "series/llm/digests/2023-W47", "search?q=study"])
def test_it_costs_the_same_however_much_it_tells(published, django_assert_max_num_queries, address) -> None:
    papers = PaperFactory.create_batch(20, title="A study")
    index_papers(papers)
    published(contents={"One": papers[:10], "Two": papers[10:]})
    with django_assert_max_num_queries(12):
        get(address)


# Problems and limits


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("nothing", 404), ("series/none", 404), ("papers/9999.99999", 404), ("papers/x/similar", 404),
        ("papers?page=0", 422), ("papers?page=x", 422), ("papers?page_size=1000", 422), ("papers?week=soon", 404),
        ("papers?page=99999999999999999999", 422), ("search?q=" + "x" * 3_000, 422),
    ],
)  # fmt: skip
def test_errors_are_problem_details(series, address, status) -> None:
    told = get(address, status)
    assert told["status"] == status
    assert told["type"] == "about:blank"
    assert told["title"]
    assert told["detail"]
    assert bool(told["errors"]) is (status == 422)


def test_nothing_can_be_changed(series) -> None:
    client = Client(enforce_csrf_checks=True)
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)("/api/series")
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
        assert answer["Content-Type"] == "application/problem+json"


def test_what_has_not_changed_is_not_sent_again(issue) -> None:
    first = Client().get("/api/series/llm/digests/2023-W47")
    again = Client().get("/api/series/llm/digests/2023-W47", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


def test_whoever_asks_too_often_is_told_how_long_to_wait(series, monkeypatch) -> None:
    monkeypatch.setattr(throttle, "num_requests", 2)
    assert [Client().get("/api/series").status_code for _ in range(3)] == [200, 200, 429]
    answer = Client().get("/api/series")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert json.loads(answer.content)["status"] == 429
    assert Client(REMOTE_ADDR="192.0.2.1").get("/api/series").status_code == 200
    assert Client().get("/api/series", headers={"X-Forwarded-For": "192.0.2.9"}).status_code == 429


def test_the_page_names_every_address_and_asks_nobody_else(series) -> None:
    page = Page(Client().get("/api/"))
    schema = Client().get("/api/openapi.json").json()
    assert set(schema["paths"]) <= set(page.texts("code"))
    assert page.inline_code == []
    assert all(script.attributes["src"].startswith("/static/") for script in page.all("script"))


@pytest.fixture
def schema(issue, monkeypatch):
    """The description with the site behind it, asked without a web server."""
    monkeypatch.setattr(throttle, "num_requests", 1_000_000)
    loaded = schemathesis.openapi.from_dict(Client().get("/api/openapi.json").json())
    loaded.app = application
    for signal in (request_started, request_finished):  # which would end the connection that holds the test's rows
        signal.disconnect(close_old_connections)
    yield loaded
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_answer_is_as_described(schema, mode) -> None:
    """Whatever is asked, as described (positive) or not (negative)."""
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def answers_as_described(case) -> None:
            case.call_and_validate(headers={"Accept-Encoding": "identity"})

        with suppress(Unsatisfiable):  # an operation without parameters can't be asked wrongly
            answers_as_described()
        asked += 1
    assert asked == len(list(schema.get_all_operations())) == 9
