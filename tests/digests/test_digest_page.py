"""A published digest's page, its other addresses and its downloads."""

import datetime as dt

import pytest
from django.test import Client

from digests.models import Correction
from tests.factories import CandidateFactory, DigestFactory, PaperFactory, SectionFactory
from tests.page import Page
from tracker.weeks import Week

ADDRESS = "/llm/2023/w47/"


def digest_page(address: str = ADDRESS) -> Page:
    response = Client().get(address)
    assert response.status_code == 200
    return Page(response)


def test_it_has_the_form_of_a_roundup(published) -> None:
    published(
        contents={"LLM Reasoning": ["Thinking in steps", "Thinking in leaps"], "LLM Fine Tuning": ["Small changes"]},
        headline="The week",
        subtitle="What happened",
        intro="Much happened.\n\nMore *will*.",
        sign_off="Until next week.",
    )
    page = digest_page()
    assert page.texts("h1") == ["The week"]
    assert page.texts("h2") == ["Table of contents", "1. LLM Reasoning", "2. LLM Fine Tuning", "On the keyboard"]
    headings = page.texts("h3")
    assert headings[:3] == ["1.1. Thinking in steps", "1.2. Thinking in leaps", "2.1. Small changes"]
    for words in ("What happened", "Published on 27 November 2023", "Much happened. More will.", "Until next week."):
        assert words in page.text
    assert page.texts("em") == ["will"]
    assert "Thank you to arXiv for use of its open access interoperability." in page.text
    assert "Other weeks" not in {nav.attributes.get("aria-label") for nav in page.all("nav")}  # there is none yet


def test_every_link_within_the_page_has_its_place(published) -> None:
    published(contents={"LLM Progress & Benchmarking": ["One", "Two"], "LLM Reasoning": ["Three"]})
    page = digest_page()
    within = [link.removeprefix("#") for link in page.links if link.startswith("#")]
    assert {"1.1", "1.2", "2.1"} <= set(within)
    assert set(within) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_an_entry_names_authors_category_day_and_links(published) -> None:
    names = [f"Author {letter}" for letter in "ABCDEFGH"]
    paper = PaperFactory(
        arxiv_id="hep-th/9901001", primary_category="cs.LG", announced_on=dt.date(2023, 11, 22), authors=names
    )
    published(contents={"LLM Reasoning": [paper]})
    page = digest_page()
    assert "Author A, Author B, Author C, Author D, Author E, Author F, et al. Author G, Author H" in page.text
    assert page.texts("summary")[0] == "et al."
    assert "cs.LG · announced 22 Nov 2023" not in page.text  # the dots are the stylesheet's
    assert "cs.LG" in page.text
    assert "22 Nov 2023" in page.text
    assert "https://arxiv.org/abs/hep-th/9901001" in page.links
    assert "/papers/hep-th/9901001/" in page.links


def test_an_entry_can_be_cited_and_read_in_any_form(published) -> None:
    published(contents={"LLM Reasoning": [PaperFactory(arxiv_id="2311.12983")]})
    links = set(digest_page().links)
    assert {"https://arxiv.org/pdf/2311.12983", "https://arxiv.org/html/2311.12983"} <= links
    assert "/papers/2311.12983/cite.bib" in links


def test_it_says_how_long_it_takes_to_read(published) -> None:
    digest = published(intro="", sign_off="")
    digest.entries.update(summary="word " * 230 * 7)
    assert "7 minutes to read" in digest_page().text
    digest.entries.update(summary="word")
    assert "1 minute to read" in digest_page().text


def test_it_names_what_ranked_next_under_each_topic(published, series) -> None:
    digest = published(contents={"LLM Reasoning": ["In the digest"]})
    reasoning, training = series.topics.get(slug="reasoning"), series.topics.get(slug="training")
    CandidateFactory(digest=digest, paper=digest.entries.get().paper, suggested_topic=reasoning, importance=1)
    for n in range(12):
        title = f"Thought {n:02d}"
        CandidateFactory(digest=digest, paper__title=title, suggested_topic=reasoning, importance=0.9 - n / 100)
    CandidateFactory(digest=digest, paper__title="Moved", suggested_topic=reasoning, decided_topic=training)
    CandidateFactory(digest=digest, paper__title="Skipped", suggested_topic=training, verdict="skipped")
    CandidateFactory(digest=digest, paper__title="Unsorted")
    page = digest_page()
    section = next(one for one in page.all("section") if one.attributes.get("class") == "also")
    assert "LLM Training & Optimization Moved LLM Reasoning Thought 00 Thought 01" in section.text
    assert "Thought 09" in section.text
    for absent in ("In the digest", "Thought 10", "Skipped", "Unsorted"):
        assert absent not in section.text


def test_summaries_are_markdown_with_formulas(published) -> None:
    digest = published()
    digest.entries.update(summary="It costs $O(n^2)$:\n\n- **one**\n- [two](https://example.org/)")
    page = digest_page()
    assert page.all("math")
    assert page.texts("strong") == ["one"]
    assert "https://example.org/" in page.links


def test_sections_without_entries_are_left_out(published) -> None:
    digest = published(contents={"LLM Reasoning": ["One"]})
    SectionFactory(digest=digest, title="Nothing this week", position=-1 % 10)
    assert "Nothing this week" not in digest_page().text


def test_it_leads_to_the_published_weeks_before_and_after(series, published) -> None:
    published("2023-W44", headline="Before")
    published("2023-W47")
    DigestFactory(series=series, week_start=Week(2023, 48).monday)  # a draft: passed over
    published("2023-W50", headline="After")
    page = digest_page()
    ways = {link.attributes["rel"]: link.attributes["href"] for link in page.all("a") if "rel" in link.attributes}
    assert ways == {"prev": "/llm/2023/w44/", "next": "/llm/2023/w50/"}


def test_a_sample_says_that_it_is_one(published) -> None:
    published(sample=True)
    assert "abstracts are paraphrased by Galley" in digest_page().text


def test_a_withdrawn_paper_is_marked(published) -> None:
    published(contents={"LLM Reasoning": [PaperFactory(withdrawn=True)]})
    assert "This paper has been withdrawn" in digest_page().text


def test_badges_say_what_became_of_a_paper(published, editor) -> None:
    digest = published(contents={"LLM Reasoning": [PaperFactory(version=3), PaperFactory(withdrawn=True), "Plain"]})
    assert digest_page().texts("li").count("withdrawn") == 1
    assert not any(text.startswith("now v") for text in digest_page().texts("li"))  # nobody knows what was summarised
    digest.entries.update(summarised_version=1)
    last = digest.entries.get(paper__title="Plain")
    Correction.objects.create(digest=digest, entry=last, told="It was two, not three.", made_by=editor)
    badges = [one.text for one in digest_page().all("li") if one.attributes.get("class") == "badge"]
    assert badges == ["now v3", "withdrawn", "corrected"]


def test_a_draft_is_nothing_to_anybody(series, as_user, reader, editor, publisher) -> None:
    DigestFactory(series=series)
    for person in (None, reader, editor, publisher):
        assert as_user(person).get(ADDRESS).status_code == 404
        assert as_user(person).get(f"{ADDRESS}galley.md").status_code == 404


@pytest.mark.parametrize("address", ["/llm/2023/w54/", "/llm/2023/w00/", "/llm/2023/w46/", "/other/2023/w47/"])
def test_a_week_without_a_digest_is_not_found(published, address) -> None:
    published()
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("way", ["2023/W47", "2023-W47", "2023-w47", "2023w47"])
def test_other_ways_to_write_a_week_lead_to_its_one_address(published, way) -> None:
    published()
    response = Client().get(f"/llm/{way}/")
    assert response.status_code == 301
    assert response["Location"] == ADDRESS


def test_a_week_of_one_figure_leads_to_its_one_address(series) -> None:
    assert Client().get("/llm/2024/w1/")["Location"] == "/llm/2024/w01/"


@pytest.mark.parametrize(("name", "kind"), [("md", "text/markdown"), ("html", "text/html")])
def test_it_can_be_taken_along(published, name, kind) -> None:
    published(headline="The week")
    assert f"{ADDRESS}galley.{name}" in digest_page().links
    response = Client().get(f"{ADDRESS}galley.{name}")
    assert response["Content-Type"].startswith(kind)
    assert response["Content-Disposition"] == f'attachment; filename="llm-2023-W47.{name}"'
    assert "The week" in response.content.decode()


def test_an_unknown_format_is_not_found(published) -> None:
    published()
    assert Client().get(f"{ADDRESS}galley.exe").status_code == 404


def test_it_costs_the_same_however_many_entries_there_are(published, django_assert_num_queries) -> None:
    published("2023-W46", {"LLM Reasoning": ["One"]})
    published("2023-W47", {f"Topic {n}": [f"Paper {n}.{m}" for m in range(4)] for n in range(6)})
    for address in ("/llm/2023/w46/", ADDRESS):
        # Digest and series, sections, entries, authors, corrections; what ranked next; the map; before, after
        with django_assert_num_queries(9):
            digest_page(address)


def test_nothing_but_get_is_answered(published) -> None:
    published()
    assert Client().post(ADDRESS).status_code == 405
