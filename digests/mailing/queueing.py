"""Putting a digest's mail into the queue: one statement, whatever the number of subscribers."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import CharField, DateTimeField, F, IntegerField, Value
from django.db.models.functions import Random
from django.utils import timezone

from digests.models import Delivery, Digest, Mailing, Subscriber
from digests.models.subscribers import SubscriberQuerySet

_COLUMNS = ("mailing_id", "subscriber_id", "state", "queued_at", "lease", "attempts", "answer", "provider_id")


@dataclass(frozen=True)
class Segment:
    """Part of the subscribers: so many drawn by lot, or those at one host. Neither means everybody."""

    size: int | None = None
    host: str = ""


EVERYBODY = Segment()


def outstanding(digest: Digest, segment: Segment = EVERYBODY) -> SubscriberQuerySet:
    """Whom the digest concerns and who has no delivery of it yet."""
    there = Delivery.objects.filter(mailing=digest.pk, subscriber__isnull=False).values("subscriber")
    found = Subscriber.objects.mailable_for(digest).exclude(pk__in=there)
    return found.filter(email__iendswith=f"@{segment.host}") if segment.host else found


@transaction.atomic
def queue(digest: Digest, segment: Segment = EVERYBODY) -> int:
    """Make a delivery for each of them. Returns how many. Nobody gets a second one, whatever runs beside it."""
    rows = outstanding(digest, segment)
    if segment.size is not None:
        rows = rows.order_by(Random())[: segment.size]
    chosen: Any = rows.values_list(
        Value(digest.pk, IntegerField()),
        F("pk"),
        Value(Delivery.State.QUEUED.value, CharField()),
        Value(timezone.now(), DateTimeField()),
        *(Value("", CharField()), Value(0, IntegerField()), Value("", CharField()), Value("", CharField())),
    )
    select, parameters = chosen.query.sql_with_params()
    table = Delivery._meta.db_table
    columns = ", ".join(_COLUMNS)
    with connection.cursor() as cursor:
        # The select has a WHERE of its own, without which SQLite would take ON for the beginning of a join.
        cursor.execute(f"INSERT INTO {table} ({columns}) {select} ON CONFLICT DO NOTHING", parameters)
        return int(cursor.rowcount)


@transaction.atomic
def queue_everybody(mailing: Mailing) -> int:
    """Queue a mailing that was planned. Returns how many deliveries are new."""
    Mailing.objects.filter(pk=mailing.pk).update(queued_at=timezone.now())
    return queue(mailing.digest)
