"""Searching in a browser: as one types, by keyboard, without JavaScript, and judged by axe."""

import pytest
from playwright.sync_api import expect

from digests.searchable import describe_entries_of
from tests.factories import PaperFactory
from tracker.fulltext import index_papers

pytestmark = pytest.mark.browser


@pytest.fixture
def papers(published, settings, tmp_path):
    """Two papers to find, of which a digest has the first; words alone answer."""
    settings.DATA_DIR = tmp_path
    papers = [
        PaperFactory(title="Sparse attention for walruses", abstract="Tusks attend sparsely. " * 30),
        PaperFactory(title="Narwhals in $\\ell_2$", abstract="One tusk."),
    ]
    index_papers(papers)
    digest = published(contents={"LLM Reasoning": papers[:1]})
    describe_entries_of(digest)
    return papers


@pytest.mark.parametrize("address", ["/search/", "/search/?q=walrus&category=cs.CL", "/search/?q=2401.00001", "/api/"])
def test_it_is_accessible_and_as_wide_as_the_screen(papers, any_page, axe, address) -> None:
    any_page.goto(address)
    assert axe(any_page) == []
    assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_results_come_as_one_types_and_the_address_can_be_shared(papers, page) -> None:
    page.goto("/search/")
    page.get_by_label("Search papers and summaries").press_sequentially("walrus", delay=20)
    expect(page.get_by_role("heading", name="Sparse attention for walruses")).to_be_visible()
    expect(page.get_by_role("status").last).to_contain_text("hold")
    expect(page).to_have_url("/search/?q=walrus")
    page.get_by_text("Narrow it down").click()
    page.get_by_label("Category").fill("cs.LG")
    expect(page.get_by_text("No paper answers this.")).to_be_visible()
    expect(page).to_have_url("/search/?q=walrus&category=cs.LG")
    page.reload()
    expect(page.get_by_label("Category")).to_have_value("cs.LG")


def test_a_slash_goes_to_the_search_box(papers, page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("narwhals")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/search/?q=narwhals")
    expect(page.get_by_role("heading", name="Narwhals in ℓ₂")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Search papers and summaries")).to_be_focused()


def test_it_works_without_javascript(papers, make_page) -> None:
    page = make_page(java_script_enabled=False)
    page.goto("/search/")
    page.get_by_label("Search papers and summaries").fill("narwhals")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Narwhals in ℓ₂").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Narwhals")
