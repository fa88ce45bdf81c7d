"""A series' archive, a topic through the weeks, and an author's papers."""

import datetime as dt

import pytest
from django.test import Client

from digests.models import Topic, WeekPicture
from tests.factories import DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tests.page import Page

ARCHIVE = "/llm/archive/"
REASONING = "/llm/topics/reasoning/"


def page_at(address: str) -> Page:
    response = Client().get(address)
    assert response.status_code == 200
    return Page(response)


@pytest.fixture
def reasoning(series) -> Topic:
    return series.topics.get(slug="reasoning")


def counted(digest, **counts: int) -> None:
    """Give a digest's week its counts by the topics' slugs."""
    topics = {topic.slug: topic.pk for topic in digest.series.topics.all()}
    WeekPicture.objects.create(digest=digest, topic_counts={str(topics[slug]): n for slug, n in counts.items()})


# The archive


def test_it_lists_every_published_digest_by_year(published) -> None:
    published("2023-W47", {"LLM Reasoning": ["One", "Two"]})
    published("2024-W01")  # Monday 1 January
    page = page_at(ARCHIVE)
    assert page.texts("h2") == ["2024", "2023"]
    assert "20–26 November 2023 · 2 papers" in page.text
    assert "1–7 January 2024 · 1 paper" in page.text
    assert page.links.index("/llm/2024/w01/") < page.links.index("/llm/2023/w47/")


def test_an_archive_of_nothing_says_so_and_hides_drafts(series) -> None:
    DigestFactory(series=series, headline="Not ready")
    page = page_at(ARCHIVE)
    assert "Nothing has been published yet" in page.text
    assert "Not ready" not in page.text
    assert Client().get("/nothing/archive/").status_code == 404


def test_it_shows_how_the_topics_shared_the_weeks(published) -> None:
    counted(published("2023-W46"), reasoning=30, training=10)
    counted(published("2023-W47"), reasoning=10, training=30)
    published("2023-W48")  # not counted: it has no column
    page = page_at(ARCHIVE)
    titles = [text for text in page.texts("title") if "%" in text]
    assert "13–19 November 2023: LLM Reasoning, 30 of 40 (75 %)" in titles
    assert "20–26 November 2023: LLM Reasoning, 10 of 40 (25 %)" in titles
    assert page.texts("th")[:3] == ["Week", "LLM Progress & Benchmarking", "LLM Training & Optimization"]
    assert page.texts("td")[:6] == ["0 %", "25 %", "0 %", "75 %", "0 %", "0 %"]
    assert "2023-W48" not in page.text


def test_one_week_alone_is_no_chart(published) -> None:
    counted(published("2023-W46"), reasoning=30)
    assert page_at(ARCHIVE).all("table") == []


def test_the_archive_costs_the_same_however_long_it_is(published, django_assert_num_queries) -> None:
    for number in (40, 41):
        counted(published(f"2023-W{number}"), reasoning=3)
    with django_assert_num_queries(3):  # series, topics, digests
        page_at(ARCHIVE)
    for number in range(42, 52):
        counted(published(f"2023-W{number}"), reasoning=3)
    with django_assert_num_queries(3):
        page_at(ARCHIVE)


# A topic


def test_a_topic_lists_its_papers_by_week_with_their_numbers(published, reasoning) -> None:
    for week, titles in (("2023-W46", ["Old one"]), ("2023-W47", ["New one", "New two"])):
        digest = published(week, {"Other": ["Not here"], "Its title then": titles})
        digest.sections.filter(title="Its title then").update(topic=reasoning)
    page = page_at(REASONING)
    assert page.texts("h1") == ["LLM Reasoning"]
    assert page.texts("h2") == ["20–26 November 2023", "13–19 November 2023"]
    assert "2.1 New one 2.2 New two" in page.text
    assert "Not here" not in page.text
    assert "/llm/2023/w47/#2.2" in page.links


def test_a_topic_hides_drafts_and_may_be_empty(series, reasoning) -> None:
    EntryFactory(section=SectionFactory(digest=DigestFactory(series=series), topic=reasoning), paper__title="Not ready")
    page = page_at(REASONING)
    assert "Nothing has been published under this topic yet." in page.text
    assert "Not ready" not in page.text
    assert Client().get("/llm/topics/nothing/").status_code == 404


def test_a_long_topic_comes_in_pages_of_25(published, reasoning, django_assert_num_queries) -> None:
    digest = published(contents={"LLM Reasoning": [f"Paper {n}" for n in range(30)]})
    digest.sections.update(topic=reasoning)
    with django_assert_num_queries(4):  # topic and series, count, entries, topics
        first = page_at(REASONING)
    assert "Page 1 of 2" in first.text
    assert "?page=2" in first.links
    assert "Paper 24" in first.text
    assert "Paper 25" not in first.text
    assert "Paper 29" in page_at(f"{REASONING}?page=2").text
    for wrong in ("3", "0", "x", "-1", "9" * 40):
        assert Client().get(f"{REASONING}?page={wrong}").status_code == 404


# An author


def test_an_author_has_a_page_of_papers_with_the_digests_they_were_in(published) -> None:
    new = PaperFactory(authors=["Ada Lovelace"], title="New", announced_on=dt.date(2023, 11, 23))
    PaperFactory(authors=["Alan Turing", "Ada Lovelace"], title="Old", announced_on=dt.date(2023, 11, 22))
    PaperFactory(authors=["Alan Turing"], title="Not hers")
    published(contents={"LLM Reasoning": [new]})
    page = page_at("/authors/Ada_Lovelace/")
    assert page.texts("h1") == ["Ada Lovelace"]
    assert "2 papers" in page.text
    assert page.text.index("New") < page.text.index("Old")
    assert "Not hers" not in page.text
    assert "/llm/2023/w47/#1.1" in page.links


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("R\\'emi Louf", "/authors/R%5C'emi_Louf/"),
        ("李明", "/authors/%E6%9D%8E%E6%98%8E/"),
        ("CMS/ATLAS Collaboration", "/authors/CMS/ATLAS_Collaboration/"),
        ("the_team", "/authors/the%255Fteam/"),
        ("What? #1 & co. 100%", "/authors/What%3F_%231_&_co._100%25/"),
    ],
)
def test_any_name_has_its_address(db, name, address) -> None:
    PaperFactory(arxiv_id="2311.12983", authors=[name])
    assert address in page_at("/papers/2311.12983/").links
    assert "1 paper " in page_at(address).text


def test_an_unknown_author_is_not_found(db) -> None:
    assert Client().get("/authors/Nobody/").status_code == 404


def test_somebody_prolific_comes_in_pages_at_the_same_cost(published, django_assert_num_queries) -> None:
    papers = [PaperFactory(authors=["Ada Lovelace"]) for _ in range(30)]
    published(contents={"LLM Reasoning": papers[:5]})
    with django_assert_num_queries(4):  # author, count, papers, entries with their digests
        page = page_at("/authors/Ada_Lovelace/")
    assert "Page 1 of 2" in page.text
