"""Citations counted by Semantic Scholar, up to 500 papers a question."""

import hashlib
from collections.abc import Mapping, Sequence

from django.conf import settings

from digests.attention.door import AttentionUnavailable, Source, ask
from tracker.batches import batches
from tracker.models import Paper
from tracker.progress import Progress

_A_QUESTION = 500


def counts(papers: Sequence[Paper], progress: Progress) -> Mapping[str, int]:
    """Citations by arXiv id. Raises AttentionUnavailable."""
    ids = sorted(paper.arxiv_id for paper in papers)
    found: dict[str, int] = {}
    progress.start("Asking Semantic Scholar for citations", len(ids))
    for asked in batches(ids, _A_QUESTION):
        key = hashlib.sha256(" ".join(asked).encode()).hexdigest()
        address = f"{settings.SEMANTIC_SCHOLAR_URL}/graph/v1/paper/batch?fields=citationCount"
        told = ask(f"citations:{key}", address, body={"ids": [f"ARXIV:{arxiv_id}" for arxiv_id in asked]})
        progress.advance(len(asked))
        if not isinstance(told, list) or len(told) != len(asked):
            raise AttentionUnavailable("Semantic Scholar's answer has another form than it had.")
        found.update({key: int(row.get("citationCount") or 0) for key, row in zip(asked, told, strict=True) if row})
    return found


SOURCE = Source(
    "citations",
    "Semantic Scholar citations",
    0.3,
    counts,
    lambda count: f"cited {count} times already" if count != 1 else "cited once already",
)
