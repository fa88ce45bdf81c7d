"""Who may send which delivery. Every change of its state is one conditional UPDATE, so that two workers can't both win.

A worker's lease is a name of its own for one run. What it claimed and let lie is free again once the lease has run out;
what it was sending by then is unknown. A lease begins with the name of the time since the machine was started: SQLite
may forget what was noted last when the power fails, so what was claimed before that counts as unknown as well.
"""

import datetime as dt
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from digests.mailing.answers import Answer, Outcome
from digests.models import Delivery, Mailing, Series, Subscriber
from digests.models.mailings import DeliveryQuerySet

LEASE = dt.timedelta(seconds=60)  # of what is claimed; its holder pushes it on
MAX_ATTEMPTS = 9
_FIRST_PAUSE, _LONGEST_PAUSE = dt.timedelta(minutes=5), dt.timedelta(hours=4)

_CLAIMED, _SENDING, _UNKNOWN = Delivery.State.CLAIMED, Delivery.State.SENDING, Delivery.State.UNKNOWN
_SETTLED = {Outcome.REFUSED: Delivery.State.FAILED, Outcome.UNKNOWN: _UNKNOWN}


def new_lease() -> str:
    return f"{_this_boot()}.{secrets.token_hex(8)}"


@lru_cache(maxsize=1)
def _this_boot() -> str:
    """A name for the time since the machine was started; empty where the system has none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().replace("-", "")[:16]
    except OSError:
        return ""


def claim(mailing: Mailing, lease: str, limit: int) -> list[Delivery]:
    """Take up to `limit` deliveries that are due, with their subscribers. The claim is on disk when it returns."""
    now = timezone.now()
    with _on_disk(), transaction.atomic():
        due = Delivery.objects.due(now).filter(mailing=mailing, mailing__in=Mailing.objects.going()).order_by("pk")
        free = list(due.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:limit])
        claimed = Delivery.objects.filter(pk__in=free, state=Delivery.State.QUEUED)
        claimed.update(state=_CLAIMED, lease=lease, held_until=now + LEASE)
    return list(claimed_by(lease).select_related("subscriber").order_by("pk"))


@contextmanager
def _on_disk() -> Iterator[None]:
    """SQLite writes what is committed within to the disk at once; elsewhere it may be a moment later."""
    outermost = connection.vendor == "sqlite" and not connection.in_atomic_block
    if outermost:
        connection.cursor().execute("PRAGMA synchronous=FULL")
    try:
        yield
    finally:
        if outermost:
            connection.cursor().execute("PRAGMA synchronous=NORMAL")


def claimed_by(lease: str) -> DeliveryQuerySet:
    return Delivery.objects.filter(lease=lease, state=_CLAIMED)


def renew(lease: str) -> None:
    """Push on the lease of what is still to be sent."""
    claimed_by(lease).update(held_until=timezone.now() + LEASE)


def release(lease: str) -> int:
    """Put back what was claimed and not sent. Returns how many."""
    return claimed_by(lease).update(state=Delivery.State.QUEUED, held_until=None)


class Permits:
    """Notes of a delivery that from now on its mail may be out; or refuses, where it must not go.

    Refused is what another worker or nobody holds by now, whose subscriber is gone or pauses, and all of a mailing that
    is paused. As this is the busiest statement of all, it is prepared once for many deliveries.
    """

    def __init__(self, mailing: Mailing, lease: str, series: Series) -> None:
        mailable = Subscriber.objects.mailable(series).filter(pk=OuterRef("subscriber"))
        going = Mailing.objects.going().filter(pk=OuterRef("mailing"))
        allowed = claimed_by(lease).filter(Exists(mailable), Exists(going), mailing=mailing)
        select, self._parameters = allowed.order_by().values("pk").query.sql_with_params()
        condition = select.partition(" WHERE ")[2]
        table = connection.ops.quote_name(Delivery._meta.db_table)
        # Lease and state stand in the UPDATE itself: PostgreSQL looks at them again after waiting for another's update.
        self._update = f"UPDATE {table} SET state = %s, held_until = %s WHERE {table}.id = %s AND {condition}"  # noqa: S608

    def give(self, delivery: Delivery) -> bool:
        held_until = timezone.now() + dt.timedelta(seconds=settings.MAIL_PATIENCE + 30)
        adapted = connection.ops.adapt_datetimefield_value(held_until)
        with connection.cursor() as cursor:
            cursor.execute(self._update, [_SENDING.value, adapted, delivery.pk, *self._parameters])
            return bool(cursor.rowcount)


def call_off(delivery: Delivery, lease: str, series: Series) -> bool:
    """After a refused permit: cancel the delivery where that was for its subscriber's sake. Says whether it was."""
    mailable = Subscriber.objects.mailable(series).filter(deliveries=delivery)
    return bool(
        claimed_by(lease)
        .filter(pk=delivery.pk)
        .exclude(subscriber__in=mailable)
        .update(state=Delivery.State.CANCELLED, settled_at=timezone.now(), held_until=None)
    )


def settle(delivery: Delivery, lease: str, answer: Answer) -> None:
    """Note what became of the mail. An answer that came after the lease had run out still counts."""
    now = timezone.now()
    held = Delivery.objects.filter(pk=delivery.pk, lease=lease, state__in=[_CLAIMED, _SENDING, _UNKNOWN])
    if answer.outcome is Outcome.SENT:
        _settle_sent(delivery, lease, answer, now)
    elif answer.outcome in _SETTLED:
        held.update(
            state=_SETTLED[answer.outcome],
            settled_at=now,
            held_until=None,
            answer=answer.words,
            provider_id=answer.provider_id,
        )
    elif delivery.attempts + 1 >= MAX_ATTEMPTS:
        words = f"Given up after {MAX_ATTEMPTS} attempts: {answer.words}"
        held.update(state=Delivery.State.FAILED, settled_at=now, held_until=None, answer=words)
    else:
        pause = min(_FIRST_PAUSE * 2**delivery.attempts, _LONGEST_PAUSE)
        held.update(
            state=Delivery.State.QUEUED,
            settled_at=None,
            held_until=None,
            attempts=F("attempts") + 1,
            not_before=now + pause,
            answer=answer.words,
        )


def _settle_sent(delivery: Delivery, lease: str, answer: Answer, now: dt.datetime) -> None:
    """The same as plain SQL, as nearly every mail comes to it."""
    settled_at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE digests_delivery"
            " SET state = 'sent', settled_at = %s, held_until = NULL, answer = %s, provider_id = %s"
            " WHERE id = %s AND lease = %s AND state IN ('claimed', 'sending', 'unknown')",
            [settled_at, answer.words, answer.provider_id, delivery.pk, lease],
        )


def put_back(delivery: Delivery, lease: str) -> None:
    """Queue it again at once: it was certainly not sent, and not for its own fault."""
    held = Delivery.objects.filter(pk=delivery.pk, lease=lease, state__in=[_CLAIMED, _SENDING])
    held.update(state=Delivery.State.QUEUED, held_until=None)


def expire() -> tuple[int, int]:
    """Free what dead workers hold. Returns how many went back to the queue, and how many became unknown."""
    now = timezone.now()
    expired = Delivery.objects.expired(now)
    doubtful = Q(state=_SENDING)
    if connection.vendor == "sqlite":
        doubtful |= ~Q(lease__startswith=_this_boot())
    unknown = expired.filter(doubtful).update(
        state=_UNKNOWN, settled_at=now, held_until=None, answer="The worker stopped before the server’s answer."
    )
    return expired.filter(state=_CLAIMED).update(state=Delivery.State.QUEUED, held_until=None), unknown
