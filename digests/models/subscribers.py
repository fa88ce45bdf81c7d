"""Who gets roundups by mail: addresses, what each asked for, its consent, and addresses that get no mail again."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from digests.models.digests import Digest, Entry
from digests.models.series import Series, Topic

if TYPE_CHECKING:
    from digests.models.mailings import Delivery


def new_handle() -> str:
    return secrets.token_urlsafe(12)


def address_hash(email: str) -> str:
    """What stands for an address where the address itself is no longer held."""
    return hashlib.sha256(email.lower().encode()).hexdigest()


class SubscriberQuerySet(models.QuerySet["Subscriber"]):
    def of_email(self, email: str) -> Self:
        """The one with the address, however its letters are cased."""
        return self.alias(lowered=Lower("email")).filter(lowered=email.lower())

    def state_counts(self) -> dict[str, int]:
        """How many are in each state, and of the confirmed how many pause."""
        pausing = Count("pk", filter=Q(state="confirmed", paused_until__gt=timezone.now()))
        return self.aggregate(
            **{state: Count("pk", filter=Q(state=state)) for state in Subscriber.State.values}, paused=pausing
        )

    def mailable(self, series: Series, now: dt.datetime | None = None) -> Self:
        """Those who get the series' roundups now: confirmed, subscribed to it, not pausing."""
        now = now or timezone.now()
        asked = Subscription.objects.filter(subscriber=OuterRef("pk"), series=series)
        return self.filter(Exists(asked), Q(paused_until=None) | Q(paused_until__lte=now), state="confirmed")

    def mailable_for(self, digest: Digest, now: dt.datetime | None = None) -> Self:
        """Those of them whom this digest concerns: who want mail only when a topic has something are asked after."""
        filled = Entry.objects.filter(digest=digest, section__topic=OuterRef("topic"))
        chosen = SubscriptionTopic.objects.filter(subscription=OuterRef("pk"))
        concerned = Subscription.objects.filter(
            Q(cadence=Subscription.Cadence.WEEKLY) | ~Exists(chosen) | Exists(chosen.filter(Exists(filled))),
            subscriber=OuterRef("pk"),
            series=digest.series_id,
        )
        return self.mailable(digest.series, now).filter(Exists(concerned))


class Subscriber(models.Model):
    """One address. It gets mail only once its owner has confirmed it."""

    class State(models.TextChoices):
        UNCONFIRMED = "unconfirmed"
        CONFIRMED = "confirmed"
        UNSUBSCRIBED = "unsubscribed"
        SUPPRESSED = "suppressed"

    email = models.CharField(max_length=254, help_text="As it was given, with the host in ASCII and lower case.")
    handle = models.CharField(max_length=24, unique=True, default=new_handle, help_text="Its name in signed links.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.UNCONFIRMED)
    state_since = models.DateTimeField(default=timezone.now)
    paused_until = models.DateTimeField(null=True, blank=True)
    soft_bounces = models.PositiveSmallIntegerField(default=0, help_text="In a row, since mail last arrived.")

    # What was agreed to: when, from where, on which form, in which wording.
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_ip = models.GenericIPAddressField(null=True, blank=True)
    consent_form = models.CharField(max_length=100, blank=True)
    consent_wording = models.CharField(max_length=32, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_ip = models.GenericIPAddressField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="subscriber_per_address"),
            models.CheckConstraint(
                name="subscriber_confirmed_has_consent",
                condition=~Q(state="confirmed") | Q(consent_at__isnull=False, confirmed_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "id"], name="subscriber_state")]

    def __str__(self) -> str:
        return self.email

    @property
    def is_paused(self) -> bool:
        return self.paused_until is not None and self.paused_until > timezone.now()


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def of(self, deliveries: Iterable["Delivery"], series: Series) -> dict[int, "Subscription"]:
        """What the deliveries' subscribers asked for of the series, with their topics, by the subscriber's key."""
        keys = [delivery.subscriber_id for delivery in deliveries]
        found = self.filter(series=series, subscriber__in=keys).prefetch_related("chosen")
        return {subscription.subscriber_id: subscription for subscription in found}

    def for_nothing_but(self, topic: Topic) -> Self:
        """Those that chose the topic and no other: without it they are for all of the series."""
        others = SubscriptionTopic.objects.exclude(topic=topic).values("subscription")
        return self.filter(chosen__topic=topic).exclude(pk__in=others)


class Subscription(models.Model):
    """What a subscriber asked for of one series. No topics means all of them, later ones included."""

    class Cadence(models.TextChoices):
        WEEKLY = "weekly", "Every week"
        MATCHING = "matching", "Only when one of my topics has something"

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="subscriptions")
    cadence = models.CharField(max_length=16, choices=Cadence.choices, default=Cadence.WEEKLY)
    topics = models.ManyToManyField(Topic, through="SubscriptionTopic", related_name="+")
    first_topic = models.ForeignKey(
        Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="Stands first in the mail."
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscriber", "series"], name="subscription_per_series")]

    def __str__(self) -> str:
        return f"{self.subscriber_id}: {self.series_id}"


class SubscriptionTopic(models.Model):
    """One topic that a subscription is for."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="chosen")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "topic"], name="subscription_topic")]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.topic_id}"


class SubscriberEvent(models.Model):
    """What happened to a subscriber, never changed afterwards. It outlives the address, as a bare count."""

    class Kind(models.TextChoices):
        ASKED = "asked"
        CONFIRMED = "confirmed"
        IMPORTED = "imported"
        CHANGED = "changed"
        PAUSED = "paused"
        LEFT = "left"
        BOUNCED = "bounced"
        COMPLAINED = "complained"
        SUPPRESSED = "suppressed"
        ALLOWED = "allowed"
        DELETED = "deleted"

    subscriber = models.ForeignKey(Subscriber, on_delete=models.SET_NULL, null=True, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField(default=timezone.now)
    change = models.SmallIntegerField(default=0, help_text="By how many confirmed subscribers this made more or fewer.")
    detail = models.JSONField(default=dict, help_text="Such as address of the network, form and wording.")

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["at"], name="subscriber_event_at", condition=~Q(change=0))]

    def __str__(self) -> str:
        return f"{self.subscriber_id}: {self.kind}"


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def of_email(self, email: str) -> Self:
        return self.filter(address_hash=address_hash(email))


class Suppression(models.Model):
    """An address that gets no mail, whoever adds it again. Only its hash is kept, so it may outlive the address."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", "mail to it came back for good"
        SOFT_BOUNCES = "soft_bounces", "mail to it came back three times in a row"
        COMPLAINT = "complaint", "its owner called the mail spam"
        EDITOR = "editor", "an editor took it out"

    address_hash = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=16, choices=Reason.choices)
    at = models.DateTimeField(default=timezone.now)
    detail = models.TextField(blank=True)

    objects = SuppressionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.address_hash[:8]}: {self.reason}"


class NoteQuerySet(models.QuerySet["Note"]):
    def due(self, now: dt.datetime) -> Self:
        """Those to be sent now: not sent, not given up, and not in anybody's hands."""
        return self.filter(sent_at=None, given_up_at=None, not_before__lte=now).order_by("pk")


class Note(models.Model):
    """One small mail to one address: confirm this, here are your settings. Sent at least once, as it does no harm.

    A request to subscribe holds what was wanted and agreed to, until it is confirmed.
    """

    class Kind(models.TextChoices):
        CONFIRM = "confirm"
        KNOWN = "known"
        SETTINGS = "settings"

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    wanted = models.JSONField(default=dict, help_text="Of a request: by series' slug, `topics` (slugs) and `cadence`.")
    ip = models.GenericIPAddressField(null=True)
    form = models.CharField(max_length=100, blank=True)
    wording = models.CharField(max_length=32, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(default=timezone.now, help_text="A worker pushes it on while it sends.")
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(F("not_before"), name="note_due", condition=Q(sent_at__isnull=True, given_up_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id}: {self.kind}"
