"""Marks in a browser: kept there for a stranger, in the library for a reader, and handed over between the two."""

import pytest
from playwright.sync_api import expect

from digests import library
from digests.models import ReadMark, SavedPaper
from tests.factories import PaperFactory

pytestmark = pytest.mark.browser

DIGEST = "/llm/2023/w47/"


@pytest.fixture
def papers(published):
    first = PaperFactory(arxiv_id="2311.12983", title="On $O(n)$ attention")
    second = PaperFactory(arxiv_id="2311.11045", title="Second")
    published(contents={"LLM Reasoning": [first, second]})
    return first, second


def mark(page, title, name):
    return page.locator("article", has_text=title).last.get_by_role("button", name=name, exact=True)


def test_a_strangers_browser_keeps_what_is_saved_and_read(papers, page):
    page.goto(DIGEST)
    mark(page, "attention", "Save").click()
    mark(page, "Second", "Read").click()
    page.reload()
    expect(mark(page, "attention", "Save")).to_have_attribute("aria-pressed", "true")
    expect(mark(page, "attention", "Read")).to_have_attribute("aria-pressed", "false")
    expect(mark(page, "Second", "Read")).to_have_attribute("aria-pressed", "true")
    page.goto("/library/")
    expect(page.get_by_role("link", name="On O(n) attention")).to_have_attribute("href", "/papers/2311.12983/")
    page.get_by_role("button", name="Remove On").click()
    expect(page.get_by_text("Nothing saved yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="On O(n) attention")).to_be_focused()


def test_what_the_browser_kept_goes_into_the_library_at_sign_in(papers, page, sign_in, reader):
    page.goto(DIGEST)
    mark(page, "attention", "Save").click()
    mark(page, "Second", "Read").click()
    sign_in(page, reader)
    page.goto(DIGEST)
    expect(page.get_by_text("in your library now: 1 more")).to_be_visible()
    assert SavedPaper.objects.get().paper == papers[0]
    assert ReadMark.objects.get().paper == papers[1]
    assert page.evaluate("JSON.parse(localStorage.library).saved") == {}


def test_a_readers_marks_are_kept_at_once_and_shown_on_another_device(papers, make_page, sign_in, reader):
    page = make_page()
    sign_in(page, reader)
    page.goto(DIGEST)
    with page.expect_response("**/save/") as answered:
        mark(page, "attention", "Save").click()
    assert answered.value.ok
    assert SavedPaper.objects.get().paper == papers[0]
    phone = make_page(width=390)
    sign_in(phone, reader)
    phone.goto(DIGEST)
    expect(mark(phone, "attention", "Save")).to_have_attribute("aria-pressed", "true")


def test_a_reader_without_javascript_saves_notes_and_removes(papers, make_page, sign_in, reader):
    page = make_page(java_script_enabled=False)
    sign_in(page, reader)
    page.goto("/papers/2311.12983/")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/library/")
    page.get_by_text("Note and tags").click()
    page.get_by_label("Note", exact=True).fill("Try this.")
    page.get_by_label("Tags, with commas between").fill("agents")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("link", name="agents")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Try this.").first).to_be_visible()


def test_what_came_since_the_last_visit_is_told(published, page):
    published("2023-W46")
    page.goto("/")
    expect(page.get_by_text("new since your last visit")).to_be_hidden()
    page.evaluate("""() => localStorage.setItem("library", JSON.stringify({visitedAt: "2023-11-20T13:00:00Z"}))""")
    published("2023-W47")
    page.goto("/")
    expect(page.get_by_text("new since your last visit")).to_have_count(2)
    expect(page.get_by_text("new since your last visit").locator("visible=true")).to_have_count(1)


def test_the_library_is_accessible_and_as_wide_as_the_screen(papers, any_page, axe, sign_in, reader):
    any_page.goto("/library/")
    assert axe(any_page) == []
    sign_in(any_page, reader)
    saved = library.save_paper(papers[0], reader=reader)
    library.annotate(saved, note="A note.", tags="agents, to read")
    library.follow(reader=reader, author=papers[0].authors.first())
    library.follow(reader=reader, query="tree search " * 8)
    for address in ("/library/", "/library/news/", "/library/delete-account/"):
        any_page.goto(address)
        assert axe(any_page) == []
        assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
