"""The search page: what it finds, shows, refuses and survives."""

import pytest
from django.test import Client
from django.urls import reverse

from digests.models import Candidate, Topic
from digests.publishing import publish_digest, withdraw_digest
from digests.searchable import describe_all, describe_entries_of
from tests.encoders import HashingEncoder, QueryCopy
from tests.factories import CandidateFactory, DigestFactory, PaperFactory, SectionFactory
from tests.page import Page
from tracker.embeddings import embed_missing
from tracker.fulltext import index_papers
from tracker.models import Paper
from tracker.progress import Silent
from tracker.search import fused

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def no_copy(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path


def look(**parameters: str) -> Page:
    response = Client().get("/search/", parameters)
    assert response.status_code == 200
    return Page(response)


def titles(page: Page) -> list[str]:
    return [heading.text for heading in page.all("h2") if heading.inside.attributes.get("class") == "hit"]


@pytest.fixture
def walrus(db) -> Paper:
    paper = PaperFactory(
        arxiv_id="2311.12983", title="Walrus $x^2$ reasoning", abstract="A tusk. " * 100 + "Sparse attention is cheap."
    )
    index_papers([paper])
    return paper


def test_nothing_asked_shows_how_to_ask(db) -> None:
    page = look()
    assert page.texts("h2") == ["How to ask"]
    assert "Nothing found" not in page.text


def test_a_hit_shows_the_words_and_why_it_is_one(walrus) -> None:
    page = look(q="walrus attention")
    assert titles(page) == ["Walrus x² reasoning"]
    assert page.texts("mark") == ["Walrus", "attention"]
    assert "… " in page.text
    assert "Sparse attention is cheap." in page.text
    assert "your words in the title and the abstract" in page.text
    assert "1 paper holds your words" in page.text
    assert "/papers/2311.12983/" in page.links


def test_an_author_is_a_reason(walrus) -> None:
    assert "by Ada Lovelace" in look(q="au:lovelace").text


def test_it_says_when_words_alone_answer(walrus) -> None:
    assert "Searching by words alone just now" in look(q="walrus").text


def test_meaning_is_a_reason(walrus, settings, monkeypatch) -> None:
    settings.ENCODER_MODEL = HashingEncoder.model_name
    encoder = HashingEncoder()
    embed_missing(Paper.objects.all(), encoder, progress=Silent())
    monkeypatch.setattr(fused, "get_query_encoder", lambda: QueryCopy(encoder))
    page = look(q="tusk a tusk zebra")
    assert "near in meaning (" in page.text
    assert "words alone" not in page.text


def test_nonsense_finds_nothing_and_says_what_to_do(walrus) -> None:
    page = look(q="xyzzy plugh")
    assert titles(page) == []
    assert "Try fewer words" in page.text


@pytest.mark.parametrize("text", ["2311.12983", "arXiv:2311.12983v3", "https://arxiv.org/pdf/2311.12983v1.pdf"])
def test_an_arxiv_id_or_address_leads_to_its_paper(walrus, text) -> None:
    response = Client().get("/search/", {"q": text})
    assert (response.status_code, response["Location"]) == (302, "/papers/2311.12983/")


@pytest.mark.parametrize("text", ["math/0309136", "math.GT/0309136", "MATH/0309136v2", "id:math.GT/0309136"])
def test_an_old_style_id_is_found_however_it_is_written(db, text) -> None:
    PaperFactory(arxiv_id="math/0309136")
    response = Client().get("/search/", {"q": text}, headers={"HX-Request": "true"})
    assert "/papers/math/0309136/" in Page(response).links


def test_an_unknown_id_says_so(walrus) -> None:
    page = look(q="2401.00001")
    assert "Galley doesn’t know the paper 2401.00001" in page.text
    assert "https://arxiv.org/abs/2401.00001" in page.links


def test_an_id_typed_in_the_page_shows_the_way(walrus) -> None:
    response = Client().get("/search/", {"q": "2311.12983"}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert "/papers/2311.12983/" in Page(response).links


def test_htmx_gets_the_results_alone_and_the_address_to_share(walrus) -> None:
    response = Client().get(
        "/search/", {"q": "walrus", "topic": "", "category": "cs.CL", "from": ""}, headers={"HX-Request": "true"}
    )
    page = Page(response)
    assert page.all("html", "form") == []
    assert titles(page) == ["Walrus x² reasoning"]
    assert response["HX-Replace-Url"] == "/search/?q=walrus&category=cs.CL"
    assert "HX-Request" in response["Vary"]
    assert titles(look(q="walrus", category="cs.CL")) == ["Walrus x² reasoning"]


@pytest.mark.parametrize(
    ("text", "headings", "told"),
    [
        ("x" * 10_000, [], "Only the first 1,000 characters are looked for"),
        ("walrus " * 2_000, ["Walrus x² reasoning"], "Only the first 1,000 characters are looked for"),
        ("ti:" * 3_000, [], "Nothing found"),
        ('"' * 5_000, ["How to ask"], "Only the first 1,000 characters are looked for"),
        ("\0\u202e" * 3_000, ["How to ask"], "Only the first 1,000 characters are looked for"),
        ("%" * 999, ["How to ask"], ""),
    ],
)
def test_long_and_odd_queries_are_answered(walrus, text, headings, told) -> None:
    page = look(q=text)
    assert page.texts("h2") == headings
    assert told in page.text


@pytest.mark.parametrize(
    "parameters", [{"topic": SCRIPT}, {"category": '"'}, {"from": "soon"}, {"to": SCRIPT}, {"digest": "x"}]
)
def test_odd_filters_are_answered(walrus, parameters) -> None:
    page = look(q="walrus", **parameters)
    assert page.inline_code == []
    if "from" in parameters:
        assert "“soon” is no week" in page.text


def test_hostile_text_and_queries_are_only_text(db) -> None:
    hostile = f"walrus {SCRIPT} <img src=x onerror=alert(1)> \u202e $\\href{{javascript:alert(1)}}{{x}}$"
    index_papers([PaperFactory(title=hostile, abstract=hostile, authors=[hostile])])
    for query in ("walrus", f"walrus {SCRIPT}", '"><script>alert(1)</script>', "script alert"):
        page = look(q=query)
        assert page.inline_code == []
        assert page.all("img") == []
        assert [one.attributes["src"] for one in page.all("script") if "alert" in one.attributes.get("src", "")] == []
    assert SCRIPT in titles(look(q="walrus"))[0]


@pytest.mark.parametrize("page", ["0", "2", "x", "-1"])
def test_there_is_no_page_beyond_the_last(walrus, page) -> None:
    assert Client().get("/search/", {"q": "walrus", "page": page}).status_code == 404


def test_results_come_in_pages_that_keep_the_search(db) -> None:
    index_papers(PaperFactory.create_batch(30, title="Walrus"))
    page = look(q="walrus", category="cs.CL")
    assert len(titles(page)) == 25
    assert "/search/?q=walrus&category=cs.CL&page=2" in page.links
    assert len(titles(look(q="walrus", category="cs.CL", page="2"))) == 5


def test_a_page_costs_the_same_however_many_hits_it_has(published, django_assert_max_num_queries) -> None:
    papers = PaperFactory.create_batch(25, title="Walrus")
    index_papers(papers)
    published(contents={"One": papers})
    with django_assert_max_num_queries(9):
        assert len(titles(look(q="walrus"))) == 25


# What was digested


@pytest.fixture
def digest(walrus, series):
    """A draft ready for publishing, in which an editor wrote of narwhals."""
    digest = DigestFactory(series=series)
    topic = series.topics.get(slug="reasoning")
    section = SectionFactory(digest=digest, topic=topic, title=topic.name)
    CandidateFactory(digest=digest, paper=walrus, suggested_topic=topic, verdict=Candidate.Verdict.PICKED)
    digest.entries.create(section=section, paper=walrus, position=0, summary="A *unicorn* of the sea.")
    return digest


def test_an_editors_words_are_found_once_they_are_published(digest, publisher) -> None:
    describe_entries_of(digest)
    assert titles(look(q="unicorn")) == []
    publish_digest(digest, editor=publisher)
    page = look(q="unicorn")
    assert titles(page) == ["Walrus x² reasoning"]
    assert "A unicorn of the sea." in page.text
    assert "your words in the editor’s summary" in page.text
    assert f"{digest.get_absolute_url()}#1.1" in page.links
    digest.entries.update(heading="Narwhals")
    describe_entries_of(digest)
    assert titles(look(q="narwhal walrus")) == ["Walrus x² reasoning"]
    withdraw_digest(digest, editor=publisher)
    assert titles(look(q="unicorn")) == []


def test_all_summaries_can_be_indexed_anew(digest, publisher) -> None:
    publish_digest(digest, editor=publisher)
    index_papers([digest.entries.get().paper])
    assert describe_all(progress=Silent()) == 1
    assert titles(look(q="unicorn")) == ["Walrus x² reasoning"]


def test_a_topic_holds_what_published_digests_put_there(digest, walrus, publisher, series) -> None:
    sorted_there, moved_away, drafted = PaperFactory.create_batch(3, title="Walrus")
    index_papers([sorted_there, moved_away, drafted])
    reasoning, other = series.topics.get(slug="reasoning"), series.topics.exclude(slug="reasoning").first()
    CandidateFactory(digest=digest, paper=sorted_there, suggested_topic=reasoning)
    CandidateFactory(digest=digest, paper=moved_away, suggested_topic=reasoning, decided_topic=other)
    assert titles(look(topic="reasoning")) == []
    publish_digest(digest, editor=publisher)
    assert sorted(titles(look(topic="reasoning"))) == ["Walrus", "Walrus x² reasoning"]
    assert sorted(titles(look(q="walrus topic:reasoning"))) == ["Walrus", "Walrus x² reasoning"]
    assert sorted(titles(look(q="walrus -topic:reasoning"))) == ["Walrus", "Walrus"]
    assert titles(look(q="walrus", topic="no-such-topic")) == []


def test_it_can_be_narrowed_to_digests(digest, publisher) -> None:
    index_papers([PaperFactory(title="Walrus")])
    publish_digest(digest, editor=publisher)
    assert titles(look(q="walrus", digest="1")) == ["Walrus x² reasoning"]
    assert titles(look(digest="1")) == ["Walrus x² reasoning"]


def test_it_can_be_narrowed_to_weeks(walrus) -> None:
    assert titles(look(q="walrus", **{"from": "2023-W47", "to": "2023-W47"})) == ["Walrus x² reasoning"]
    assert titles(look(q="walrus", **{"from": "2023-W48"})) == []
    assert titles(look(q="walrus", to="2023-W46")) == []


def test_every_topic_can_be_chosen(series) -> None:
    names = look().texts("option")
    assert names == ["Any", *Topic.objects.filter(series=series).values_list("name", flat=True)]


def test_every_page_has_a_search_box(series) -> None:
    forms = [form.attributes.get("action") for form in Page(Client().get("/")).all("form")]
    assert reverse("search") in forms
