"""What a worker computed of a digest's whole week, for the pages to draw."""

from django.db import models
from django.utils import timezone

from digests.models.digests import Digest


class WeekPicture(models.Model):
    """Where each paper of the week lies on its map, and how many fell to each topic.

    Computed when the digest is published, since placing 1,200 vectors takes seconds.
    """

    digest = models.OneToOneField(Digest, on_delete=models.CASCADE, related_name="picture")
    model_name = models.CharField(max_length=200, help_text="The encoder whose vectors were placed.")
    points = models.JSONField(default=list, help_text="[paper's key, x, y] each, x and y between 0 and 1.")
    topic_counts = models.JSONField(default=dict, help_text="Papers of the week under each topic, by the topic's key.")
    drawn_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.digest_id)
