"""What goes out to other places when a digest is published or corrected: one row a place and occasion."""

import datetime as dt
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from digests.models.digests import Digest

LOG_KEPT = 20  # attempts


class PostingQuerySet(models.QuerySet["Posting"]):
    def due(self, now: dt.datetime) -> Self:
        """Those to be done now: waiting ones whose pause is over, and ones whose worker died over them."""
        waiting = Q(state=Posting.State.WAITING, due_at__lte=now)
        return self.filter(waiting | Q(state=Posting.State.RUNNING, held_until__lt=now)).order_by("pk")


class Posting(models.Model):
    """One message to one channel. Whoever holds the lease sends it; `log` tells of each attempt, the latest last."""

    class Occasion(models.TextChoices):
        PUBLISHED = "published"
        CORRECTED = "corrected"

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Under way"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="postings")
    channel = models.CharField(max_length=200, help_text="The channel's key, as settings make it.")
    occasion = models.CharField(max_length=16, choices=Occasion.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    lease = models.CharField(max_length=32, blank=True)
    held_until = models.DateTimeField(null=True)
    log = models.JSONField(default=list, help_text="Of each attempt: when (`at`) and what came of it (`told`).")
    made_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)

    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["due_at"], name="posting_due", condition=~Q(state__in=["done", "failed"]))]
        constraints = [
            models.CheckConstraint(
                name="posting_done_has_time",
                condition=Q(state="done", done_at__isnull=False) | ~Q(state="done") & Q(done_at__isnull=True),
            ),
            models.CheckConstraint(
                name="posting_running_is_held",
                condition=Q(state="running", held_until__isnull=False)
                | ~Q(state="running") & Q(held_until__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.digest_id} {self.occasion}"

    @property
    def told(self) -> str:
        """What came of the latest attempt."""
        return str(self.log[-1]["told"]) if self.log else ""

    def with_attempt(self, told: str) -> list[dict[str, Any]]:
        """The log with one more attempt."""
        return [*self.log, {"at": timezone.now().isoformat(), "told": told}][-LOG_KEPT:]

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)
