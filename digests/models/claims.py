"""What editors vouched for: claims of summaries that the abstracts don't make, and headings that aren't the titles."""

from django.conf import settings
from django.db import models

from digests.models.digests import Digest
from tracker.models import Paper


class AcceptedClaim(models.Model):
    """A claim that an editor holds to be right, though the abstract doesn't make it.

    It is known by its text and the words around it, so that an edit there is a new claim. It belongs to the digest and
    the paper rather than to the entry, so that it outlasts an entry that is taken out and put back.
    """

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="accepted_claims")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    claim = models.CharField(max_length=600)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    accepted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "paper", "claim"], name="claim_accepted_once")]

    def __str__(self) -> str:
        return self.claim
