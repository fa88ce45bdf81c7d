"""The galley as an editor uses it: writing that saves itself, dragging, claims, clashes, lost connections."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from digests import marks, publishing
from digests.models import AcceptedClaim, Candidate, Digest, Entry, Series
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, PaperFactory, SectionFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def digest(live_server) -> Digest:
    """A draft with two picked papers under reasoning and one under training, all unwritten."""
    series = Series.objects.get(slug="llm")
    digest = DigestFactory(series=series)
    for topic in series.topics.all():
        SectionFactory(digest=digest, topic=topic, title=topic.name, position=topic.position)
    for slug, name in (("training", "First"), ("reasoning", "Second"), ("reasoning", "Third")):
        section = digest.sections.get(topic__slug=slug)
        paper = PaperFactory(title=f"{name} paper on $x^2$", abstract=f"We gain 5% on tests. This is paper {name}.")
        CandidateFactory(digest=digest, paper=paper, suggested_topic=section.topic, verdict=Candidate.Verdict.PICKED)
        EntryFactory(
            section=section, paper=paper, position=section.entries.count(), summary="", draft_summary=f"Draft {name}."
        )
    return digest


@pytest.fixture
def galley(digest) -> str:
    return reverse("galley", args=["llm", digest.week])


def slip(page: Page, name: str):
    return page.locator(".slip", has_text=f"{name} paper")


def entry_of(name: str) -> Entry:
    return Entry.objects.get(paper__title__startswith=name)


def write_in(page: Page, name: str):
    """Open an entry; gives its slip."""
    one = slip(page, name)
    one.get_by_role("link", name="Write", exact=True).click()
    expect(one.locator("textarea")).to_be_focused()
    return one


def order() -> list[str]:
    rows = Entry.objects.order_by("section__position", "position").select_related("paper", "section")
    return [f"{row.section.title}: {row.paper.title.split()[0]}" for row in rows]


def test_what_is_typed_saves_itself_and_shows_as_it_will_appear(page, sign_in, editor, galley):
    sign_in(page, editor)
    page.goto(galley)
    one = write_in(page, "First")
    one.locator("textarea").fill("We *gain* $x^2$ and 7%.")
    expect(one.locator(".proof em")).to_have_text("gain")
    expect(one.locator(".proof math")).to_be_visible()
    expect(one.locator(".proof mark")).to_have_text("7%")
    expect(one.locator(".saved")).to_contain_text("Saved ")
    assert entry_of("First").summary == "We *gain* $x^2$ and 7%."
    one.locator("textarea").press_sequentially(" More.")
    expect(one.locator(".saved")).to_have_text("Not saved yet")
    expect(one.locator(".saved")).to_contain_text("Saved ")
    assert entry_of("First").summary == "We *gain* $x^2$ and 7%. More."
    assert entry_of("First").revision == 2
    page.reload()
    expect(slip(page, "First").locator(".proof")).to_contain_text("More.")


def test_a_claim_is_accepted_and_an_edit_of_it_takes_that_back(page, sign_in, editor, galley):
    sign_in(page, editor)
    page.goto(galley)
    one = write_in(page, "First")
    one.locator("textarea").fill("It gains 7% on tests.")
    expect(one.locator(".claims")).to_contain_text("7% is not in the abstract. It says nearby: We gain 5% on tests.")
    one.get_by_role("button", name="From the paper’s body").click()
    expect(one.locator(".claims")).to_contain_text("From the paper’s body, says editor")
    assert AcceptedClaim.objects.get().accepted_by == editor
    expect(page.locator("#preflight")).not_to_contain_text("7%")
    one.locator("textarea").fill("It gains 8% on tests.")
    expect(one.get_by_role("button", name="From the paper’s body")).to_be_visible()
    expect(page.locator("#preflight")).to_contain_text("“8%” is not in the abstract")


def test_two_browsers_on_one_entry_lose_nothing(make_page, sign_in, editor, publisher, galley):
    mine, theirs = make_page(), make_page()
    sign_in(mine, editor)
    sign_in(theirs, publisher)
    for page in (mine, theirs):
        page.goto(galley)
        write_in(page, "First")
    slip(theirs, "First").locator("textarea").fill("Their words.")
    expect(slip(theirs, "First").locator(".saved")).to_contain_text("Saved ")
    slip(mine, "First").locator("textarea").fill("My words.")
    expect(slip(mine, "First").locator(".clash")).to_contain_text("Their words.")
    expect(slip(mine, "First").locator("textarea")).to_have_value("My words.")
    assert entry_of("First").summary == "Their words."
    expect(slip(mine, "First").get_by_role("button", name="Save mine")).to_be_in_viewport()
    # Going on typing overwrites nothing, and neither does a reload.
    slip(mine, "First").locator("textarea").fill("My better words.")
    mine.reload()
    expect(slip(mine, "First").locator("textarea")).to_have_value("My better words.")
    expect(slip(mine, "First").locator(".clash")).to_contain_text("Their words.")
    assert entry_of("First").summary == "Their words."
    slip(mine, "First").get_by_role("button", name="Save mine").click()
    expect(slip(mine, "First").locator(".saved")).to_contain_text("Saved ")
    expect(slip(mine, "First").locator(".clash")).to_have_count(0)
    assert entry_of("First").summary == "My better words."
    assert "Their words." in Entry.history.values_list("summary", flat=True)


def test_after_a_clash_theirs_can_be_taken(make_page, sign_in, editor, publisher, galley):
    page = make_page()
    sign_in(page, editor)
    page.goto(galley)
    one = write_in(page, "First")
    publishing.write_entry(entry_of("First"), "", "Their words.", 0, editor=publisher)
    one.locator("textarea").fill("My words.")
    one.get_by_role("link", name="Take theirs").click()
    expect(one.locator("textarea")).to_have_value("Their words.")
    page.reload()
    expect(slip(page, "First").locator(".proof")).to_contain_text("Their words.")


@pytest.fixture
def unwatched_page(browser, live_server):
    """A page on which requests may fail, which the browser reports as errors."""
    context = browser.new_context(base_url=live_server.url, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def test_a_lost_connection_keeps_the_text_and_sends_it_when_it_is_back(unwatched_page, sign_in, editor, galley):
    page = unwatched_page
    sign_in(page, editor)
    page.goto(galley)
    one = write_in(page, "First")
    page.context.set_offline(True)
    one.locator("textarea").fill("Typed on a train.")
    expect(one.locator(".saved")).to_contain_text("The connection is lost. Your text is kept in this browser")
    one.locator("textarea").press_sequentially(" Typed on.")
    assert entry_of("First").summary == ""
    page.context.set_offline(False)
    expect(one.locator(".saved")).to_contain_text("Saved ", timeout=20_000)
    assert entry_of("First").summary == "Typed on a train. Typed on."


def test_a_browser_that_closed_without_a_connection_brings_the_text_back(unwatched_page, sign_in, editor, galley):
    page = unwatched_page
    sign_in(page, editor)
    page.goto(galley)
    one = write_in(page, "First")
    page.context.set_offline(True)
    one.locator("textarea").fill("Typed on a train.")
    expect(one.locator(".saved")).to_contain_text("The connection is lost.")
    page.close()
    page.context.set_offline(False)
    page = page.context.new_page()
    page.goto(galley)
    expect(slip(page, "First").locator("textarea")).to_have_value("Typed on a train.")
    expect(slip(page, "First").locator(".saved")).to_contain_text("Saved ")
    assert entry_of("First").summary == "Typed on a train."


@pytest.mark.parametrize(
    ("fault", "sentence"), [("signed out", "You are signed out"), ("removed", "taken out"), ("published", "published")]
)
def test_a_save_that_is_refused_leaves_the_text_and_says_why(
    unwatched_page, sign_in, editor, publisher, digest, galley, fault, sentence
):
    page = unwatched_page
    sign_in(page, editor)
    page.goto(galley)
    one = write_in(page, "First")
    if fault == "signed out":
        page.context.clear_cookies(name="sessionid")
    elif fault == "removed":
        publishing.skip(digest.candidates.get(paper__title__startswith="First"), editor=editor)
    else:
        publishing.take_all_drafts(digest, editor=editor)
        Entry.objects.update(summary="Ready.")
        publishing.publish_digest(digest, editor=publisher)
    one.locator("textarea").fill("My words.")
    expect(one.locator(".saved")).to_contain_text(sentence)
    expect(one.locator("textarea")).to_have_value("My words.")


def test_text_not_saved_yet_survives_what_happens_around_it(page, sign_in, editor, publisher, galley):
    sign_in(page, editor)
    page.goto(galley)
    one = write_in(page, "Second")
    publishing.write_entry(entry_of("Second"), "", "Their words.", 0, editor=publisher)
    one.locator("textarea").fill("Typed, not saved.")
    slip(page, "Third").get_by_role("button", name="Up").click()
    expect(one.locator("h3")).to_contain_text("2.2.")
    expect(one.locator("textarea")).to_have_value("Typed, not saved.")
    expect(one.locator(".clash")).to_contain_text("Their words.")  # it began from what stood before theirs
    assert entry_of("Second").summary == "Their words."


def test_an_entry_is_dragged_within_and_between_sections(page, sign_in, editor, galley):
    sign_in(page, editor)
    page.goto(galley)
    drag(page, slip(page, "Third"), slip(page, "Second"))
    expect(slip(page, "Third").locator("h3")).to_contain_text("2.1.")
    assert order()[1:] == ["LLM Reasoning: Third", "LLM Reasoning: Second"]
    drag(page, slip(page, "Second"), slip(page, "First"))
    expect(slip(page, "Second").locator("h3")).to_contain_text("1.1.")
    assert order()[0] == "LLM Training & Optimization: Second"
    expect(slip(page, "Second")).to_be_focused()
    empty = page.get_by_role("region", name="LLM Fine Tuning")
    drag(page, slip(page, "Second"), empty, below=True)
    expect(empty.locator(".slip")).to_contain_text("Second paper")


def test_escape_ends_a_drag_where_it_began(page, sign_in, editor, galley):
    sign_in(page, editor)
    page.goto(galley)
    before = order()
    grip(slip(page, "Third")).hover()
    page.mouse.down()
    page.mouse.move(300, 300, steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".drop-line")).to_have_count(0)
    assert order() == before


def grip(element):
    return element.locator("> header > .grip")


def drag(page: Page, what, onto, *, below: bool = False) -> None:
    """Take the thing by its grip and drop it just above (or below) the head of another."""
    grip(what).hover()
    page.mouse.down()
    box = grip(what).bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + 20, steps=3)
    box = onto.locator("> header").bounding_box()
    page.mouse.move(box["x"] + 8, box["y"] + (box["height"] + 4 if below else 1), steps=8)
    page.mouse.up()
    expect(page.locator("body")).not_to_have_class("arranging")


def test_by_touch_an_entry_is_dragged_on_a_phone(make_page, sign_in, editor, galley):
    page = make_page(width=390, has_touch=True)
    sign_in(page, editor)
    page.goto(galley)
    grip(slip(page, "Third")).scroll_into_view_if_needed()
    touch = page.context.new_cdp_session(page)
    point = centre(grip(slip(page, "Third")))
    send(touch, "touchStart", point)
    send(touch, "touchMove", (point[0], point[1] - 12))
    for _ in range(4):
        target = slip(page, "Second").locator("> header").bounding_box()
        send(touch, "touchMove", (point[0], target["y"] + 1))
    send(touch, "touchEnd")
    expect(slip(page, "Third").locator("h3")).to_contain_text("2.1.")


def centre(element) -> tuple[float, float]:
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def send(session, kind: str, point: tuple[float, float] | None = None) -> None:
    points = [{"x": point[0], "y": point[1]}] if point else []
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_sections_are_added_renamed_moved_and_taken_out(page, sign_in, editor, digest, galley):
    sign_in(page, editor)
    page.goto(galley)
    page.get_by_label("Another section").fill("In brief")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="In brief")).to_be_visible()
    page.get_by_label("Change the section In brief").click()
    page.get_by_label("Its title in this digest").last.fill("In short")
    page.get_by_role("button", name="Rename").last.click()
    expect(page.get_by_role("heading", name="In short")).to_be_visible()
    slip(page, "First").get_by_text("Move to").click()
    slip(page, "First").get_by_role("button", name="In short").click()
    expect(page.get_by_role("region", name="In short").locator(".slip")).to_contain_text("First paper")
    last = page.locator(".galley-section").last
    drag(page, last, page.locator(".galley-section").first)
    expect(page.locator(".galley-section").first.locator("h2")).to_have_text("1. In short")
    page.get_by_label("Change the section LLM Fine Tuning").click()
    page.get_by_role("region", name="LLM Fine Tuning").get_by_role("button", name="Take out").click()
    expect(page.get_by_role("heading", name="LLM Fine Tuning")).to_have_count(0)
    assert digest.series.topics.filter(name="LLM Fine Tuning").exists()


def test_written_and_published_by_keyboard_alone(page, sign_in, publisher, galley):
    sign_in(page, publisher)
    page.goto(galley)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(slip(page, "First")).to_be_focused()
    page.keyboard.press("e")
    expect(slip(page, "First").locator("textarea")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Written by keys.")
    page.keyboard.press("Escape")
    expect(slip(page, "First").locator(".proof")).to_contain_text("Written by keys.")
    expect(slip(page, "First")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("t")
    expect(slip(page, "Second").locator(".proof")).not_to_have_class("draft")
    expect(slip(page, "Second").locator(".saved")).to_contain_text("Saved")
    page.keyboard.press("Shift+J")
    expect(slip(page, "Second").locator("h3")).to_contain_text("2.2.")
    expect(slip(page, "Second")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("t")
    expect(page.locator("#preflight")).not_to_contain_text("no summary")
    page.get_by_role("link", name="Publish …").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Publish now").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#notices")).to_contain_text("Published.")
    assert Digest.objects.published().exists()


def test_without_javascript_an_entry_is_written_moved_and_its_history_read(make_page, sign_in, publisher, galley):
    page = make_page(java_script_enabled=False)
    sign_in(page, publisher)
    page.goto(galley)
    slip(page, "First").get_by_role("link", name="Write", exact=True).click()
    slip(page, "First").locator("textarea").fill("Written without a script, and 7% better.")
    slip(page, "First").get_by_role("button", name="Save").click()
    expect(slip(page, "First").locator("mark")).to_have_text("7%")
    slip(page, "First").get_by_role("button", name="From the paper’s body").click()
    expect(slip(page, "First").locator(".claims")).to_contain_text("says publisher")
    slip(page, "Third").get_by_role("button", name="Up").click()
    expect(slip(page, "Third").locator("h3")).to_contain_text("2.1.")
    slip(page, "First").get_by_role("link", name="Write", exact=True).click()
    slip(page, "First").get_by_role("link", name="History").click()
    expect(page.locator(".difference ins")).to_contain_text("Written without a script")
    page.goto(galley)
    page.get_by_role("button", name="Take all drafts").click()
    page.get_by_role("link", name="Publish …").click()
    page.get_by_role("button", name="Publish now").click()
    page.get_by_role("link", name="Public page").click()
    expect(page.get_by_text("Written without a script")).to_be_visible()


def test_on_a_phone_an_entry_is_written_and_nothing_hangs_over(make_page, sign_in, editor, galley):
    page = make_page(width=390)
    sign_in(page, editor)
    page.goto(galley)
    one = write_in(page, "First")
    expect(one.locator("details.source").first).to_have_js_property("open", False)
    one.locator("textarea").fill("Written on a phone: " + "w" * 80)
    expect(one.locator(".saved")).to_contain_text("Saved ")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    one.get_by_role("button", name="Done").click()
    expect(one.locator(".proof")).to_contain_text("Written on a phone")


@pytest.mark.parametrize("where", ["open", "claims", "history", "preview"])
def test_axe_finds_nothing_wrong(any_page, axe, sign_in, editor, digest, galley, where):
    first = entry_of("First")
    publishing.write_entry(first, "Another heading", "It gains 7% and 9%.", 0, editor=editor)
    publishing.accept_claim(first, first_claim(first), editor=editor)
    sign_in(any_page, editor)
    address = {
        "open": f"{galley}?open={first.pk}&open=front",
        "claims": galley,
        "history": reverse("entry_history", args=[first.pk]),
        "preview": reverse("preview", args=["llm", digest.week]),
    }[where]
    any_page.goto(address)
    assert axe(any_page) == []


def first_claim(entry: Entry) -> str:
    """The key of the entry's first claim."""
    return next(mark.key for mark in marks.entry_marks(entry, {}) if not mark.is_heading)


def test_what_is_asked_for_while_a_save_meets_anothers_overrides_nothing(page, sign_in, editor, publisher, galley):
    sign_in(page, editor)
    page.goto(galley)
    one = write_in(page, "First")
    publishing.write_entry(entry_of("First"), "", "Their words.", 0, editor=publisher)
    held = []
    page.route("**/desk/entries/*/", lambda route: route.continue_() if held else held.append(route))
    one.locator("textarea").fill("My words.")
    expect(one.locator(".writing")).to_contain_class("htmx-request")
    page.keyboard.press("Escape")  # done, while the save is still on its way
    held[0].continue_()
    expect(one.locator(".clash")).to_contain_text("Their words.")
    expect(one.locator("textarea")).to_have_value("My words.")
    assert entry_of("First").summary == "Their words."


def test_the_previewed_mail_fits_a_phone_whatever_stands_in_it(make_page, sign_in, editor, digest, galley):
    page = make_page(width=390)
    sign_in(page, editor)
    Entry.objects.update(summary=f"See https://example.org/{'a-long-way/' * 12} for more.")
    page.goto(f"{galley}preview/?as=mail")
    expect(page.frame_locator("iframe").get_by_text("See https://example.org/").first).to_be_visible()
    root = page.frame_locator("iframe").locator(":root")
    assert root.evaluate("it => it.scrollWidth - it.clientWidth") == 0
    expect(page.locator("#files").get_by_role("link", name="PDF")).to_be_visible()
