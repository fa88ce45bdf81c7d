"""How near a paper is to what was announced in the weeks before: many near ones mean a line of work that moves."""

import numpy as np

from digests.models import Series
from tracker.embeddings import load_matrix
from tracker.models import Paper
from tracker.vectors import cosine
from tracker.weeks import Week

WEEKS_BEFORE = 8
_NEAREST_SHARE = 0.0025  # of the weeks before: how many of them the busyness of a line of work is read from
_BLOCK = 2_000  # earlier papers compared at a time, to bound the memory


def busyness(series: Series, week: Week, matrix: np.ndarray, model_name: str) -> np.ndarray | None:
    """The mean cosine of each unit row (n, d) to its nearest in the eight weeks before, in deviations from the mean.

    None where the corpus holds nothing of those weeks that the encoder read.
    """
    earlier = Paper.objects.filter(
        announced_on__gte=week.monday - WEEKS_BEFORE * (week.next.monday - week.monday),
        announced_on__lt=week.monday,
        embeddings__model_name=model_name,
    ).in_categories(series.categories)
    ids = list(earlier.values_list("pk", flat=True))
    if not ids or not len(matrix):
        return None
    rows = load_matrix(ids, model_name)
    count = max(1, int(_NEAREST_SHARE * len(rows)))
    nearest = np.zeros((len(matrix), 0), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        near = np.hstack([nearest, cosine(matrix, rows[start : start + _BLOCK])])
        kept = min(count, near.shape[1])
        nearest = np.partition(near, -kept, axis=1)[:, -kept:]
    return spread(nearest.mean(axis=1))


def spread(values: np.ndarray) -> np.ndarray:
    """The values in standard deviations from the week's mean, so that any encoder's cosines weigh alike."""
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 1e-6 else np.zeros_like(values)
