"""What the site says of itself: how papers are chosen, and what it keeps of readers."""

import pytest
from django.test import Client

from digests.attention import SOURCES
from tests.page import Page


def about() -> Page:
    return Page(Client().get("/about/"))


def signals(page: Page) -> dict[str, str]:
    """Each signal of the ranking, with whether it is on."""
    named = [text for text in page.texts("dt") if text.endswith((" on", " off"))]
    return {text.rpartition(" ")[0]: text.rpartition(" ")[2] for text in named}


def test_it_names_what_each_series_covers(series) -> None:
    page = about()
    for topic in series.topics.all():
        assert topic.name in page.text
        assert topic.description in page.text
        assert f"/llm/topics/{topic.slug}/" in page.links
    assert "cs.CL, cs.LG, cs.AI" in page.text


def test_it_tells_which_signals_of_the_ranking_are_on(series, settings) -> None:
    settings.ATTENTION = ["citations"]
    told = signals(about())
    assert told["The authors’ record"] == "on"
    assert {name: told[name.capitalize()] for name in SOURCES} == {
        "upvotes": "off",
        "citations": "on",
        "repositories": "off",
    }
    settings.ATTENTION = []
    series.use_author_record = False
    series.save()
    told = signals(about())
    assert told["The authors’ record"] == told["Citations"] == "off"


@pytest.mark.parametrize("address", ["/", "/about/", "/privacy/", "/llm/archive/"])
def test_each_page_thanks_arxiv_and_leads_to_both(series, address) -> None:
    page = Page(Client().get(address))
    assert "Thank you to arXiv for use of its open access interoperability." in page.text
    assert {"/about/", "/privacy/"} <= set(page.links)


def test_the_privacy_page_says_that_reading_sets_no_cookie_and_sets_none(db) -> None:
    response = Client().get("/privacy/")
    assert "No cookie is set while you read" in Page(response).text
    assert not response.cookies


def test_the_privacy_page_says_which_cookie_ends_with_signing_out(reader, as_user) -> None:
    client = as_user(reader)
    assert "the first ends when you sign out" in Page(client.get("/privacy/")).text
    left = client.post("/accounts/logout/")
    assert left.cookies["sessionid"].value == ""
