"""The vectors of stored papers: made where one lacks, and read as a matrix."""

from collections.abc import Callable, Sequence

import numpy as np
from django.db import transaction

from tracker import vectors
from tracker.batches import batches
from tracker.encoder import Encoder
from tracker.errors import GalleyError
from tracker.models import Embedding, Paper, PaperQuerySet
from tracker.progress import Progress
from tracker.records import paper_text

CHUNK = 64  # papers encoded, then stored together: what a killed run loses at most
_IDS_A_QUERY = 5_000


class MissingEmbeddings(GalleyError):
    """Vectors are asked for that nobody has made yet."""


class EmbeddingStopped(GalleyError):
    """The work ended early, as asked; what it stored is kept, and the next run goes on from there."""


def embed_missing(
    papers: PaperQuerySet, encoder: Encoder, *, progress: Progress, should_stop: Callable[[], bool] = lambda: False
) -> int:
    """Store a vector for each of the papers that has none of this encoder made from its current text.

    Works in chunks in the order of arXiv ids; each chunk is stored in a short transaction of its own, so a run
    that is cut off goes on where it stopped. Returns how many were stored: a paper whose text changed while it was
    being encoded is left to the next run. Asks `should_stop` before each batch; raises EmbeddingStopped.
    """

    def check(_: int = 0) -> None:
        if should_stop():
            raise EmbeddingStopped("Embedding was stopped. Its vectors are kept; run it again to go on from there.")

    lacking = papers.lacking_embedding(encoder.model_name).order_by("arxiv_id").values_list("pk", flat=True)
    todo = list(lacking)
    progress.start("Embedding", len(todo))
    stored = 0
    for ids in batches(todo, CHUNK):
        check()
        chunk = list(Paper.objects.filter(pk__in=ids).order_by("arxiv_id"))
        rows = encoder.encode([paper_text(paper.title, paper.abstract) for paper in chunk], on_batch=check)
        stored += _store(chunk, rows, encoder.model_name)
        progress.advance(len(ids))
    return stored


def load_matrix(paper_ids: Sequence[int], model_name: str) -> np.ndarray:
    """One encoder's vectors of the papers, float32 (n, d), rows in the order of the ids; (0, 0) of none.

    Rows have unit length to within float16. Raises MissingEmbeddings.
    """
    blobs: dict[int, bytes] = {}
    for ids in batches(set(paper_ids), _IDS_A_QUERY):
        found = Embedding.objects.filter(paper__in=ids, model_name=model_name)
        blobs.update((pk, bytes(blob)) for pk, blob in found.values_list("paper_id", "vector"))
    if missing := sum(pk not in blobs for pk in paper_ids):
        raise MissingEmbeddings(
            f"{missing} of {len(paper_ids)} papers have no vector of {model_name} yet: run `manage.py embed`."
        )
    return vectors.unpack([blobs[pk] for pk in paper_ids])


def _store(papers: Sequence[Paper], rows: np.ndarray, model_name: str) -> int:
    """Store the vectors of those papers whose text is still what was encoded. Returns how many."""
    made = {
        paper.pk: Embedding(paper=paper, model_name=model_name, vector=blob, text_hash=paper.text_hash)
        for paper, blob in zip(papers, vectors.pack(rows), strict=True)
    }
    with transaction.atomic():
        now = Paper.objects.select_for_update().filter(pk__in=made).order_by("pk").values_list("pk", "text_hash")
        current = [made[pk] for pk, text_hash in now if text_hash == made[pk].text_hash]
        Embedding.objects.bulk_create(
            current,
            update_conflicts=True,
            unique_fields=["paper", "model_name"],
            update_fields=["vector", "text_hash", "made_at"],
        )
    return len(current)
