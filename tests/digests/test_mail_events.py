"""What a provider tells: bounces and complaints suppress, and nobody else may tell it."""

import base64
import json

import pytest
from django.test import Client
from django.utils import timezone

from digests import subscriber_lists, subscriptions
from digests.mailing import bounces, queueing
from digests.models import Delivery, Mailing, Subscriber, SubscriberEvent, Suppression
from tests.factories import SubscriberFactory

SECRET = "galley:a-long-secret"


@pytest.fixture(autouse=True)
def postmark(settings):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "token", "WEBHOOK_SECRET": SECRET}


@pytest.fixture
def delivery(published, series) -> Delivery:
    subscriber = SubscriberFactory(email="ada@example.org", series=series)
    mailing = Mailing.objects.create(digest=published())
    return Delivery.objects.create(
        mailing=mailing,
        subscriber=subscriber,
        queued_at=timezone.now(),
        state="sent",
        settled_at=timezone.now(),
        provider_id="883953f4-6105-42a2-a16a-77a8eac79483",
    )


def tell(secret: str | None = SECRET, **event) -> int:
    """Post an event as Postmark does; returns the status of the answer."""
    event = {"MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Email": "Ada@example.org", **event}
    headers = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"} if secret else {}
    answer = Client().post("/mail/events/", json.dumps(event), content_type="application/json", headers=headers)
    return answer.status_code


HARD = {
    "RecordType": "Bounce",
    "ID": 1,
    "Type": "HardBounce",
    "Details": "550 5.1.1 no such user",
    "BouncedAt": "2026-11-23T08:00:00Z",
}
SOFT = {**HARD, "Type": "SoftBounce", "Details": "452 4.2.2 mailbox full"}
COMPLAINT = {"RecordType": "SpamComplaint", "ID": 2, "Type": "SpamComplaint", "BouncedAt": "2026-11-23T08:00:00Z"}
DELIVERED = {"RecordType": "Delivery", "Recipient": "ada@example.org", "DeliveredAt": "2026-11-23T08:00:00Z"}


@pytest.mark.parametrize(("event", "reason"), [(HARD, "bounce"), (COMPLAINT, "complaint")], ids=["bounce", "complaint"])
def test_a_hard_bounce_and_a_complaint_suppress_at_once(delivery, event, reason, series):
    assert tell(**event) == 200
    assert Subscriber.objects.get().state == "suppressed"
    assert Suppression.objects.of_email("ADA@EXAMPLE.ORG").get().reason == reason
    delivery.refresh_from_db()
    assert (delivery.bounced_at if reason == "bounce" else delivery.complained_at) is not None
    assert not Subscriber.objects.mailable(series).exists()
    assert tell(**event) == 200  # told twice
    assert sum(SubscriberEvent.objects.values_list("change", flat=True)) == -1


def test_soft_bounces_suppress_the_third_time_in_a_row(delivery):
    assert tell(**SOFT) == 200
    assert tell(**SOFT) == 200  # the same mail again counts once
    subscriber = Subscriber.objects.get()
    assert (subscriber.state, subscriber.soft_bounces) == ("confirmed", 1)
    for _ in range(bounces.SOFT_BOUNCES - 1):
        Delivery.objects.update(bounced_at=None)
        tell(**SOFT)
    subscriber.refresh_from_db()
    assert subscriber.state == "suppressed"
    assert Suppression.objects.get().reason == "soft_bounces"


def test_mail_that_arrives_ends_the_row_of_soft_bounces(delivery):
    tell(**SOFT)
    tell(**DELIVERED)
    assert Subscriber.objects.get().soft_bounces == 0


@pytest.mark.parametrize("secret", [None, "galley:wrong", "galley:a-long-secret "])
def test_nobody_else_may_tell(delivery, secret):
    assert tell(secret, **HARD) in (400, 403)
    assert Subscriber.objects.get().state == "confirmed"


def test_without_a_secret_nothing_is_taken(delivery, settings):
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "token", "WEBHOOK_SECRET": ""}
    assert tell(**HARD) == 404


def test_mail_that_comes_back_from_an_address_deleted_meanwhile_still_suppresses_it(delivery):
    subscriber = delivery.subscriber
    Subscriber.objects.filter(pk=subscriber.pk).delete()
    bounces.bounced(subscriber, delivery, for_good=True, detail="550 5.1.1")
    assert Suppression.objects.of_email(subscriber.email).exists()


def test_an_unknown_address_is_no_error(delivery):
    assert tell(**{**HARD, "Email": "eve@example.org"}) == 200
    assert Subscriber.objects.get().state == "confirmed"


def test_what_is_queued_for_a_suppressed_address_is_called_off(published, series):
    subscriber = SubscriberFactory(email="ada@example.org", series=series)
    mailing = Mailing.objects.create(digest=published())
    queueing.queue(mailing.digest)
    tell(**HARD)
    subscriber.refresh_from_db()
    assert Delivery.objects.get().state == "cancelled"
    assert queueing.queue(mailing.digest) == 0


def test_suppression_outlives_import_and_deletion_until_an_editor_lifts_it(delivery, series):
    tell(**HARD)
    line = "email,created_at\nADA@example.org,2026-01-01\n"
    assert subscriber_lists.take_in(line, series, consent="test", commit=True).counts == {"suppressed": 1}
    subscriptions.delete(Subscriber.objects.get())
    assert subscriber_lists.take_in(line, series, consent="test", commit=True).counts == {"suppressed": 1}
    assert not Subscriber.objects.exists()


def test_an_editor_lifts_a_suppression_and_no_mail_goes_before_they_subscribe_again(delivery, series):
    tell(**HARD)
    subscriptions.allow(Subscriber.objects.get())
    assert not Suppression.objects.exists()
    assert not Subscriber.objects.mailable(series).exists()
