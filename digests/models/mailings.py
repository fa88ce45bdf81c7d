"""A digest's way out by mail: one Mailing a digest, one Delivery a subscriber."""

import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from digests.models.digests import Digest
from digests.models.subscribers import Subscriber

MAIL_LIMIT = 95_000  # bytes of one: Gmail cuts a mail off at 102 kB, and the way there adds some


class MailingQuerySet(models.QuerySet["Mailing"]):
    def going(self) -> Self:
        """Those that may be sent at this moment: not paused, and of a digest that is public."""
        return self.filter(paused_at=None, digest__status=Digest.Status.PUBLISHED)

    def unqueued(self) -> Self:
        """Those whose deliveries are still to be made."""
        return self.going().filter(queued_at=None)

    def waiting(self, now: dt.datetime) -> Self:
        """Those of them that have mail due."""
        due = Delivery.objects.due(now).filter(mailing=models.OuterRef("pk"))
        held = Q(hold_until__isnull=False, hold_until__gt=now)
        return self.going().exclude(held).filter(models.Exists(due))


class Mailing(models.Model):
    """The sending of one digest: who asked for it, and what keeps it."""

    digest = models.OneToOneField(Digest, on_delete=models.CASCADE, primary_key=True, related_name="mailing")
    requested_at = models.DateTimeField(default=timezone.now)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    queued_at = models.DateTimeField(null=True, blank=True, help_text="When everybody's was queued; empty until then.")
    paused_at = models.DateTimeField(null=True, blank=True)
    trouble = models.TextField(blank=True, help_text="What the mail server said that holds everything up.")
    troubles = models.PositiveSmallIntegerField(default=0, help_text="In a row.")
    hold_until = models.DateTimeField(null=True, blank=True, help_text="After trouble, when to try again.")

    objects = MailingQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Mail of {self.digest}"

    @property
    def is_held(self) -> bool:
        """Whether it waits after trouble, and will go on by itself."""
        return self.paused_at is None and self.hold_until is not None and self.hold_until > timezone.now()


@dataclass(frozen=True)
class Tally:
    """How many deliveries are in which state."""

    queued: int = 0
    claimed: int = 0
    sending: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    cancelled: int = 0
    bounced: int = 0
    complained: int = 0
    left: int = 0

    @property
    def total(self) -> int:
        return self.to_go + self.sent + self.failed + self.unknown

    @property
    def to_go(self) -> int:
        return self.queued + self.claimed + self.sending

    @property
    def done(self) -> int:
        return self.total - self.to_go


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: dt.datetime) -> Self:
        return self.filter(Q(not_before=None) | Q(not_before__lte=now), state=Delivery.State.QUEUED)

    def expired(self, now: dt.datetime) -> Self:
        """Those in the hands of a worker that has not been heard of for too long."""
        return self.filter(state__in=[Delivery.State.CLAIMED, Delivery.State.SENDING], held_until__lt=now)

    def unsettled(self) -> Self:
        """Those that can still be called off: no byte that counts has gone out."""
        return self.filter(state__in=[Delivery.State.QUEUED, Delivery.State.CLAIMED])

    def tallies(self) -> dict[int, Tally]:
        """The tally of each mailing, by its key."""
        fields = [field.name for field in dataclasses.fields(Tally)]
        counts = {name: Count("pk", filter=Q(state=name)) for name in Delivery.State.values}
        after = {
            name: Count("pk", filter=Q(**{f"{name}_at__isnull": False})) for name in ("bounced", "complained", "left")
        }
        rows = self.order_by().values("mailing").annotate(**counts, **after)
        return {row["mailing"]: Tally(**{name: row[name] for name in fields}) for row in rows}

    def tally(self) -> Tally:
        """The tally of one mailing's deliveries."""
        return next(iter(self.tallies().values()), Tally())


class Delivery(models.Model):
    """One digest's mail to one subscriber: the row that sees to it that it goes out once.

    queued → claimed by a worker's lease → sending, from the moment that the server may take it → sent, failed, or
    unknown where the server's answer never came. A temporary refusal leads back to queued; who left is cancelled.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        CLAIMED = "claimed"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"
        CANCELLED = "cancelled"

    mailing = models.ForeignKey(Mailing, on_delete=models.CASCADE, related_name="deliveries")
    subscriber = models.ForeignKey(Subscriber, on_delete=models.SET_NULL, null=True, related_name="deliveries")
    state = models.CharField(max_length=16, choices=State.choices, default=State.QUEUED)
    lease = models.CharField(max_length=40, blank=True, help_text="The worker that holds it, or held it last.")
    held_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Temporary refusals so far.")
    not_before = models.DateTimeField(null=True, help_text="After a refusal, when to try again.")
    queued_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, help_text="When it was sent, failed, became unknown or was cancelled.")
    answer = models.TextField(blank=True, help_text="What the mail server said last.")
    provider_id = models.CharField(max_length=200, blank=True, help_text="The provider's own name of the mail.")
    bounced_at = models.DateTimeField(null=True)
    complained_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True, help_text="When its subscriber left by the link in it.")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["mailing", "subscriber"], name="delivery_per_subscriber"),
            models.CheckConstraint(
                name="delivery_state",
                condition=Q(state="queued", settled_at__isnull=True)
                | (
                    Q(state__in=["claimed", "sending"], settled_at__isnull=True, held_until__isnull=False)
                    & ~Q(lease="")
                )
                | Q(state__in=["sent", "failed", "unknown", "cancelled"], settled_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["mailing", "state", "id"], name="delivery_state"),
            models.Index(fields=["held_until"], name="delivery_held", condition=Q(state__in=["claimed", "sending"])),
            models.Index(fields=["provider_id"], name="delivery_provider_id", condition=~Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.mailing_id} to {self.subscriber_id}: {self.state}"


class MailTurn(models.Model):
    """One row: from when on the next mails may go out, at the rate that is set for the whole installation."""

    free_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.free_at:%H:%M:%S}"


class LinkClicks(models.Model):
    """How often a link of a digest's mail was opened, by people and by their mail programs' scanners. Not by whom."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="link_clicks")
    url = models.TextField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "link clicks"
        constraints = [models.UniqueConstraint(fields=["digest", "url"], name="clicks_per_link")]

    def __str__(self) -> str:
        return f"{self.url}: {self.count}"
