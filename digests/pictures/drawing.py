"""Computing a published digest's picture of its week, and keeping it."""

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from digests.models import Digest, WeekPicture
from digests.pictures.layout import lay_out
from tracker import vectors
from tracker.models import Embedding


def draw_week(digest: Digest) -> WeekPicture:
    """Lay the week's papers out and count them by topic; replaces what was drawn before.

    Papers without a vector have no place on the map. Computing comes first, writing last.
    """
    model_name = _encoder_of(digest)
    points = _places(digest, model_name)
    with transaction.atomic():
        picture, _ = WeekPicture.objects.update_or_create(
            digest=digest,
            defaults={
                "model_name": model_name,
                "points": points,
                "topic_counts": digest.candidates.topic_counts(),
                "drawn_at": timezone.now(),
            },
        )
    return picture


def _encoder_of(digest: Digest) -> str:
    """The encoder that made vectors of most of the week's papers; empty where none did."""
    made = Embedding.objects.filter(paper__candidacies__digest=digest)
    most = made.values("model_name").annotate(count=Count("pk")).order_by("-count", "model_name").first()
    return most["model_name"] if most else ""


def _places(digest: Digest, model_name: str) -> list[list[float]]:
    """`[paper's key, x, y]` of each candidate that has a vector, in the order of arXiv ids."""
    found = (
        Embedding.objects.filter(paper__candidacies__digest=digest, model_name=model_name)
        .order_by("paper__arxiv_id")
        .values_list("paper_id", "vector")
    )
    keys = [key for key, _ in found]
    rows = vectors.unpack([bytes(blob) for _, blob in found])
    return [[key, round(float(x), 4), round(float(y), 4)] for key, (x, y) in zip(keys, lay_out(rows), strict=True)]
