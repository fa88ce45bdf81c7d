"""The public pages in a browser: look, keyboard, colours, without JavaScript, and by axe."""

import pytest
from playwright.sync_api import expect

from digests.models import WeekPicture
from tests.factories import CandidateFactory, PaperFactory

pytestmark = pytest.mark.browser

DIGEST = "/llm/2023/w47/"
PAPER = "/papers/2311.12983/"
MAP = f"{DIGEST}map/"
PAGES = ["/", DIGEST, MAP, PAPER, "/llm/archive/", "/llm/topics/reasoning/", "/authors/Author_Number_1/", "/about/"]
SUMMARY = "The cost falls to $O(n \\log n)$. It does so in three steps, each of which is *cheap*:\n\n- sort;\n- merge."


@pytest.fixture
def issue(published):
    """A published digest with formulas, many authors and a long title, and another one before it."""
    published("2023-W46")
    paper = PaperFactory(
        arxiv_id="2311.12983",
        title="On $\\ell_2$ attention " + "and the uses of very long titles " * 4,
        abstract="We lower $\\sum_{i=1}^{n} x_i^2$. " * 20,
        authors=[f"Author Number {n}" for n in range(40)],
        comment="See https://example.org/" + "a" * 120,
    )
    digest = published(contents={"LLM Reasoning": [paper, "Second"], "LLM Fine Tuning": ["Third"]}, sample=True)
    digest.entries.update(summary=SUMMARY)
    reasoning = digest.series.topics.get(slug="reasoning")
    digest.sections.filter(title="LLM Reasoning").update(topic=reasoning)
    candidates = [CandidateFactory(digest=digest, paper=entry.paper) for entry in digest.entries.all()]
    candidates += [
        CandidateFactory(digest=digest, paper__title=f"Also {n}", suggested_topic=reasoning) for n in range(9)
    ]
    points = [[one.paper_id, 0.1 + 0.07 * n, 0.5] for n, one in enumerate(candidates)]  # in one line, left to right
    WeekPicture.objects.create(digest=digest, model_name="test", points=points, topic_counts={str(reasoning.pk): 9})
    return digest


@pytest.mark.parametrize("address", [*PAGES, "/privacy/", "/accounts/login/"])
def test_pages_are_accessible_and_as_wide_as_the_screen(issue, any_page, axe, address) -> None:
    any_page.goto(address)
    assert axe(any_page) == []
    assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_fresh_installation_is_accessible(series, page, axe) -> None:
    page.goto("/")
    assert axe(page) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_reading_text_is_large_and_lines_are_short(issue, make_page, width) -> None:
    page = make_page(width=width)
    page.goto(DIGEST)
    text = page.locator(".entry p").last
    assert text.evaluate("p => parseFloat(getComputedStyle(p).fontSize)") >= 16
    assert text.evaluate("p => p.clientWidth") <= 36 * 16


def test_an_anchor_leads_to_its_paper(issue, page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Second").click()
    expect(page).to_have_url(f"{DIGEST}#1.2")
    expect(page.get_by_role("heading", name="1.2. Second")).to_be_in_viewport()


def test_the_contents_stay_in_sight_where_there_is_room(issue, make_page) -> None:
    for width, stays in ((1280, True), (390, False)):
        page = make_page(width=width)
        page.goto(f"{DIGEST}#2.1")
        assert page.locator(".contents").evaluate(
            "nav => nav.getBoundingClientRect().bottom > 0 && getComputedStyle(nav).position === 'sticky'"
        ) is stays  # fmt: skip
        contents, text = page.locator(".contents").bounding_box(), page.locator(".entry p").first.bounding_box()
        if stays:
            assert contents["x"] >= 0
            assert contents["x"] + contents["width"] < text["x"]


def test_the_keyboard_reaches_the_text_first(issue, page) -> None:
    page.goto(DIGEST)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the text")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_focus_can_be_seen(issue, page) -> None:
    page.goto("/")
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("preferred", ["light", "dark"])
def test_the_switch_turns_light_and_dark_and_is_remembered(issue, make_page, preferred) -> None:
    page = make_page(color_scheme=preferred)
    other = {"light": "dark", "dark": "light"}[preferred]
    page.goto("/")
    before = ground(page)
    page.get_by_role("button", name="Switch between light and dark").click()
    assert ground(page) != before
    page.goto(DIGEST)
    assert page.locator("html").get_attribute("data-theme") == other
    page.get_by_role("button", name="Switch between light and dark").click()
    assert ground(page) == before
    assert page.evaluate("localStorage.getItem('theme')") is None  # the page follows the system again


def ground(page) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


def test_a_chosen_dark_page_is_dark_from_its_first_frame(issue, make_page) -> None:
    page = make_page(color_scheme="light")
    page.goto("/")
    page.get_by_role("button", name="Switch between light and dark").click()
    dark = ground(page)
    # The script runs before the body is there, so no frame is drawn without its choice.
    page.add_init_script(
        "new MutationObserver((_, watch) => { if (document.body) { watch.disconnect();"
        " window.themeAtBody = document.documentElement.dataset.theme; } })"
        ".observe(document, {childList: true, subtree: true})"
    )
    page.goto(DIGEST)
    assert page.evaluate("window.themeAtBody") == "dark"
    assert ground(page) == dark


def test_the_contents_mark_the_current_place(issue, page) -> None:
    page.goto(DIGEST)
    current = page.locator(".contents [aria-current]")
    for title in ("LLM Reasoning", "LLM Fine Tuning", "LLM Reasoning"):
        page.locator(".section").filter(has_text=f". {title}").locator(".entry").first.scroll_into_view_if_needed()
        page.locator(".contents").get_by_role("link", name=title).click()
        expect(current).to_have_text([title])


def test_j_and_k_go_from_paper_to_paper_and_a_question_mark_says_so(issue, page) -> None:
    page.goto(DIGEST)
    focused = "document.activeElement.closest('article')?.getAttribute('aria-labelledby')"
    for key, place in (("j", "1.1"), ("j", "1.2"), ("j", "2.1"), ("k", "1.2"), ("k", "1.1")):
        page.keyboard.press(key)
        assert page.evaluate(focused) == place
        expect(page.locator(f"[id='{place}']")).to_be_in_viewport()
    keys = page.get_by_role("dialog", name="On the keyboard")
    expect(keys).to_be_hidden()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("j")  # behind the dialog nothing moves
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("?")
    expect(keys).to_be_hidden()


def test_keys_typed_into_a_field_are_no_commands(issue, page) -> None:
    page.goto(DIGEST)
    field = page.get_by_label("The roundup by mail").first
    field.press_sequentially("jk?")
    expect(field).to_have_value("jk?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_keys_can_be_switched_off_for_good(issue, page) -> None:
    page.goto(DIGEST)
    page.get_by_role("button", name="Keys for reading").click()
    page.get_by_label("Keys are on").uncheck()
    page.get_by_role("button", name="Close").click()
    for _ in range(2):
        page.keyboard.press("?")
        page.keyboard.press("j")
        page.keyboard.press("/")
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert page.evaluate("document.activeElement.closest('article, search, form')") is None
        page.reload()
    page.get_by_role("button", name="Keys for reading").click()
    page.get_by_label("Keys are on").check()
    page.keyboard.press("?")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.closest('.entry') !== null")


def test_the_shortcuts_are_accessible(issue, page, axe) -> None:
    page.goto(DIGEST)
    page.keyboard.press("?")
    assert axe(page) == []


def test_links_and_citations_are_copied(issue, make_page, live_server) -> None:
    page = make_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(DIGEST)
    second = page.locator(".entry").nth(1)
    second.get_by_role("button", name="Copy link").click()
    expect(second.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{live_server.url}{DIGEST}#1.2"
    expect(second.get_by_role("button", name="Copy link")).to_be_visible(timeout=4000)
    second.get_by_role("link", name="BibTeX").click()
    expect(second.get_by_role("link", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("@misc{lovelace2023")


def test_without_javascript_a_citation_is_a_file(issue, make_page) -> None:
    page = make_page(java_script_enabled=False)
    page.goto(DIGEST)
    expect(page.get_by_role("button", name="Copy link")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="BibTeX").first.click()
    assert download.value.suggested_filename == "2311.12983.bib"


def test_the_other_authors_open(issue, page) -> None:
    page.goto(DIGEST)
    byline = page.locator(".byline").first
    closed = byline.bounding_box()["height"]
    byline.locator("summary").focus()
    page.keyboard.press("Enter")
    assert byline.bounding_box()["height"] > 3 * closed
    expect(byline).to_contain_text("Author Number 39")


def test_the_map_tells_what_is_pointed_at_and_opens_it(issue, page) -> None:
    page.goto(MAP)
    said, hint = page.locator("#pointed"), "Point at a dot"
    expect(said).to_contain_text(hint)
    page.locator(".dot:not(.picked)").nth(2).hover()
    expect(said).to_have_text("Also 2")
    page.get_by_role("heading", level=1).hover()
    expect(said).to_contain_text(hint)
    page.locator(".dot.picked").nth(1).click()
    expect(page).to_have_url(f"{DIGEST}#1.2")


def test_the_map_is_walked_with_the_arrow_keys(issue, page) -> None:
    page.goto(MAP)
    said = page.locator("#pointed")
    page.get_by_role("link", name="1.2 Second").first.focus()
    expect(said).to_have_text("1.2 Second")
    for key, title in (("ArrowLeft", "2.1 Third"), ("ArrowRight", "1.2 Second"), ("ArrowRight", "Also 0")):
        page.keyboard.press(key)
        expect(said).to_have_text(title)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Also 0")).to_be_visible()


def test_the_map_can_be_read_without_javascript(issue, make_page) -> None:
    page = make_page(java_script_enabled=False)
    page.goto(MAP)
    page.locator("summary").filter(has_text="LLM Reasoning").click()
    page.get_by_role("link", name="Also 3").last.click()
    expect(page.get_by_role("heading", name="Also 3")).to_be_visible()


def test_pages_can_be_read_without_javascript(issue, make_page) -> None:
    page = make_page(java_script_enabled=False)
    page.goto("/")
    expect(page.locator("[data-theme-switch]")).to_be_hidden()
    page.get_by_role("link", name="Second").click()
    expect(page.get_by_role("heading", name="1.2. Second")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    expect(page).to_have_url("/llm/2023/w46/")


def test_one_signs_in_and_out_without_javascript(issue, reader, make_page) -> None:
    page = make_page(java_script_enabled=False)
    page.goto("/accounts/login/?next=/")
    page.get_by_label("Name or address").fill("reader")
    page.get_by_role("textbox", name="Password").fill("secret-enough")
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_nothing_jumps_while_a_page_loads(issue, page) -> None:
    page.add_init_script(
        "window.shift = 0;"
        "new PerformanceObserver(list => { for (const one of list.getEntries()) window.shift += one.value })"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.goto(DIGEST)
    page.wait_for_timeout(200)
    assert page.evaluate("window.shift") == 0


def test_print_leaves_the_furniture_out(issue, page) -> None:
    page.goto(DIGEST)
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("navigation", name="Site")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Other weeks")).to_be_hidden()
    expect(page.get_by_role("heading", name="1.2. Second")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
