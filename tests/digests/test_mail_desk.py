"""The desk's pages of mail: look, test, send to some and to the rest, pause, and see what became of it."""

import pytest
from django.utils import timezone

from digests import mail_tasks
from digests.models import Delivery, Digest, Event, Mailing, SubscriberEvent
from digests.publishing import publish_digest, withdraw_digest
from tests.factories import CandidateFactory, EntryFactory, SubscriberFactory
from tests.page import Page

PAGE = "/desk/llm/2023/w47/mail/"


@pytest.fixture
def woken(monkeypatch) -> list[str]:
    """Which messages went to workers."""
    sent: list[str] = []
    for name in ("send_mail", "queue_mail", "send_notes"):
        monkeypatch.setattr(getattr(mail_tasks, name), "delay", lambda *args, name=name: sent.append(name))
    return sent


@pytest.fixture
def subscribers(series):
    return [
        SubscriberFactory(email=f"reader{n}@{'our.org' if n < 2 else 'example.org'}", series=series) for n in range(5)
    ]


@pytest.fixture
def ready(digest, series, publisher) -> Digest:
    """A draft that preflight lets through."""
    section = digest.sections.first()
    entry = EntryFactory(section=section)
    CandidateFactory(digest=digest, paper=entry.paper, suggested_topic=section.topic, verdict="picked")
    return digest


def publish(client, **fields):
    return client.post("/desk/llm/2023/w47/galley/publish/", fields)


@pytest.mark.parametrize(
    ("by_default", "fields", "is_mailed"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"asked": "mail"}, False),
        (False, {"asked": "mail", "mail": "yes"}, True),
    ],
)
def test_publishing_queues_the_mail_where_the_series_or_the_publisher_says_so(
    ready, subscribers, publisher, as_user, woken, django_capture_on_commit_callbacks, by_default, fields, is_mailed
):
    ready.series.mail_on_publishing = by_default
    ready.series.save()
    with django_capture_on_commit_callbacks(execute=True):
        publish(as_user(publisher), **fields)
    ready.refresh_from_db()
    assert ready.is_published
    assert Mailing.objects.exists() == is_mailed
    assert ("queue_mail" in woken) == is_mailed
    if is_mailed:
        assert mail_tasks.queue_mail(ready.pk) == 5
        assert mail_tasks.queue_mail(ready.pk) == 0  # a message too many
        assert Mailing.objects.get().requested_by == publisher


def test_a_lost_message_is_made_up_for_by_the_sweep(ready, subscribers, publisher, woken):
    publish_digest(ready, editor=publisher)
    mail_tasks.sweep_mail()
    assert woken == ["queue_mail"]
    mail_tasks.queue_mail(ready.pk)
    woken.clear()
    assert mail_tasks.sweep_mail() == 1
    assert woken == ["send_mail"]


def test_the_sweep_wakes_no_more_workers_than_may_send(ready, subscribers, publisher, woken, settings):
    settings.MAIL_CONNECTIONS = 2
    publish_digest(ready, editor=publisher)
    mail_tasks.queue_mail(ready.pk)
    Delivery.objects.filter(pk=Delivery.objects.first().pk).update(
        state="claimed", lease="other", held_until=timezone.now() + timezone.timedelta(minutes=1)
    )
    woken.clear()
    mail_tasks.sweep_mail()
    assert woken == ["send_mail"]


def test_the_task_sends_what_is_queued(ready, subscribers, publisher, mailoutbox, woken):
    publish_digest(ready, editor=publisher)
    mail_tasks.queue_mail(ready.pk)
    assert mail_tasks.send_mail(ready.pk) == {"sent": 5}
    assert len(mailoutbox) == 5
    assert mail_tasks.send_mail(ready.pk) == {}


def test_a_digest_taken_back_and_published_again_is_mailed_to_nobody_twice(
    ready, subscribers, publisher, mailoutbox, woken, series
):
    publish_digest(ready, editor=publisher)
    mail_tasks.queue_mail(ready.pk)
    mail_tasks.send_mail(ready.pk)
    withdraw_digest(ready, editor=publisher)
    SubscriberFactory(email="new@example.org", series=series)
    publish_digest(ready, editor=publisher)
    assert mail_tasks.queue_mail(ready.pk) == 1
    mail_tasks.send_mail(ready.pk)
    assert len(mailoutbox) == len({message.to[0] for message in mailoutbox}) == 6


def test_a_sample_is_mailed_to_nobody_by_itself(ready, subscribers, publisher):
    ready.sample = True
    ready.save()
    publish_digest(ready, editor=publisher)
    assert not Mailing.objects.exists()


def test_a_publisher_sends_to_some_first_and_to_the_rest_later(ready, subscribers, publisher, as_user, woken):
    publish_digest(ready, editor=publisher, mail=False)
    client = as_user(publisher)
    assert "5 subscribers whom it concerns have no mail" in Page(client.get(PAGE)).text
    client.post(f"{PAGE}send/", {"host": "our.org"})
    assert Delivery.objects.count() == 2
    client.post(f"{PAGE}send/", {"size": "1"})
    assert Delivery.objects.count() == 3
    client.post(f"{PAGE}send/", {})
    assert Delivery.objects.count() == 5
    page = Page(client.post(f"{PAGE}send/", {}, follow=True))
    assert "nobody to send it to" in page.text
    assert Event.objects.filter(deed__startswith="Queued the mail").count() == 3


def test_a_draft_is_not_sent(ready, subscribers, publisher, as_user):
    page = Page(as_user(publisher).post(f"{PAGE}send/", {}, follow=True))
    assert "Publish the digest first" in page.text
    assert not Delivery.objects.exists()


def test_a_publisher_pauses_and_goes_on_and_sees_how_far_it_is(ready, subscribers, publisher, as_user, woken):
    publish_digest(ready, editor=publisher)
    mail_tasks.queue_mail(ready.pk)
    Delivery.objects.filter(subscriber=subscribers[0]).update(state="sent", settled_at=timezone.now())
    client = as_user(publisher)
    fragment = client.get(f"{PAGE}progress/", headers={"HX-Request": "true"}).content.decode()
    assert "1 of 5 sent" in fragment
    assert 'hx-trigger="every 2s"' in fragment
    assert "Paused" in client.post(f"{PAGE}pause/", {"on": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert mail_tasks.send_mail(ready.pk) == {}
    client.post(f"{PAGE}pause/", {"on": "0"})
    assert Mailing.objects.get().paused_at is None
    assert mail_tasks.send_mail(ready.pk) == {"sent": 4}
    assert "every 2s" not in client.get(f"{PAGE}progress/", headers={"HX-Request": "true"}).content.decode()


def test_unknown_mails_are_listed_and_sent_again_only_when_somebody_says_so(
    ready, subscribers, publisher, as_user, woken
):
    publish_digest(ready, editor=publisher)
    mail_tasks.queue_mail(ready.pk)
    lost = Delivery.objects.get(subscriber=subscribers[0])
    Delivery.objects.filter(pk=lost.pk).update(state="unknown", settled_at=timezone.now(), answer="It broke.")
    client = as_user(publisher)
    page = Page(client.get(PAGE))
    assert "reader0@our.org" in page.text
    assert "It broke." in page.text
    mail_tasks.send_mail(ready.pk)
    lost.refresh_from_db()
    assert lost.state == "unknown"
    assert "Queued again." in Page(client.post(f"/desk/mail/deliveries/{lost.pk}/", follow=True)).text
    assert mail_tasks.send_mail(ready.pk) == {"sent": 1}
    page = Page(client.post(f"/desk/mail/deliveries/{lost.pk}/", follow=True))
    assert "neither failed nor is unknown" in page.text
    assert mail_tasks.send_mail(ready.pk) == {}


def test_an_editor_sends_a_test_to_themselves(ready, editor, as_user, mailoutbox):
    page = Page(as_user(editor).post(f"{PAGE}test/", follow=True))
    assert "on its way to editor@example.org" in page.text
    assert [message.to for message in mailoutbox] == [["editor@example.org"]]


def test_a_test_that_fails_says_why(ready, editor, as_user, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 9
    assert "didn’t take it" in Page(as_user(editor).post(f"{PAGE}test/", follow=True)).text


def test_the_mail_is_shown_as_it_would_go_out_and_runs_nothing(ready, editor, as_user):
    answer = as_user(editor).get(f"{PAGE}preview/")
    assert ready.headline in answer.content.decode()
    assert "GALLEY-SLOT" not in answer.content.decode()
    assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
    assert as_user(editor).get(f"{PAGE}preview/?as=text").headers["Content-Type"].startswith("text/plain")


def test_the_overview_counts_and_costs_the_same_for_many_digests(
    published, subscribers, editor, as_user, django_assert_max_num_queries
):
    for week in range(40, 48):
        mailing = Mailing.objects.create(digest=published(f"2023-W{week}"))
        Delivery.objects.create(
            mailing=mailing,
            subscriber=subscribers[0],
            queued_at=timezone.now(),
            state="sent",
            settled_at=timezone.now(),
        )
    for weeks in (3, 1):
        SubscriberEvent.objects.create(kind="confirmed", change=2, at=timezone.now() - timezone.timedelta(weeks=weeks))
    client = as_user(editor)
    with django_assert_max_num_queries(14):
        page = Page(client.get("/desk/mail/"))
    assert "2023-W47" in page.text
    assert "From 2 in the week" in page.text
    assert page.all("svg")


def test_a_publisher_finds_a_subscriber_takes_them_out_and_lets_them_back(subscribers, publisher, as_user):
    client = as_user(publisher)
    page = Page(client.get("/desk/mail/subscribers/?q=reader0"))
    assert "reader0@our.org" in page.text
    assert "reader1" not in page.text
    client.post(f"/desk/mail/subscribers/{subscribers[0].pk}/", {"to": "bar"})
    subscribers[0].refresh_from_db()
    assert subscribers[0].state == "suppressed"
    client.post(f"/desk/mail/subscribers/{subscribers[0].pk}/", {"to": "allow"})
    subscribers[0].refresh_from_db()
    assert subscribers[0].state == "unsubscribed"


def test_the_list_of_subscribers_costs_the_same_for_many(series, publisher, as_user, django_assert_max_num_queries):
    for number in range(40):
        SubscriberFactory(email=f"reader{number}@example.org", series=series, series__topics=[series.topics.first()])
    client = as_user(publisher)
    with django_assert_max_num_queries(16):
        assert client.get("/desk/mail/subscribers/").status_code == 200
