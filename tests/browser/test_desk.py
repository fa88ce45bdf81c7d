"""The desk as an editor uses it: by pointer, by keys, without JavaScript, and judged by axe."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from digests import publishing
from digests.models import Digest, Series
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, PaperFactory, SectionFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def digest(live_server) -> Digest:
    """A draft with three papers under reasoning, the first of them proposed, and one unsorted."""
    series = Series.objects.get(slug="llm")
    digest = DigestFactory(series=series)
    for topic in series.topics.all():
        SectionFactory(digest=digest, topic=topic, title=topic.name, position=topic.position)
    section = digest.sections.get(topic__slug="reasoning")
    for number, name in enumerate(("First", "Second", "Third")):
        paper = PaperFactory(title=f"{name} paper on $x^2$")
        CandidateFactory(
            digest=digest,
            paper=paper,
            suggested_topic=section.topic,
            topic_score=0.8,
            margin=0.2,
            importance=0.9 - number / 10,
            importance_reasons=["code released"],
            proposed=number == 0,
        )
        if number == 0:
            EntryFactory(section=section, paper=paper, position=0, summary="", draft_summary="The draft of the first.")
    CandidateFactory(digest=digest, paper=PaperFactory(title="Unsorted paper"))
    return digest


def address(name: str, digest: Digest) -> str:
    return reverse(name, args=[digest.series.slug, digest.week])


def reasoning(digest: Digest) -> str:
    return address("board", digest) + "?list=topic-reasoning"


def card(page: Page, title: str):
    return page.locator(".card", has_text=title)


def slip(page: Page, title: str):
    return page.locator(".slip", has_text=title)


def test_from_the_board_to_a_published_digest_by_pointer(page, sign_in, publisher, digest):
    sign_in(page, publisher)
    page.goto("/desk/")
    page.get_by_role("link", name="Board of 2023-W47").click()
    page.get_by_role("link", name="LLM Reasoning").click()
    card(page, "Second paper").get_by_role("button", name="Pick").click()
    expect(card(page, "Second paper")).to_contain_text("Picked")
    expect(page.locator("#piles [aria-current]")).to_contain_text("1 picked of 3")
    page.get_by_role("link", name="Galley", exact=True).last.click()
    page.get_by_role("button", name="Pick all proposed (1)").click()
    expect(page.locator("#notices")).to_contain_text("Picked 1 proposed paper.")
    first = slip(page, "First paper")
    first.get_by_role("button", name="Take the draft").click()
    expect(first.locator(".saved")).to_contain_text("Saved")
    second = slip(page, "Second paper")
    second.get_by_role("link", name="Write", exact=True).click()
    second.get_by_label("Summary", exact=False).fill("What the *second* shows.")
    expect(second.locator(".saved")).to_have_text("Not saved yet")
    second.get_by_role("button", name="Done").click()
    expect(second.locator(".saved")).to_contain_text("Saved")
    second.get_by_role("button", name="Up").click()
    expect(second.locator("h3")).to_contain_text("1.1.")
    page.get_by_role("link", name="Publish …").click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.locator("#notices")).to_contain_text("Published.")
    page.get_by_role("link", name="Public page").click()
    expect(page.locator("h3").first).to_contain_text("Second paper")
    expect(page.locator("em", has_text="second")).to_be_visible()
    assert Digest.objects.published().get() == digest


def test_what_is_taken_out_is_put_back_from_where_one_stands(page, sign_in, editor, digest):
    for candidate in digest.candidates.exclude(suggested_topic=None):
        publishing.pick(candidate, editor=editor)
    sign_in(page, editor)
    page.goto(address("galley", digest))
    slip(page, "Third paper").get_by_role("button", name="Take out").click()
    undo = page.get_by_role("button", name="Put it back")
    expect(undo).to_be_focused()
    expect(undo).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(slip(page, "Third paper")).to_be_visible()
    slip(page, "Second paper").get_by_role("button", name="Up").press("Enter")
    expect(slip(page, "Second paper")).to_contain_text("1.1.")
    expect(slip(page, "Second paper").get_by_role("button", name="Up")).to_be_focused()


def test_without_javascript_a_paper_is_picked_written_and_published(make_page, sign_in, publisher, digest):
    page = make_page(java_script_enabled=False)
    sign_in(page, publisher)
    page.goto(reasoning(digest))
    card(page, "First paper").get_by_role("button", name="Pick").click()
    assert page.url.endswith(f"{reasoning(digest)}#{card(page, 'First paper').get_attribute('id')}")
    page.get_by_role("link", name="Galley", exact=True).last.click()
    first = slip(page, "First paper")
    first.get_by_role("link", name="Write", exact=True).click()
    first.locator("textarea").fill("Written without a script.")
    first.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Publish …").click()
    page.get_by_role("button", name="Publish now").click()
    page.get_by_role("link", name="Public page").click()
    expect(page.get_by_text("Written without a script.")).to_be_visible()


@pytest.mark.parametrize("name", ["desk", "board", "galley", "publish", "preview"])
def test_axe_finds_nothing_wrong(any_page, axe, sign_in, publisher, digest, name):
    sign_in(any_page, publisher)
    publishing.skip(digest.candidates.get(paper__title__startswith="Third"), editor=publisher)
    publishing.pick(digest.candidates.get(paper__title__startswith="Second"), editor=publisher)
    any_page.goto({"desk": "/desk/", "board": reasoning(digest)}.get(name) or address(name, digest))
    assert axe(any_page) == []
