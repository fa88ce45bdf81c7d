"""The download menu, and rich text on the clipboard."""

import pytest
from playwright.sync_api import expect

from tests.factories import PaperFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def digest(published):
    return published(contents={"LLM Reasoning": [PaperFactory(title="On $x^2$")]}, sign_off="Until **next** week.")


def test_the_menu_opens_and_offers_each_format_once(digest, any_page, axe):
    any_page.goto(digest.get_absolute_url())
    any_page.get_by_text("Take it along").click()
    links = any_page.locator(".downloads a[download]")
    assert links.count() == 16
    assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(any_page) == []


def test_a_download_is_a_file(digest, page):
    page.goto(digest.get_absolute_url())
    page.get_by_text("Take it along").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="EPUB").click()
    assert download.value.suggested_filename == "llm-2023-W47.epub"


def test_rich_text_goes_onto_the_clipboard(digest, make_page):
    page = make_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(digest.get_absolute_url())
    page.get_by_text("Take it along").click()
    page.get_by_role("button", name="Copy for Substack").click()
    page.get_by_text("Copied for Substack").wait_for()
    read = """async type => (await (await navigator.clipboard.read())[0].getType(type)).text()"""
    assert "<strong>next</strong> week" in page.evaluate(read, "text/html")
    assert "On x²" in page.evaluate(read, "text/html")
    assert "Until next week." in page.evaluate(read, "text/plain")


def test_it_also_copies_where_the_page_may_not_write_by_itself(digest, make_page):
    page = make_page(permissions=["clipboard-read"])
    page.add_init_script("delete window.ClipboardItem")
    page.goto(digest.get_absolute_url())
    page.get_by_text("Take it along").click()
    page.get_by_role("button", name="Copy for Medium").click()
    expect(page.get_by_text("Copied for Medium")).to_be_visible()


def test_a_failure_says_what_to_do(digest, make_page):
    page = make_page()
    page.add_init_script("delete window.ClipboardItem; document.execCommand = () => false")
    page.goto(digest.get_absolute_url())
    page.get_by_text("Take it along").click()
    page.get_by_role("button", name="Copy for Medium").click()
    expect(page.get_by_text("Download the file, open it, and copy from there.")).to_be_visible()


def test_without_scripts_the_links_are_there_and_the_buttons_are_not(digest, make_page):
    page = make_page(java_script_enabled=False)
    page.goto(digest.get_absolute_url())
    page.locator(".downloads summary").click()
    assert page.locator("#downloads").get_by_role("link", name="PDF").is_visible()
    assert not page.locator("[data-copy-from]").first.is_visible()
