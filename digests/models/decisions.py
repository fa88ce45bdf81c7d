"""What editors decided on the board, one row a paper and action: a trail, and what undo goes back by."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Max, Q
from django.utils import timezone

from digests.models.candidates import Candidate
from digests.models.digests import Digest
from digests.models.series import Topic
from tracker.models import Paper

UNDOABLE = 10  # an editor's latest actions on a digest


class DecisionQuerySet(models.QuerySet["Decision"]):
    def by(self, editor: User, digest: Digest) -> Self:
        return self.filter(editor=editor, digest=digest)

    def undoable(self, editor: User, digest: Digest) -> Self:
        """The decisions that the editor's undo may still take back, the latest first."""
        mine = self.by(editor, digest)
        actions = mine.order_by().values("action").annotate(last=Max("pk")).order_by("-last")
        latest = [row["action"] for row in actions[:UNDOABLE]]
        return mine.filter(action__in=latest, state=Decision.State.STANDS).order_by("-pk")


class Decision(models.Model):
    """One paper's change of verdict or topic: how it stood before, how it stood after, by whom.

    It names the digest and the paper rather than the candidate, which a refresh may drop and make anew. Decisions
    of one action, such as picking all that is proposed, share its number and are undone together.
    """

    class State(models.TextChoices):
        STANDS = "stands"
        UNDONE = "undone"
        OVERTAKEN = "overtaken"  # undo found it changed since, and left it alone

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="decisions")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.UUIDField(default=uuid.uuid4, help_text="One number for decisions made at a stroke.")
    made_at = models.DateTimeField(default=timezone.now)
    verdict = models.CharField(max_length=16, choices=Candidate.Verdict.choices)
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, related_name="+")
    verdict_before = models.CharField(max_length=16, choices=Candidate.Verdict.choices)
    topic_before = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_by_before = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    decided_at_before = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.STANDS)
    ended_at = models.DateTimeField(null=True, help_text="When it ceased to stand.")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["digest", "editor", "-id"], name="decision_latest")]
        constraints = [
            models.CheckConstraint(
                name="decision_stands_or_ended",
                condition=Q(state="stands", ended_at__isnull=True)
                | Q(state__in=["undone", "overtaken"], ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.digest_id}: {self.paper_id} {self.verdict}"

    @property
    def deed(self) -> str:
        """What was done, in a word or two: the verdict where it changed, else where the paper went."""
        if self.verdict != self.verdict_before:
            return "Reconsidered" if self.verdict == Candidate.Verdict.UNDECIDED else self.get_verdict_display()
        return f"Moved to {self.topic}" if self.topic else "Moved back"
