"""How well the machine's suggestions served a week, kept when its digest is published."""

from django.db import models
from django.utils import timezone

from digests.models.digests import Digest


class ReportCard(models.Model):
    """What a published digest says of the suggestions it was made from."""

    digest = models.OneToOneField(Digest, on_delete=models.CASCADE, related_name="report_card")
    candidates = models.PositiveIntegerField(help_text="Papers of the week inside the series' subject.")
    unsorted = models.PositiveIntegerField(help_text="Those of them that the machine put under no topic.")
    picks = models.PositiveIntegerField(help_text="Papers picked.")
    found = models.PositiveIntegerField(help_text="Picks among the most important of the week, by the machine.")
    moved = models.PositiveIntegerField(help_text="Picks that the editor moved to another topic than suggested.")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["digest__week_start"]

    def __str__(self) -> str:
        return f"{self.digest}: {self.found} of {self.picks}"
