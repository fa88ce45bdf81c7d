"""The desk's pages beside the weeks, and the account's, in a browser: people, series, the trail, schedules."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from digests import publishing
from digests.models import Digest, Event, Series
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tracker.models import Paper, PaperVersion

pytestmark = pytest.mark.browser


@pytest.fixture
def ready(series) -> Digest:
    """A draft that preflight lets pass."""
    digest = DigestFactory(series=series)
    topic = series.topics.first()
    section = SectionFactory(digest=digest, topic=topic, title=topic.name)
    paper = PaperFactory(title="GAIA: a benchmark for General AI Assistants", abstract="It has 466 questions.")
    CandidateFactory(digest=digest, paper=paper, suggested_topic=topic, verdict="picked")
    EntryFactory(section=section, paper=paper, summary="It has 466 questions.")
    return digest


@pytest.fixture
def changed(ready, administrator) -> Digest:
    """The same, published, with a paper that arXiv has in a newer version since."""
    publishing.publish_digest(ready, editor=administrator)
    paper = Paper.objects.get()
    PaperVersion.objects.create(paper=paper, version=1, title=paper.title, abstract=paper.abstract)
    Paper.objects.update(version=2, abstract="It has 500 questions.")
    return ready


def test_a_schedule_says_when_and_is_stopped(ready, publisher, sign_in, make_page) -> None:
    page = make_page(timezone_id="America/New_York")
    sign_in(page, publisher)
    page.goto("/desk/llm/2023/w47/galley/publish/")
    expect(page.get_by_role("button", name="Publish now")).to_be_visible()
    page.get_by_label("Date and time, UTC").fill("2099-03-02T07:00")
    expect(page.get_by_text("The time above is Monday")).to_contain_text("02:00")
    page.get_by_role("button", name="Schedule it").click()
    expect(page.get_by_role("heading", name="Scheduled", exact=True)).to_be_visible()
    expect(page.locator("time[data-local]")).to_contain_text("Monday, 2 March 2099, 07:00 UTC (Monday, 02:00")
    page.get_by_role("button", name="Stop the schedule").click()
    expect(page.get_by_role("heading", name="Publish this digest?")).to_be_visible()
    assert Digest.objects.get().status == "draft"


def test_somebody_is_invited_and_comes_to_the_desk(administrator, sign_in, make_page) -> None:
    page = make_page()
    sign_in(page, administrator)
    page.goto("/desk/people/")
    page.get_by_label("Address").fill("ada@example.org")
    page.get_by_label("Role", exact=True).select_option("Publisher")
    page.get_by_role("button", name="Send an invitation").click()
    expect(page.get_by_text("An invitation is on its way to ada@example.org")).to_be_visible()
    link = re.search(r"/accounts/invitation/\S+", mail.outbox[-1].body).group()
    theirs = make_page(java_script_enabled=False)
    theirs.goto(link)
    theirs.get_by_label("Your name").fill("Ada Lovelace")
    theirs.get_by_role("textbox", name="Password").fill("difference-engine")
    theirs.get_by_role("button", name="Accept").click()
    expect(theirs.get_by_role("heading", name="Desk", exact=True)).to_be_visible()
    page.reload()
    expect(page.get_by_label("Role of Ada Lovelace", exact=True)).to_have_value("Publishers")


def test_a_series_shows_what_its_templates_make_while_they_are_typed(series, administrator, sign_in, page) -> None:
    sign_in(page, administrator)
    page.goto("/desk/series/llm/")
    headline = page.get_by_label("Headline template")
    headline.fill("Papers of the $nth week")
    expect(page.locator("#example")).to_contain_text("Papers of the")
    expect(page.locator("#example")).not_to_contain_text("$nth")
    headline.fill("Papers of $never")
    expect(page.locator("#example")).to_contain_text("Unknown in a template: never")
    headline.fill("Papers of $week")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Add a topic").click()
    page.get_by_label("Name").fill("LLM Agents")
    page.get_by_label("Description").fill("Models that act.")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("link", name="LLM Agents")).to_be_visible()
    page.get_by_role("button", name="Up with LLM Agents").click()
    assert [topic.name for topic in Series.objects.get().topics.all()][-2] == "LLM Agents"


OFFICE = [
    "/desk/",
    "/desk/trail/",
    "/desk/llm/2023/w47/trail/",
    "/desk/people/",
    "/desk/series/",
    "/desk/series/llm/",
    "/desk/add-series/",
    "/desk/series/llm/add-topic/",
    "/desk/changes/",
    "/desk/llm/2023/w47/galley/correct/",
    "/accounts/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
]


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_office_is_accessible_and_fits(changed, administrator, sign_in, any_page, axe) -> None:
    Event.objects.create(kind="series", deed="Topic changed", subject="LLM Reasoning", changes={"name": ["A", "B"]})
    sign_in(any_page, administrator)
    for address in OFFICE:
        any_page.goto(address)
        assert axe(any_page) == [], address
        assert fits(any_page), address


def test_publishing_and_signing_in_are_accessible_and_fit(ready, publisher, sign_in, any_page, axe) -> None:
    for address in ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/login/code/"):
        any_page.goto(address)
        assert axe(any_page) == [], address
        assert fits(any_page), address
    sign_in(any_page, publisher)
    any_page.goto("/desk/llm/2023/w47/galley/publish/")
    assert axe(any_page) == []
    assert fits(any_page)


def test_a_security_key_is_added_and_asked_for(editor, page) -> None:
    """Under the site's own content security policy, with a key that the browser makes up."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": {**key, "automaticPresenceSimulation": True}})

    def sign_in_by_password() -> None:
        page.goto("/accounts/login/")
        page.get_by_label("Name or address").fill("editor")
        page.get_by_role("textbox", name="Password").fill("secret-enough")
        page.get_by_role("button", name="Sign in").click()

    sign_in_by_password()
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_role("textbox", name="Password").fill("secret-enough")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("My key")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/accounts/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    sign_in_by_password()
    page.get_by_role("button", name="Use a security key").click()
    expect(page.get_by_role("heading", name="Desk", exact=True)).to_be_visible()
