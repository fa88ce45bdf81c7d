"""The board on the real week 2026-W08, 1,194 papers: chosen by keys alone up to a published digest, and looked over."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from digests.models import Candidate, Digest
from tests.factories import DigestFactory, SectionFactory
from tracker.models import Paper
from tracker.snapshot import read_records
from tracker.storing import upsert
from tracker.weeks import Week

pytestmark = [
    pytest.mark.browser,
    pytest.mark.shared,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
WEEK = Week(2026, 8)


@pytest.fixture
def digest(live_server, shared, series) -> Digest:
    """The week's papers as candidates, sorted by their order rather than by a model: topics in turn, the first best."""
    upsert(list(read_records(shared / "papers/2026-W08.jsonl")))
    Paper.objects.update(announced_on=dt.date(2026, 2, 17), announced_by="listing")
    digest = DigestFactory(series=series, week_start=WEEK.monday)
    topics = list(series.topics.all())
    for topic in topics:
        SectionFactory(digest=digest, topic=topic, title=topic.name, position=topic.position)
    Candidate.objects.bulk_create(
        Candidate(
            digest=digest,
            paper=paper,
            suggested_topic=topics[number % 6],
            topic_score=0.8,
            margin=0.3,
            importance=1 - number / 2000,
            importance_reasons=["code released"],
            model_name="test",
            cluster=number,
        )
        for number, paper in enumerate(Paper.objects.order_by("arxiv_id"))
    )
    return digest


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def test_from_the_board_to_a_published_digest_by_keys_alone(page, sign_in, publisher, digest):
    sign_in(page, publisher)
    page.goto(reverse("board", args=["llm", WEEK]) + "?list=all")
    expect(page.locator("#piles .all")).to_contain_text("1,194")
    press(page, "j")
    for number, key in enumerate("pxmpx" * 6, start=1):  # thirty papers, so past the first 25 cards
        press(page, key)
        expect(page.locator(".controls:is(.picked, .maybe, .skipped)")).to_have_count(number)
        if number == 25:
            press(page, "j")
            expect(page.locator(".card")).to_have_count(50)
    expect(page.locator("#tally")).to_contain_text("12 of 14 papers, 6 maybe")
    press(page, "u u")
    expect(page.locator("#tally")).to_contain_text("11 of 14 papers")
    assert digest.candidates.verdict_counts() == {"undecided": 1166, "picked": 11, "maybe": 6, "skipped": 11}
    main = page.locator("main")
    main.get_by_role("link", name="Galley").first.press("Enter")
    main.get_by_role("button", name="Take all drafts").press("Enter")
    expect(page.locator("#notices")).to_contain_text("draft")
    page.wait_for_load_state("networkidle")
    main.get_by_role("link", name="Publish …").press("Enter")
    expect(page).to_have_url(re.compile("publish/$"))
    page.wait_for_load_state("networkidle")
    main.get_by_role("button", name="Publish now").press("Enter")
    expect(page.locator("#notices")).to_contain_text("Published")
    assert Digest.objects.published().get().entries.count() == 11


def test_fifty_real_cards_fit_and_offend_nobody(any_page, axe, sign_in, editor, digest):
    sign_in(any_page, editor)
    any_page.goto(reverse("board", args=["llm", WEEK]) + "?list=all")
    any_page.get_by_role("link", name="Show more").click()
    expect(any_page.locator(".card")).to_have_count(50)
    assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(any_page) == []
