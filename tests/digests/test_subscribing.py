"""Subscribing, confirming, choosing, leaving: by links alone, and never more than the person asked for."""

import datetime as dt
import re

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from digests import subscriptions
from digests.mail_forms import new_stamp
from digests.mailing import notes, tokens
from digests.mailing.tokens import Purpose
from digests.models import Delivery, Mailing, Note, Series, Subscriber, SubscriberEvent, Suppression
from tests.factories import SubscriberFactory
from tests.page import Page

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def ask(series, clock):
    """Send the form as a person does, some seconds after it was opened."""

    def ask(email: str = "ada@example.org", *, client: Client | None = None, wait: float = 5, **fields):
        stamp = fields.pop("stamp", None) or new_stamp()
        clock.shift(wait)
        topics = fields.pop("topics", [topic.slug for topic in series.topics.all()])
        data = {"email": email, "stamp": stamp, "topics_llm": topics, "website": "", **fields}
        return (client or Client()).post(reverse("subscribe"), data, REMOTE_ADDR=fields.pop("ip", "203.0.113.9"))

    return ask


def mails_sent() -> list:
    notes.send_notes()
    return mail.outbox


def link_in(message) -> str:
    """The path of the one link in a mail's text; the HTML holds the same."""
    (link,) = re.findall(r"https?://\S+", message.body)
    html = message.alternatives[0][0]
    assert link in html
    return re.sub(r"^https?://[^/]+", "", link)


def test_a_reader_subscribes_confirms_and_is_mailed_from_then_on(ask, series):
    answer = ask("  Ada@EXAMPLE.org ", topics=["reasoning"])
    assert answer.url == reverse("subscribe_sent")
    subscriber = Subscriber.objects.get()
    assert (subscriber.email, subscriber.state) == ("Ada@example.org", "unconfirmed")
    assert not Subscriber.objects.mailable(series).exists()
    (message,) = mails_sent()
    assert message.to == ["Ada@example.org"]
    assert "LLM" in message.subject
    link = link_in(message)
    page = Page(Client().get(link))
    assert "Yes, send it to me" in page.texts("button")
    assert not Subscriber.objects.mailable(series).exists()  # opening the link changes nothing
    answer = Client().post(link, REMOTE_ADDR="198.51.100.4")
    subscriber.refresh_from_db()
    assert answer.url == tokens.settings_path(subscriber.handle)
    assert Subscriber.objects.mailable(series).get() == subscriber
    assert [topic.slug for topic in subscriber.subscriptions.get().topics.all()] == ["reasoning"]
    assert subscriber.consent_at == NOW + dt.timedelta(seconds=5)
    assert (subscriber.consent_ip, subscriber.consent_form) == ("203.0.113.9", "page")
    assert subscriptions.WORDINGS[subscriber.consent_wording]
    assert subscriber.confirmed_ip == "198.51.100.4"


def test_confirming_twice_counts_once(ask):
    ask()
    link = link_in(mails_sent()[0])
    assert [Client().post(link).status_code for _ in range(2)] == [302, 302]
    assert sum(SubscriberEvent.objects.values_list("change", flat=True)) == 1


def test_all_topics_are_stored_as_none_so_that_later_ones_come_along(ask):
    ask()
    Client().post(link_in(mails_sent()[0]))
    assert not Subscriber.objects.get().subscriptions.get().topics.exists()


@pytest.mark.parametrize("state", ["nobody", "unconfirmed", "confirmed", "unsubscribed", "suppressed"])
def test_the_answer_is_the_same_whoever_is_asked_about(ask, series, state):
    ask("stranger@example.org")
    expected = ask("stranger2@example.org")
    if state != "nobody":
        SubscriberFactory(email="ada@example.org", series=series, state=state)
    answer = ask("ADA@example.org")
    assert (answer.status_code, answer.url, answer.content) == (302, expected.url, expected.content)
    sent = [message for message in mails_sent() if message.to[0].lower() == "ada@example.org"]
    assert len(sent) == (0 if state == "suppressed" else 1)
    if state == "confirmed":
        assert "already" in sent[0].subject


def test_addresses_differ_in_more_than_case(ask):
    for email in ("ada@example.org", "ADA@Example.ORG", "Ada@example.org"):
        ask(email)
    assert Subscriber.objects.count() == 1
    ask("grace@bücher.example")
    assert Subscriber.objects.filter(email="grace@xn--bcher-kva.example").exists()


@pytest.mark.parametrize(
    "email",
    ["", "nonsense", "a@b", "ä@example.org", "x@example.org\nBcc: y@example.org", '"\b"@example.org']
    + [f"ada@{'.'.join(['x' * 60] * 4)}.example.org"],
)
def test_what_is_no_address_is_told(ask, email):
    answer = ask(email)
    assert answer.status_code == 400
    assert Subscriber.objects.count() == 0
    assert Page(answer).all("ul")


def test_programs_that_fill_in_every_field_are_thanked_and_ignored(ask):
    assert ask(website="https://spam.example").url == reverse("subscribe_sent")
    assert Subscriber.objects.count() == 0


@pytest.mark.parametrize(
    ("wait", "stamp"),
    [(0.5, None), (25 * 3600, None), (5, "form:forged"), (5, "form")],
    ids=["quick", "old", "forged", "cut"],
)
def test_a_form_sent_too_quickly_too_late_or_with_another_stamp_is_shown_again(ask, wait, stamp):
    answer = ask(wait=wait, stamp=stamp)
    assert answer.status_code == 400
    assert "Send it once more" in Page(answer).text
    assert Subscriber.objects.count() == 0


def test_the_short_form_at_the_foot_of_a_page_opens_the_whole_one(published):
    published()
    foot = [form for form in Page(Client().get("/")).all("form") if form.attributes["action"] == "/subscribe/"]
    assert len(foot) == 1
    answer = Client(enforce_csrf_checks=True).post("/subscribe/", {"email": "ada@example.org"})
    filled = [field.attributes for field in Page(answer).all("input") if field.attributes.get("name") == "email"]
    assert filled[0]["value"] == "ada@example.org"
    assert Subscriber.objects.count() == 0
    assert not answer.cookies


def test_one_network_may_ask_only_so_often_and_one_address_gets_only_so_many(ask):
    for _ in range(5):
        assert ask("ada@example.org").status_code == 302
    assert len(mails_sent()) == 3
    for number in range(15):
        ask(f"reader{number}@example.org")
    answer = ask("late@example.org")
    assert answer.status_code == 429
    assert "Too many requests" in Page(answer).text


def test_who_left_is_not_brought_back_by_an_old_confirmation(ask, clock):
    ask()
    link = link_in(mails_sent()[0])
    Client().post(link)
    clock.shift(60)
    subscriptions.leave(Subscriber.objects.get(), how="page")
    answer = Client().post(link)
    assert answer.status_code == 410
    assert Subscriber.objects.get().state == "unsubscribed"


def test_who_never_answers_is_forgotten_after_a_month(ask, clock, series):
    ask()
    SubscriberFactory(email="known@example.org", series=series)
    clock.shift(dt.timedelta(days=29))
    assert notes.forget_unconfirmed() == 0
    clock.shift(dt.timedelta(days=2))
    assert notes.forget_unconfirmed() == 1
    assert Subscriber.objects.get().email == "known@example.org"


def test_a_note_that_the_server_refuses_is_tried_again(ask, clock, settings):
    ask()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        9,
    )
    assert notes.send_notes() == 0
    note = Note.objects.get()
    assert note.sent_at is None
    assert note.error
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert notes.send_notes() == 0  # not yet
    clock.shift(61)
    assert notes.send_notes() == 1


# ---- The API ----


def post_json(data, **options):
    return Client().post("/api/subscribe", data, content_type="application/json", **options)


def test_the_api_asks_the_address_like_the_form(series):
    answer = post_json({"email": "ada@example.org", "series": {"llm": ["reasoning"]}})
    assert (answer.status_code, answer.json()) == (202, {"state": "asked"})
    Client().post(link_in(mails_sent()[0]))
    subscriber = Subscriber.objects.get()
    assert (subscriber.state, subscriber.consent_form) == ("confirmed", "api")
    assert post_json({"email": "ADA@example.org"}).json() == {"state": "asked"}


@pytest.mark.parametrize(
    "data",
    ["{", "[]", {"email": "x"}, {}, {"email": "a@example.org", "series": {"no": []}}]
    + [{"email": "a@example.org", "series": {"no\0": []}}]
    + [{"email": "a@example.org", "series": {"llm": ["no"]}}, {"email": "a@example.org", "series": "llm"}],
)
def test_the_api_tells_what_it_cannot_read(series, data):
    answer = post_json(data)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert Subscriber.objects.count() == 0


# ---- Links ----


@pytest.fixture
def subscriber(series, clock) -> Subscriber:
    return SubscriberFactory(email="ada@example.org", series=series)


def path_of(link: str) -> str:
    return re.sub(r"^https?://[^/]+", "", link)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_link_that_was_altered_cut_or_made_for_something_else_is_refused(subscriber, purpose):
    other = SubscriberFactory(email="eve@example.org")
    value = f"{subscriber.handle}.1" if purpose == Purpose.LEAVE else subscriber.handle
    genuine = tokens.sign(purpose, value)
    assert tokens.read(purpose, genuine) == value
    _, *rest = genuine.split("~")
    stolen = "~".join([other.handle, *rest])  # another's name under this signature
    flipped = genuine[:-1] + ("A" if genuine[-1] != "A" else "B")
    wrong = [stolen, flipped, genuine[:-3], genuine[1:], genuine.replace("~", "", 1), "", "x"]
    wrong += [tokens.sign(another, value) for another in Purpose if another != purpose]
    for token in wrong:
        with pytest.raises(tokens.BadLink):
            tokens.read(purpose, token)


@pytest.mark.parametrize("purpose", [Purpose.CONFIRM, Purpose.SETTINGS])
def test_a_link_works_up_to_its_last_second_and_not_after(clock, purpose):
    token = tokens.sign(purpose, "ada")
    clock.shift(tokens.LIFETIMES[purpose])
    assert tokens.read(purpose, token) == "ada"
    clock.shift(1)
    with pytest.raises(tokens.ExpiredLink):
        tokens.read(purpose, token)


def test_a_link_to_leave_never_expires(subscriber, clock, digest):
    link = path_of(tokens.leave_link(subscriber.handle, digest.pk))
    clock.shift(dt.timedelta(days=3650))
    assert Client().post(link).status_code == 200
    subscriber.refresh_from_db()
    assert subscriber.state == "unsubscribed"


def test_an_expired_or_broken_link_says_so_and_leads_to_a_new_one(subscriber, clock):
    link = path_of(tokens.settings_link(subscriber.handle))
    broken = Client().get(link.replace("~", "", 1))
    clock.shift(dt.timedelta(days=91))
    expired = Client().get(link)
    assert (broken.status_code, expired.status_code) == (404, 410)
    assert reverse("mail_link") in Page(expired).links
    Client().post(reverse("mail_link"), {"email": "ADA@example.org"})
    assert Client().get(link_in(mails_sent()[0])).status_code == 200


def test_a_link_is_sent_to_subscribers_only_and_the_answer_is_the_same(subscriber):
    answers = [
        Client().post(reverse("mail_link"), {"email": email}) for email in ("ada@example.org", "eve@example.org")
    ]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, reverse("subscribe_sent"))] * 2
    assert [message.to for message in mails_sent()] == [["ada@example.org"]]


def test_pages_behind_links_are_kept_from_caches_search_engines_and_other_sites(subscriber):
    answer = Client().get(path_of(tokens.settings_link(subscriber.handle)))
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "same-origin"


# ---- Settings ----


@pytest.fixture
def settings_page(subscriber) -> str:
    return path_of(tokens.settings_link(subscriber.handle))


def test_a_subscriber_chooses_topics_what_comes_first_and_how_often(subscriber, settings_page):
    data = {"topics_llm": ["reasoning", "agents"], "first_llm": "agents", "cadence_llm": "matching"}
    slugs = list(Series.objects.get().topics.values_list("slug", flat=True))
    data["topics_llm"] = slugs[:2]
    data["first_llm"] = slugs[1]
    assert Client(enforce_csrf_checks=True).post(settings_page, data).status_code == 302
    subscription = subscriber.subscriptions.get()
    assert {topic.slug for topic in subscription.topics.all()} == set(slugs[:2])
    assert (subscription.first_topic.slug, subscription.cadence) == (slugs[1], "matching")
    checked = [
        box.attributes["value"] for box in Page(Client().get(settings_page)).all("input") if "checked" in box.attributes
    ]
    assert checked == [*slugs[:2], "matching"]


def test_no_topic_at_all_is_refused_and_nothing_changes(subscriber, settings_page):
    answer = Client().post(settings_page, {"cadence_llm": "weekly"})
    assert answer.status_code == 400
    assert "Choose at least one topic" in Page(answer).text
    assert subscriber.subscriptions.exists()


def test_a_subscriber_pauses_and_goes_on(subscriber, series, settings_page, clock):
    assert "For four weeks" in Page(Client().get(settings_page)).texts("button")
    Client().post(f"{settings_page}pause/", {"weeks": "4"})
    assert not Subscriber.objects.mailable(series).exists()
    assert "Nothing is sent until 21 December 2026" in Page(Client().get(settings_page)).text
    Client().post(f"{settings_page}pause/")
    assert Subscriber.objects.mailable(series).exists()
    Client().post(f"{settings_page}pause/", {"weeks": "4"})
    clock.shift(dt.timedelta(weeks=4))
    assert Subscriber.objects.mailable(series).exists()


def test_a_subscriber_sees_what_is_held_and_nothing_of_others(subscriber, settings_page):
    SubscriberFactory(email="eve@example.org")
    held = Client().get(f"{settings_page}data/").json()
    assert held["email"] == "ada@example.org"
    assert held["subscriptions"][0]["series"]
    assert "eve@" not in str(held)


def test_a_subscriber_is_deleted_and_what_was_queued_is_called_off(subscriber, settings_page, published):
    mailing = Mailing.objects.create(digest=published())
    Delivery.objects.create(mailing=mailing, subscriber=subscriber, queued_at=timezone.now())
    assert Client().get(f"{settings_page}delete/").status_code == 405
    assert "gone" in Page(Client().post(f"{settings_page}delete/")).text
    assert not Subscriber.objects.exists()
    assert Delivery.objects.get().state == "cancelled"
    assert Delivery.objects.get().subscriber is None
    assert "ada" not in str(list(SubscriberEvent.objects.values()))
    assert Client().get(settings_page).status_code == 404


def test_one_deleted_while_suppressed_does_not_come_back(subscriber, ask):
    subscriptions.bar(subscriber)
    subscriptions.delete(subscriber)
    ask("ADA@example.org")
    assert mails_sent() == []
    assert Suppression.objects.count() == 1


def test_a_signed_in_reader_comes_to_the_settings_of_a_proved_address_only(subscriber, reader, as_user):
    reader.email = subscriber.email
    reader.save()
    assert as_user(reader).get(reverse("my_mail")).url == reverse("subscribe")
    EmailAddress.objects.create(user=reader, email=subscriber.email, verified=True, primary=True)
    assert as_user(reader).get(reverse("my_mail")).url == tokens.settings_path(subscriber.handle)


# ---- Leaving ----


@pytest.fixture
def leave(subscriber, published) -> str:
    return path_of(tokens.leave_link(subscriber.handle, published().pk))


def test_a_mail_program_leaves_by_one_post_without_cookie_or_csrf(subscriber, leave, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        answer = Client(enforce_csrf_checks=True).post(
            leave, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
    assert answer.status_code == 200
    assert not answer.cookies
    subscriber.refresh_from_db()
    assert subscriber.state == "unsubscribed"
    assert SubscriberEvent.objects.get(kind="left").detail["how"] == "one click"


def test_opening_the_link_to_leave_changes_nothing(subscriber, leave):
    for method in ("get", "head"):
        assert getattr(Client(), method)(leave).status_code == 200
    subscriber.refresh_from_db()
    assert subscriber.state == "confirmed"
    assert "Leave" in Page(Client().get(leave)).texts("button")


def test_leaving_twice_is_no_error_and_counts_once(subscriber, leave):
    for _ in range(2):
        assert "You have left" in Page(Client().post(leave)).text
    assert "You have left" in Page(Client().get(leave)).text
    assert sum(SubscriberEvent.objects.values_list("change", flat=True)) == -1


def test_leaving_one_series_leaves_the_others(subscriber, leave):
    other = Series.objects.create(slug="vision", name="Vision papers", headline_template="Vision")
    subscriber.subscriptions.create(series=other)
    Client().post(leave)
    subscriber.refresh_from_db()
    assert subscriber.state == "confirmed"
    assert subscriber.subscriptions.get().series == other


def test_the_digest_by_whose_mail_they_left_is_counted(subscriber, leave):
    digest = subscriber.subscriptions.get().series.digests.get()
    mailing = Mailing.objects.create(digest=digest)
    Delivery.objects.create(
        mailing=mailing, subscriber=subscriber, queued_at=timezone.now(), state="sent", settled_at=timezone.now()
    )
    Client().post(leave)
    assert mailing.deliveries.tally().left == 1
