"""The front page and a series' page."""

import gzip

import pytest
from django.test import Client

from digests.models import Series
from tests.factories import DigestFactory
from tests.page import Page


@pytest.fixture
def other_series(series) -> Series:
    return Series.objects.create(slug="vision", name="Vision papers", headline_template="Vision")


def home(address: str = "/") -> Page:
    response = Client().get(address)
    assert response.status_code == 200
    return Page(response)


def test_a_fresh_installation_says_what_to_do(series) -> None:
    page = home()
    assert "Nothing has been published yet" in page.text
    assert "/accounts/login/" in page.links


def test_an_editor_of_a_fresh_installation_is_led_to_the_desk(series, editor) -> None:
    client = Client()
    client.force_login(editor)
    page = Page(client.get("/"))
    assert "Your desk shows the week’s papers" in page.text
    assert "/accounts/login/" not in page.links


def test_it_presents_the_newest_digest_with_its_papers(published) -> None:
    published("2023-W46", headline="Last week")
    published("2023-W47", {"LLM Reasoning": ["Thinking in steps"]}, headline="This week", intro="First.\n\nSecond.")
    page = home()
    assert page.texts("h1") == ["This week"]
    assert "First." in page.text
    assert "Second." not in page.text
    assert "1.1 Thinking in steps" in page.text
    assert "/llm/2023/w47/#1.1" in page.links


def test_it_lists_the_digests_before_and_leads_to_all_of_them(published) -> None:
    for number in range(40, 50):
        published(f"2023-W{number}", {"LLM Reasoning": ["One", "Two"]}, headline=f"Week {number}")
    page = home()
    headlines = [words for words in page.texts("a") if words.startswith("Week")]
    assert headlines == ["Week 49", "Week 48", "Week 47", "Week 46", "Week 45", "Week 44", "Week 43"]
    assert "27 November – 3 December 2023 · 2 papers" in page.text
    assert "/llm/archive/" in page.links


def test_it_hides_drafts(series, published) -> None:
    DigestFactory(series=series, headline="Not ready")
    assert "Nothing has been published yet" in home().text
    published("2023-W46")
    assert "Not ready" not in home().text


def test_it_says_that_a_sample_is_one(published) -> None:
    published(sample=True)
    assert "Sample roundup" in home().text


def test_it_shows_all_series_and_each_alone(published, other_series) -> None:
    published("2023-W47", headline="Words")
    published("2023-W46", series=other_series, headline="Pictures")
    assert "Words" in home().text
    assert "Pictures" in home().text
    alone = home("/vision/")
    assert alone.texts("h1") == ["Pictures"]
    assert "Words" not in alone.text


def test_a_series_without_digests_has_its_page(published, other_series) -> None:
    published()
    page = home("/vision/")
    assert page.texts("h1") == ["Vision papers"]
    assert "Nothing has been published yet" in page.text


def test_an_unknown_series_is_not_found(series) -> None:
    assert Client().get("/nothing/").status_code == 404


def test_it_costs_the_same_however_many_digests_there_are(published, django_assert_num_queries) -> None:
    published("2023-W01", {"LLM Reasoning": ["One"]})
    with django_assert_num_queries(7):  # digest, sections, entries, authors, corrections; those before; series
        home()
    for number in range(2, 12):
        published(f"2023-W{number:02d}", {"LLM Reasoning": ["One", "Two"], "LLM Fine Tuning": ["Three"]})
    with django_assert_num_queries(7):
        home()


def test_a_page_that_has_not_changed_is_not_sent_again(published) -> None:
    published()
    first = Client().get("/")
    assert first["ETag"]
    assert Client().get("/", headers={"If-None-Match": first["ETag"]}).status_code == 304
    published("2023-W48")
    assert Client().get("/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_pages_are_sent_compressed_and_only_when_they_changed(published) -> None:
    published(contents={"LLM Reasoning": [f"Paper {n}" for n in range(40)]})
    plain = Client().get("/")
    packed = Client().get("/", headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 3
    assert gzip.decompress(packed.content) == plain.content
    again = {"Accept-Encoding": "gzip", "If-None-Match": packed["ETag"]}
    assert Client().get("/", headers=again).status_code == 304
