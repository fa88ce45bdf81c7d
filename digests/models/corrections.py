"""What was put right on a published digest, as its readers are told."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from digests.models.digests import Digest, Entry


class Correction(models.Model):
    """A dated sentence that stands on the page beside what was corrected. Mail that was sent is not touched."""

    digest = models.ForeignKey(Digest, on_delete=models.CASCADE, related_name="corrections")
    entry = models.ForeignKey(
        Entry, on_delete=models.CASCADE, null=True, related_name="corrections", help_text="None: the digest as a whole."
    )
    told = models.CharField(max_length=500, help_text="What readers are told, in plain words.")
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(name="correction_is_told", condition=~models.Q(told=""))]

    def __str__(self) -> str:
        return self.told
