"""What subscribers do: ask for mail, confirm it, choose, pause, leave, have themselves deleted."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Self

from django.db import transaction
from django.utils import timezone

from digests import mail_tasks
from digests.mailing import bounces
from digests.mailing.addresses import normalise
from digests.models import (
    Delivery,
    Digest,
    Note,
    Series,
    Subscriber,
    SubscriberEvent,
    Subscription,
    SubscriptionTopic,
    Suppression,
    Topic,
)
from tracker.errors import GalleyError

# What people agree to when they ask for mail. A new wording is a new version: the old ones stay for the record.
WORDINGS = {"2026-11": "Send me the roundups that I chose by mail. I can leave at any time with one click."}
WORDING = "2026-11"

_State, _Kind = Subscriber.State, SubscriberEvent.Kind


class RequestGone(GalleyError):
    """A confirmation came for a request that no longer stands."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants of one series. No topics means all."""

    series: Series
    topics: tuple[Topic, ...] = ()
    cadence: str = Subscription.Cadence.WEEKLY
    first_topic: Topic | None = None

    def as_json(self) -> dict[str, Any]:
        first = self.first_topic.slug if self.first_topic else ""
        return {"topics": [topic.slug for topic in self.topics], "cadence": self.cadence, "first_topic": first}

    @classmethod
    def from_json(cls, series: Series, told: dict[str, Any]) -> Self:
        """What of it still exists: topics that are gone are dropped."""
        topics = {topic.slug: topic for topic in series.topics.all()}
        chosen = tuple(topics[slug] for slug in told.get("topics", ()) if slug in topics)
        cadence = told.get("cadence", Subscription.Cadence.WEEKLY)
        return cls(series, chosen, cadence, topics.get(told.get("first_topic", "")))


@dataclass(frozen=True)
class Source:
    """Where a request came from: the visitor's address, and the form that was used."""

    form: str
    ip: str | None = None
    wording: str = field(default=WORDING)

    def as_json(self) -> dict[str, Any]:
        return {"ip": self.ip, "form": self.form, "wording": self.wording}


@transaction.atomic
def subscribe(email: str, wishes: list[Wish], *, source: Source) -> None:
    """Ask the address whether it wants the mail. Nothing says whether it is known already. Raises NotAnAddress.

    An address that has all of it gets a link to its settings; one that is suppressed gets nothing.
    """
    email = normalise(email)
    Subscriber.objects.bulk_create([Subscriber(email=email)], ignore_conflicts=True)
    subscriber = Subscriber.objects.of_email(email).get()
    if subscriber.state == _State.SUPPRESSED or Suppression.objects.of_email(email).exists():
        return
    has = set(subscriber.subscriptions.values_list("series", flat=True))
    knows_all = subscriber.state == _State.CONFIRMED and has >= {wish.series.pk for wish in wishes}
    Note.objects.create(
        subscriber=subscriber,
        kind=Note.Kind.KNOWN if knows_all else Note.Kind.CONFIRM,
        wanted={wish.series.slug: wish.as_json() for wish in wishes},
        **source.as_json(),
    )
    SubscriberEvent.objects.create(subscriber=subscriber, kind=_Kind.ASKED, detail=source.as_json())
    mail_tasks.wake_notes()


@transaction.atomic
def confirm(note: Note, *, ip: str | None) -> Subscriber:
    """Begin to send what the request asked for. Doing it twice changes nothing. Raises RequestGone."""
    subscriber = Subscriber.objects.select_for_update().get(pk=note.subscriber_id)
    if subscriber.state == _State.SUPPRESSED:
        raise RequestGone("This address gets no mail from here. Write to the editors if you want that changed.")
    if note.kind != Note.Kind.CONFIRM or (
        subscriber.state == _State.UNSUBSCRIBED and note.asked_at < subscriber.state_since
    ):
        raise RequestGone("You have left since this mail was sent. Subscribe again if you want the roundups back.")
    if subscriber.state == _State.CONFIRMED and subscriber.consent_at and note.asked_at <= subscriber.consent_at:
        return subscriber  # again, or an older request than the one confirmed
    gained = int(subscriber.state != _State.CONFIRMED)
    now = timezone.now()
    if gained:
        subscriber.state, subscriber.state_since = _State.CONFIRMED, now
        subscriber.paused_until, subscriber.soft_bounces = None, 0
    subscriber.consent_at, subscriber.consent_ip = note.asked_at, note.ip
    subscriber.consent_form, subscriber.consent_wording = note.form, note.wording
    subscriber.confirmed_at, subscriber.confirmed_ip = now, ip
    subscriber.save()
    for series in Series.objects.filter(slug__in=note.wanted).prefetch_related("topics"):
        _settle(subscriber, Wish.from_json(series, note.wanted[series.slug]))
    detail = {"ip": ip, "wanted": note.wanted}
    SubscriberEvent.objects.create(subscriber=subscriber, kind=_Kind.CONFIRMED, change=gained, detail=detail)
    return subscriber


@transaction.atomic
def choose(subscriber: Subscriber, wishes: list[Wish]) -> None:
    """Make the subscriptions those of the wishes, and no others. No wish at all is leaving."""
    if not wishes:
        leave(subscriber, how="settings")
        return
    wanted = [wish.series.pk for wish in wishes]
    for dropped in subscriber.subscriptions.exclude(series__in=wanted):
        bounces.cancel_mail(subscriber, dropped.series_id)
        dropped.delete()
    for wish in wishes:
        _settle(subscriber, wish)
    detail = {wish.series.slug: wish.as_json() for wish in wishes}
    SubscriberEvent.objects.create(subscriber=subscriber, kind=_Kind.CHANGED, detail=detail)


def _settle(subscriber: Subscriber, wish: Wish) -> None:
    subscription, _ = Subscription.objects.update_or_create(
        subscriber=subscriber,
        series=wish.series,
        defaults={"cadence": wish.cadence, "first_topic": wish.first_topic},
    )
    subscription.chosen.exclude(topic__in=wish.topics).delete()
    SubscriptionTopic.objects.bulk_create(
        [SubscriptionTopic(subscription=subscription, topic=topic) for topic in wish.topics], ignore_conflicts=True
    )


@transaction.atomic
def pause(subscriber: Subscriber, until: dt.datetime | None) -> None:
    """Send nothing until then, or with None send again."""
    Subscriber.objects.filter(pk=subscriber.pk).update(paused_until=until)
    detail = {"until": until.isoformat() if until else None}
    SubscriberEvent.objects.create(subscriber=subscriber, kind=_Kind.PAUSED, detail=detail)


@transaction.atomic
def leave(
    subscriber: Subscriber,
    series: Series | None = None,
    *,
    how: str,
    ip: str | None = None,
    digest: Digest | None = None,
) -> None:
    """End one subscription, or all. What is queued is called off. Leaving twice changes nothing.

    `digest` is the one by whose mail they leave.
    """
    if digest is not None:
        by = Delivery.objects.filter(mailing=digest.pk, subscriber=subscriber, left_at=None)
        by.update(left_at=timezone.now())
    subscriber = Subscriber.objects.select_for_update().get(pk=subscriber.pk)
    ended = subscriber.subscriptions.all() if series is None else subscriber.subscriptions.filter(series=series)
    ended.delete()
    bounces.cancel_mail(subscriber, series.pk if series else None)
    if subscriber.state != _State.CONFIRMED or subscriber.subscriptions.exists():
        return
    subscriber.state, subscriber.state_since = _State.UNSUBSCRIBED, timezone.now()
    subscriber.save(update_fields=["state", "state_since"])
    SubscriberEvent.objects.create(subscriber=subscriber, kind=_Kind.LEFT, change=-1, detail={"how": how, "ip": ip})


@transaction.atomic
def send_settings(email: str) -> None:
    """Mail the address a link to its settings, where it has any. Raises NotAnAddress."""
    subscriber = Subscriber.objects.of_email(normalise(email)).filter(state=_State.CONFIRMED).first()
    if subscriber is not None:
        Note.objects.create(subscriber=subscriber, kind=Note.Kind.SETTINGS)
        mail_tasks.wake_notes()


@transaction.atomic
def bar(subscriber: Subscriber) -> None:
    """An editor takes the address out: it gets no mail, whoever adds it again."""
    bounces.suppress(subscriber, Suppression.Reason.EDITOR)


@transaction.atomic
def allow(subscriber: Subscriber) -> None:
    """An editor lets a suppressed address subscribe again. It counts as one that left until it does."""
    Suppression.objects.of_email(subscriber.email).delete()
    row = Subscriber.objects.filter(pk=subscriber.pk, state=_State.SUPPRESSED)
    if row.update(state=_State.UNSUBSCRIBED, state_since=timezone.now(), soft_bounces=0):
        SubscriberEvent.objects.create(subscriber=subscriber, kind=_Kind.ALLOWED)


@transaction.atomic
def delete(subscriber: Subscriber) -> None:
    """Forget the address and all that is held about it. What remains are counts, and the hash of one suppressed."""
    bounces.cancel_mail(subscriber)
    lost = int(subscriber.state == _State.CONFIRMED)
    subscriber.events.update(detail={})
    subscriber.delete()
    SubscriberEvent.objects.create(kind=_Kind.DELETED, change=-lost)


def what_we_hold(subscriber: Subscriber) -> dict[str, Any]:
    """All that is stored about the address, for its owner."""
    columns = (
        *("email", "state", "state_since", "created_at", "paused_until", "soft_bounces", "consent_at", "consent_ip"),
        *("consent_form", "consent_wording", "confirmed_at", "confirmed_ip"),
    )
    subscriptions = subscriber.subscriptions.select_related("series", "first_topic").prefetch_related("topics")
    return {
        **{name: getattr(subscriber, name) for name in columns},
        "consent_text": WORDINGS.get(subscriber.consent_wording, ""),
        "subscriptions": [
            {
                "series": one.series.name,
                "topics": [topic.name for topic in one.topics.all()] or "all",
                "cadence": one.cadence,
                "first_topic": one.first_topic.name if one.first_topic else None,
                "since": one.created_at,
            }
            for one in subscriptions
        ],
        "mails": list(
            subscriber.deliveries.order_by("pk").values(
                "mailing__digest__series__name",
                "mailing__digest__week_start",
                "state",
                "queued_at",
                "settled_at",
                "answer",
                "bounced_at",
                "complained_at",
            )
        ),
        "notes": list(subscriber.notes.order_by("pk").values("kind", "asked_at", "sent_at", "ip", "form", "wording")),
        "events": list(subscriber.events.values("kind", "at", "detail")),
    }
