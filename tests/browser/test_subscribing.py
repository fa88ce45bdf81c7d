"""A reader subscribes, confirms, changes topics and leaves, with the mail read from a real server."""

import datetime as dt
import re

import pytest

from digests.mailing import notes, queueing, sending, tokens
from digests.models import Delivery, Mailing, Subscriber
from tests.factories import SubscriberFactory
from tests.mail_server import MailServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server(settings):
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 10
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_HOST_USER = ""
        yield server


@pytest.fixture
def quick_form(monkeypatch):
    """A program types quicker than a person may."""
    monkeypatch.setattr("digests.mail_forms.QUICKEST", dt.timedelta(0))


def newest_link(server: MailServer, words: str) -> str:
    """The path of the newest mail's link of that kind, from its text part."""
    text = server.received[-1].mail.get_body(("plain",)).get_content()
    return re.search(rf"https?://[^/\s]+(/mail/{words}/\S+)", text)[1]


def test_a_reader_subscribes_confirms_changes_topics_and_leaves(server, quick_form, published, series, page):
    digest = published(contents={"LLM Reasoning": ["A study of reasoning"], "LLM Training": ["A study of training"]})
    for section, slug in zip(digest.sections.all(), ("reasoning", "training"), strict=True):
        section.topic = series.topics.get(slug=slug)
        section.save()

    page.goto("/")
    page.get_by_label("The roundup by mail").fill("ada@example.org")
    page.locator(".subscribe-short button").click()
    assert page.get_by_label("Your mail address").input_value() == "ada@example.org"
    page.get_by_role("button", name="Subscribe").click()
    page.get_by_role("heading", name="Look into your mail").wait_for()

    assert notes.send_notes() == 1
    page.goto(newest_link(server, "confirm"))
    assert Subscriber.objects.get().state == "unconfirmed"
    page.get_by_role("button", name="Yes, send it to me").click()
    page.get_by_role("heading", name="Your mail settings").wait_for()
    assert Subscriber.objects.get().state == "confirmed"

    for topic in series.topics.exclude(slug="reasoning"):
        page.get_by_label(topic.name).uncheck()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()

    mailing = Mailing.objects.create(digest=digest)
    queueing.queue(digest)
    assert sending.send(mailing)["sent"] == 1
    text = server.received[-1].mail.get_body(("plain",)).get_content()
    assert "A study of reasoning" in text
    assert "A study of training" not in text

    page.goto(newest_link(server, "leave"))
    assert Subscriber.objects.get().state == "confirmed"
    page.get_by_role("button", name="Leave").click()
    page.get_by_role("heading", name="You have left").wait_for()
    assert Subscriber.objects.get().state == "unsubscribed"
    assert queueing.queue(digest) == 0
    assert Delivery.objects.get().left_at is not None


def test_pages_of_subscribing_serve_everybody(any_page, axe, series, published):
    published()
    any_page.goto("/subscribe/")
    assert axe(any_page) == []
    assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    any_page.goto("/mail/link/")
    assert axe(any_page) == []
    subscriber = SubscriberFactory(series=series)
    any_page.goto(re.sub(r"^https?://[^/]+", "", tokens.settings_link(subscriber.handle)))
    assert axe(any_page) == []
    assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_desk_of_mail_serves_everybody(any_page, axe, sign_in, publisher, published, series):
    SubscriberFactory(series=series)
    mailing = Mailing.objects.create(digest=published())
    queueing.queue(mailing.digest)
    sign_in(any_page, publisher)
    for path in ("/desk/mail/", "/desk/mail/subscribers/", "/desk/mail/deliverability/", "/desk/llm/2023/w47/mail/"):
        any_page.goto(path)
        assert axe(any_page) == [], path
        assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
