"""What mail that came back means for an address: no more mail, at once or after the third time."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from digests.models import Delivery, Subscriber, SubscriberEvent, Suppression
from digests.models.subscribers import address_hash

SOFT_BOUNCES = 3  # in a row

_Kind = SubscriberEvent.Kind
_WORDS = {Suppression.Reason.COMPLAINT: _Kind.COMPLAINED, Suppression.Reason.BOUNCE: _Kind.BOUNCED}


@transaction.atomic
def suppress(subscriber: Subscriber, reason: Suppression.Reason, detail: str = "") -> None:
    """Send the address nothing more, and call off what is queued. Importing it again doesn't bring it back."""
    Suppression.objects.get_or_create(
        address_hash=address_hash(subscriber.email), defaults={"reason": reason, "detail": detail[:1000]}
    )
    row = Subscriber.objects.select_for_update().filter(pk=subscriber.pk).first()
    if row is None or row.state == Subscriber.State.SUPPRESSED:
        return
    lost = int(row.state == Subscriber.State.CONFIRMED)
    row.state, row.state_since = Subscriber.State.SUPPRESSED, timezone.now()
    row.save(update_fields=["state", "state_since"])
    cancel_mail(subscriber)
    kind = _WORDS.get(reason, _Kind.SUPPRESSED)
    SubscriberEvent.objects.create(subscriber=subscriber, kind=kind, change=-lost, detail={"reason": reason.label})


@transaction.atomic
def bounced(subscriber: Subscriber, delivery: Delivery | None, *, for_good: bool, detail: str) -> None:
    """Mail came back. For good suppresses at once, for now at the third time in a row."""
    is_news = True
    if delivery is not None:
        news = Delivery.objects.filter(pk=delivery.pk, bounced_at=None)
        is_news = bool(news.update(bounced_at=timezone.now()))
    if for_good:
        suppress(subscriber, Suppression.Reason.BOUNCE, detail)
        return
    if not is_news:  # told twice of one mail
        return
    Subscriber.objects.filter(pk=subscriber.pk).update(soft_bounces=F("soft_bounces") + 1)
    SubscriberEvent.objects.create(subscriber=subscriber, kind=_Kind.BOUNCED, detail={"for_now": detail[:300]})
    subscriber.refresh_from_db(fields=["soft_bounces"])
    if subscriber.soft_bounces >= SOFT_BOUNCES:
        suppress(subscriber, Suppression.Reason.SOFT_BOUNCES, detail)


@transaction.atomic
def complained(subscriber: Subscriber, delivery: Delivery | None, *, detail: str) -> None:
    """Its owner called the mail spam."""
    if delivery is not None:
        Delivery.objects.filter(pk=delivery.pk, complained_at=None).update(complained_at=timezone.now())
    suppress(subscriber, Suppression.Reason.COMPLAINT, detail)


def arrived(subscriber: Subscriber) -> None:
    """Mail was delivered: soft bounces before it count no more."""
    Subscriber.objects.filter(pk=subscriber.pk, soft_bounces__gt=0).update(soft_bounces=0)


def cancel_mail(subscriber: Subscriber, series_id: int | None = None) -> int:
    """Call off what is queued or claimed for the subscriber, of one series or of all. Returns how many."""
    waiting = Delivery.objects.unsettled().filter(subscriber=subscriber)
    if series_id is not None:
        waiting = waiting.filter(mailing__digest__series=series_id)
    return waiting.update(state=Delivery.State.CANCELLED, settled_at=timezone.now(), held_until=None)
