"""The board as an editor uses it: by keys alone, by pointer, by touch on a phone, without JavaScript, judged by axe."""

import re
import time

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from digests import publishing
from digests.models import Candidate, Digest, Entry, Series
from digests.views import choosing
from tests.arxiv_standin import ArxivStandin
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tests.tracker.told import told

pytestmark = pytest.mark.browser


@pytest.fixture
def digest(live_server, series) -> Digest:
    """A draft with three papers under reasoning, the first of them proposed, and one unsorted."""
    digest = DigestFactory(series=series)
    for topic in series.topics.all():
        SectionFactory(digest=digest, topic=topic, title=topic.name, position=topic.position)
    section = digest.sections.get(topic__slug="reasoning")
    for number, name in enumerate(("First", "Second", "Third")):
        paper = PaperFactory(title=f"{name} paper on $x^2$", abstract=f"The {name} of $n$. It goes on." * 20)
        CandidateFactory(
            digest=digest,
            paper=paper,
            suggested_topic=section.topic,
            topic_score=0.8,
            margin=0.2,
            importance=0.9 - number / 10,
            importance_reasons=["code released"],
            proposed=number == 0,
            cluster=number,
        )
        if number == 0:
            EntryFactory(section=section, paper=paper, position=0, summary="", draft_summary="The draft of the first.")
    CandidateFactory(digest=digest, paper=PaperFactory(title="Unsorted paper"))
    return digest


@pytest.fixture
def series(migrated) -> Series:
    return Series.objects.get(slug="llm")


@pytest.fixture
def many(digest) -> list[Candidate]:
    """Thirty more under training."""
    topic = digest.series.topics.get(slug="training")
    return [
        CandidateFactory(
            digest=digest, suggested_topic=topic, importance=1 - number / 100, paper__title=f"No {number}."
        )
        for number in range(30)
    ]


def board(digest: Digest, query: str = "list=topic-reasoning") -> str:
    return f"{reverse('board', args=[digest.series.slug, digest.week])}?{query}"


def card(page: Page, title: str):
    return page.locator(".card", has_text=title)


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def verdicts(digest: Digest) -> dict[str, str]:
    return {row.paper.title.split()[0]: row.verdict for row in digest.candidates.select_related("paper")}


# By keys alone


def test_choosing_by_keys_alone(page, sign_in, editor, digest):
    sign_in(page, editor)
    page.goto(board(digest))
    press(page, "j j")
    expect(card(page, "Second paper")).to_be_focused()
    press(page, "p")
    expect(card(page, "Second paper").locator(".standing")).to_have_text("Picked")
    expect(page.locator("#announcement")).to_contain_text("Picked: Second paper")
    expect(page.locator("#tally")).to_contain_text("1 of 14 papers")
    expect(card(page, "Third paper")).to_be_focused()
    press(page, "x")
    expect(card(page, "Third paper").locator(".standing")).to_have_text("Skipped")
    press(page, "k k m")
    expect(card(page, "First paper").locator(".standing")).to_have_text("Maybe")
    expect(page.locator("#tally")).to_contain_text("1 maybe")
    press(page, "k 2")
    expect(card(page, "First paper").locator(".standing")).to_have_text("Maybe, moved to LLM Training & Optimization")
    assert verdicts(digest) == {"First": "maybe", "Second": "picked", "Third": "skipped", "Unsorted": "undecided"}
    assert Entry.objects.get(digest=digest).paper.title.startswith("Second")


def test_undo_by_key_goes_back_step_by_step_even_after_a_reload(page, sign_in, editor, digest):
    sign_in(page, editor)
    page.goto(board(digest))
    press(page, "j p")
    expect(card(page, "First paper").locator(".standing")).to_have_text("Picked")
    press(page, "x")
    expect(card(page, "Second paper").locator(".standing")).to_have_text("Skipped")
    press(page, "u")
    expect(card(page, "Second paper").locator(".standing")).to_have_count(0)
    expect(card(page, "Second paper")).to_be_focused()
    expect(page.locator("#announcement")).to_contain_text("Undone: Skipped: Second paper")
    page.reload()
    press(page, "u")
    expect(card(page, "First paper").locator(".standing")).to_have_text("Proposed")
    expect(card(page, "First paper")).to_be_focused()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    assert set(verdicts(digest).values()) == {"undecided"}


def test_keys_pressed_faster_than_the_server_answers_are_not_lost(page, sign_in, editor, digest, monkeypatch):
    act = choosing._act
    monkeypatch.setattr(choosing, "_act", lambda *told: (time.sleep(0.2), act(*told))[1])
    sign_in(page, editor)
    page.goto(board(digest))
    press(page, "j 3 p x")
    expect(card(page, "First paper").locator(".standing")).to_have_text("Picked, moved to LLM Fine Tuning")
    expect(card(page, "Second paper").locator(".standing")).to_have_text("Skipped")
    press(page, "u u u")
    expect(card(page, "First paper").locator(".standing")).to_have_text("Proposed")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    assert set(verdicts(digest).values()) == {"undecided"}


def test_presses_faster_than_the_server_answers_are_not_lost(page, sign_in, editor, digest, monkeypatch):
    act = choosing._act
    monkeypatch.setattr(choosing, "_act", lambda *told: (time.sleep(0.3), act(*told))[1])
    sign_in(page, editor)
    page.goto(board(digest))
    for verb in ("Pick", "Skip"):
        card(page, "First paper").get_by_role("button", name=verb).click(no_wait_after=True)
    card(page, "Second paper").get_by_role("button", name="Maybe").dblclick()
    expect(card(page, "First paper").locator(".standing")).to_have_text("Skipped")
    expect(card(page, "Second paper").locator(".standing")).to_have_text("Maybe")
    page.get_by_role("button", name="Undo").click()
    expect(card(page, "Second paper").locator(".standing")).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_same_key_takes_a_verdict_back(page, sign_in, editor, digest):
    sign_in(page, editor)
    page.goto(board(digest))
    press(page, "j p")
    expect(card(page, "First paper").locator(".standing")).to_have_text("Picked")
    press(page, "k p")
    expect(card(page, "First paper").locator(".standing")).to_have_text("Proposed")
    expect(card(page, "First paper")).to_be_focused()


def test_a_card_opens_and_stays_open_while_it_is_decided(page, sign_in, editor, digest):
    sign_in(page, editor)
    page.goto(board(digest))
    press(page, "j o")
    first = card(page, "First paper")
    expect(first.locator(".whole math").first).to_be_visible()
    expect(first.get_by_role("link", name="HTML")).to_be_visible()
    press(page, "p")
    expect(first.locator(".standing")).to_have_text("Picked")
    expect(first.locator(".whole")).to_be_visible()
    press(page, "k o")
    expect(first.locator(".whole")).to_be_hidden()


def test_keys_go_through_the_lists_and_past_the_25th_card(page, sign_in, editor, digest, many):
    sign_in(page, editor)
    page.goto(board(digest))
    for name in ("LLM Fine Tuning", "LLM Training & Optimization"):
        press(page, "h")
        expect(page.locator("h2").first).to_have_text(name)
    expect(page.locator(".card")).to_have_count(25)
    press(page, " ".join(["j"] * 26))
    expect(page.locator(".card")).to_have_count(30)
    expect(card(page, "No 25.")).to_be_focused()


def test_keys_are_only_letters_in_the_filter(page, sign_in, editor, digest):
    sign_in(page, editor)
    page.goto(board(digest))
    press(page, "j /")
    page.keyboard.type("x third p")
    expect(page.locator("#filter")).to_have_value("x third p")
    page.locator("#filter").fill("third")
    expect(page.locator(".card")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?list=topic-reasoning&q=third$"))
    press(page, "Escape p")
    expect(card(page, "Third paper").locator(".standing")).to_have_text("Picked")
    assert verdicts(digest)["First"] == "undecided"


def test_help_shows_the_keys_and_switches_them_off_for_good(page, axe, sign_in, editor, digest):
    sign_in(page, editor)
    page.goto(board(digest))
    press(page, "?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert axe(page) == []
    press(page, "j x")
    page.get_by_label("Single keys are on").uncheck()
    press(page, "Escape")
    page.reload()
    press(page, "j")
    expect(page.locator(".card:focus")).to_have_count(0)
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys are on").check()
    page.get_by_role("button", name="Close").click()
    press(page, "j")
    expect(page.locator(".card").first).to_be_focused()
    assert set(verdicts(digest).values()) == {"undecided"}


def test_the_pick_key_asks_an_unsorted_paper_for_its_topic(page, sign_in, editor, digest):
    sign_in(page, editor)
    page.goto(board(digest, "list=unsorted"))
    press(page, "j p")
    expect(page.get_by_role("button", name="LLM Progress").first).to_be_focused()
    press(page, "2")
    one = card(page, "Unsorted paper")
    expect(one.locator(".standing")).to_have_text("Picked, moved to LLM Training & Optimization")
    expect(one).to_be_focused()


def test_a_paper_is_added_by_key_and_link(page, sign_in, editor, digest, settings):
    settings.ARXIV_INTERVAL = 0.001
    sign_in(page, editor)
    page.goto(board(digest))
    with ArxivStandin.serving([told(13001)]) as standin:
        settings.ARXIV_API_URL = standin.url
        press(page, "a")
        page.keyboard.type("https://arxiv.org/abs/2602.13001v1")
        press(page, "Enter")
        one = card(page, "On the 13001th language model")
        expect(one).to_be_focused()
        expect(page.locator("#piles")).to_contain_text("Added by hand")


def test_a_paper_that_cannot_be_added_leaves_what_was_typed_and_says_why(unwatched_page, sign_in, editor, digest):
    page = unwatched_page
    sign_in(page, editor)
    page.goto(board(digest))
    press(page, "a")
    page.keyboard.type("2311.1")
    press(page, "Enter")
    expect(page.locator("#notices")).to_contain_text("“2311.1” is no arXiv id")
    expect(page.locator("#add-paper")).to_have_value("2311.1")


# By pointer and by touch


def test_choosing_filtering_and_undo_by_pointer(page, sign_in, editor, digest):
    sign_in(page, editor)
    page.goto(board(digest))
    first, second = card(page, "First paper"), card(page, "Second paper")
    second.get_by_role("button", name="Pick").click()
    expect(page.locator("#piles [aria-current]")).to_contain_text("1 picked of 3")
    first.get_by_role("button", name="Maybe").click()
    first.locator("h3").click()
    expect(first.locator(".whole")).to_be_visible()
    page.locator("#filter-verdict").select_option("Maybe")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator("#piles .topic", has_text="LLM Reasoning")).to_contain_text("1")
    page.get_by_role("button", name="Undo").click()
    expect(first.locator(".standing")).to_have_text("Proposed")
    page.locator("#filter-verdict").select_option("Any verdict")
    second.get_by_text("Move to").click()
    second.get_by_role("button", name="LLM Fine Tuning").click()
    expect(second.locator(".standing")).to_have_text("Picked, moved to LLM Fine Tuning")
    second.get_by_role("button", name="Pick").click()
    expect(second.locator(".standing")).to_have_text("moved to LLM Fine Tuning")


def test_choosing_by_touch_on_a_phone(make_page, sign_in, editor, digest):
    page = make_page(width=390, has_touch=True, is_mobile=True)
    sign_in(page, editor)
    page.goto(board(digest))
    second = card(page, "Second paper")
    for name in ("Pick", "Maybe", "Skip"):
        assert second.get_by_role("button", name=name).bounding_box()["height"] >= 44
    second.get_by_role("button", name="Pick").tap()
    expect(second.locator(".standing")).to_have_text("Picked")
    second.locator(".lines").tap()
    expect(second.locator(".whole")).to_be_visible()
    page.get_by_role("button", name="Undo").tap()
    expect(second.locator(".standing")).to_have_count(0)
    second.get_by_text("Move to").tap()
    second.get_by_role("button", name="LLM Fine Tuning").tap()
    expect(second.locator(".standing")).to_have_text("moved to LLM Fine Tuning")
    page.goto(board(digest, "list=unsorted"))
    card(page, "Unsorted paper").locator(".pick-under summary").tap()
    page.get_by_role("button", name="LLM Reasoning").first.tap()
    expect(card(page, "Unsorted paper").locator(".standing")).to_have_text("Picked, moved to LLM Reasoning")
    page.goto(board(digest, "list=all"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_menu_at_the_lower_edge_comes_into_view(make_page, sign_in, editor, digest):
    page = make_page(width=390)
    sign_in(page, editor)
    page.goto(board(digest))
    one = card(page, "Second paper")
    page.set_viewport_size({"width": 390, "height": 480})
    one.locator(".move summary").evaluate("it => it.scrollIntoView({block: 'end'})")
    one.get_by_text("Move to").click()
    expect(one.get_by_role("button", name="Transformers & Attention Models")).to_be_in_viewport(ratio=1)


def test_two_editors_never_undo_each_other(make_page, sign_in, editor, publisher, digest):
    mine, theirs = make_page(), make_page()
    sign_in(mine, editor)
    sign_in(theirs, publisher)
    for page in (mine, theirs):
        page.goto(board(digest))
    card(mine, "First paper").get_by_role("button", name="Skip").click()
    expect(card(mine, "First paper").locator(".standing")).to_have_text("Skipped")
    card(theirs, "First paper").get_by_role("button", name="Pick").click()
    expect(card(theirs, "First paper").locator(".standing")).to_have_text("Picked")
    mine.get_by_role("button", name="Undo").click()
    expect(mine.locator("#notices")).to_contain_text("Not undone: publisher has decided on “First paper on x²” since.")
    assert verdicts(digest)["First"] == "picked"


# Without JavaScript, and for everybody


def test_without_javascript_papers_are_filtered_opened_decided_and_undone(make_page, sign_in, editor, digest):
    page = make_page(java_script_enabled=False)
    sign_in(page, editor)
    page.goto(board(digest))
    page.get_by_label("Words of title, abstract or authors").fill("second")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".card")).to_have_count(1)
    second = card(page, "Second paper")
    second.get_by_role("button", name="Skip").click()
    expect(second.locator(".standing")).to_have_text("Skipped")
    assert "q=second" in page.url
    page.get_by_role("button", name="Undo").click()
    expect(second.locator(".standing")).to_have_count(0)
    second.locator(".lines").click()
    second.get_by_role("link", name="The whole abstract").click()
    expect(page.locator(".whole")).to_be_visible()
    card(page, "Second paper").get_by_role("button", name="Pick").click()
    expect(card(page, "Second paper").locator(".standing")).to_have_text("Picked")
    page.goto(board(digest, "list=unsorted"))
    card(page, "Unsorted paper").locator(".pick-under summary").click()
    page.get_by_role("button", name="LLM Fine Tuning").first.click()
    assert verdicts(digest) == {"First": "undecided", "Second": "picked", "Third": "undecided", "Unsorted": "picked"}


@pytest.mark.parametrize("place", ["board", "candidate"])
def test_axe_finds_nothing_wrong(any_page, axe, sign_in, editor, digest, place):
    sign_in(any_page, editor)
    second = digest.candidates.get(paper__title__startswith="Second")
    twin = PaperFactory(title="Third paper's twin")
    CandidateFactory(digest=digest, paper=twin, cluster=2, suggested_topic=second.suggested_topic)
    publishing.skip(digest.candidates.get(paper__title__startswith="Third paper on"), editor=editor)
    publishing.pick(second, editor=editor)
    publishing.set_aside(digest.candidates.get(paper__title__startswith="First"), editor=editor)
    if place == "candidate":
        any_page.goto(reverse("candidate", args=[second.pk]))
    else:
        any_page.goto(board(digest, "list=all"))
        card(any_page, "Second paper").locator(".lines").click()
        expect(any_page.locator(".whole")).to_be_visible()
        any_page.get_by_text("1 more nearly the same").click()
        any_page.get_by_text("papers seen").click()
    assert axe(any_page) == []
    assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
