"""The trail: what was done at the desk, by whom, to what, and when. Rows are added and never changed."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from digests.models.digests import Digest
from digests.models.series import Series
from tracker.models import Paper


class EventQuerySet(models.QuerySet["Event"]):
    def as_lines(self) -> Self:
        """With what a line of the trail names, the latest first."""
        return self.select_related("actor", "digest__series", "series").order_by("-pk")

    def telling_of(self, words: str) -> Self:
        """Those whose deed or subject holds each of the words."""
        found = self
        for word in words.split():
            found = found.filter(models.Q(deed__icontains=word) | models.Q(subject__icontains=word))
        return found


class Event(models.Model):
    """One deed. It keeps the names of what it speaks of, so that it can be read when they are gone."""

    class Kind(models.TextChoices):
        VERDICT = "verdict", "Choosing"
        TEXT = "text", "Writing"
        PUBLICATION = "publication", "Publishing"
        SERIES = "series", "Series and topics"
        PEOPLE = "people", "People"

    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", help_text="None: the clock."
    )
    actor_name = models.CharField(max_length=200, blank=True)
    deed = models.CharField(max_length=300)
    subject = models.CharField(max_length=500, blank=True, help_text="What it was done to, by name.")
    series = models.ForeignKey(Series, on_delete=models.SET_NULL, null=True, related_name="+")
    digest = models.ForeignKey(Digest, on_delete=models.SET_NULL, null=True, related_name="events")
    paper = models.ForeignKey(Paper, on_delete=models.SET_NULL, null=True, related_name="+")
    changes = models.JSONField(default=dict, help_text="What changed, by name: [before, after].")

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["digest", "-id"], name="event_of_digest"),
            models.Index(fields=["kind", "-id"], name="event_of_kind"),
            models.Index(fields=["actor", "-id"], name="event_of_actor"),
        ]
        constraints = [
            models.CheckConstraint(
                name="event_kind_is_known",
                condition=models.Q(kind__in=["verdict", "text", "publication", "series", "people"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.actor_name or 'The clock'}: {self.deed} {self.subject}"
