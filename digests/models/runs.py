"""The record of a week's work: which step it has come to, who works on it, what went wrong."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from digests.models.series import Series
from tracker.models import Harvest
from tracker.weeks import Week

# How long a message may wait for a free worker before the sweep sends another.
PATIENCE = dt.timedelta(minutes=10)


class WeeklyRunQuerySet(models.QuerySet["WeeklyRun"]):
    def active(self) -> Self:
        """Runs that should be moving."""
        return self.filter(state__in=[WeeklyRun.State.WAITING, WeeklyRun.State.RUNNING])

    def claimable(self, now: dt.datetime) -> Self:
        """Active runs that nobody holds."""
        return self.active().filter(Q(held_until__isnull=True) | Q(held_until__lt=now))

    def forgotten(self, now: dt.datetime) -> Self:
        """Claimable runs whose last message has had time enough: it was lost, or its worker died or paused."""
        return self.claimable(now).filter(
            Q(woken_at__isnull=True) | Q(woken_at__lt=now - PATIENCE) | Q(woken_at__lt=F("held_until"))
        )


class WeeklyRun(models.Model):
    """The way of one week of a series from arXiv to a draft. One row a week, opened again by each refresh.

    A worker holds a run by a lease: `lease` names the holder, and before `held_until`, which the holder keeps
    pushing on, nobody else may claim the run. A pause before a retry is a hold without a holder.
    """

    class Step(models.TextChoices):
        HARVEST = "harvest"
        EMBED = "embed"
        SUGGEST = "suggest"
        DRAFT = "draft"

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        FAILED = "failed"
        DONE = "done"

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="runs")
    week_start = models.DateField(help_text="The Monday of the ISO week.")
    source = models.CharField(max_length=500, default="arxiv", help_text="`arxiv`, or the path of a file of records.")
    step = models.CharField(max_length=16, choices=Step.choices, default=Step.HARVEST)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    lease = models.CharField(max_length=32, blank=True)
    held_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Failures of this step that passed by themselves.")
    woken_at = models.DateTimeField(null=True, help_text="When a worker was last sent a message about it.")
    harvest = models.ForeignKey(Harvest, on_delete=models.SET_NULL, null=True, related_name="+")
    progress_label = models.CharField(max_length=200, blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Figures of the steps done, by step.")
    error = models.TextField(blank=True, help_text="Why the step failed, in a sentence for the editor.")
    requested_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = WeeklyRunQuerySet.as_manager()

    class Meta:
        ordering = ["-week_start"]
        constraints = [
            models.UniqueConstraint(fields=["series", "week_start"], name="run_per_week"),
            models.CheckConstraint(name="run_week_starts_on_monday", condition=Q(week_start__iso_week_day=1)),
        ]

    def __str__(self) -> str:
        return f"{self.series.slug} {self.week}: {self.step} {self.state}"

    @property
    def week(self) -> Week:
        return Week.of(self.week_start)

    @property
    def is_active(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)
