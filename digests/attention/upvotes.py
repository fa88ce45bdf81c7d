"""Upvotes on Hugging Face's list of daily papers: one question for each day of the week."""

from collections.abc import Mapping, Sequence

from django.conf import settings

from digests.attention.door import AttentionUnavailable, Source, ask
from tracker.models import Paper
from tracker.progress import Progress


def counts(papers: Sequence[Paper], progress: Progress) -> Mapping[str, int]:
    """Upvotes by arXiv id of the papers on the lists of their listing days. Raises AttentionUnavailable."""
    wanted = {paper.arxiv_id for paper in papers}
    days = sorted({paper.announced_on for paper in papers if paper.announced_on})
    found: dict[str, int] = {}
    progress.start("Asking Hugging Face for upvotes", len(days))
    for day in days:
        listed = ask(f"upvotes:{day}", f"{settings.HUGGING_FACE_URL}/api/daily_papers?date={day}")
        progress.advance()
        try:
            found.update({str(row["paper"]["id"]): int(row["paper"].get("upvotes", 0)) + 1 for row in listed})
        except (TypeError, KeyError, ValueError) as error:
            raise AttentionUnavailable("Hugging Face's daily list has another form than it had.") from error
    return {arxiv_id: count for arxiv_id, count in found.items() if arxiv_id in wanted}


SOURCE = Source(
    "upvotes",
    "Hugging Face upvotes",
    0.5,
    counts,
    lambda count: f"on Hugging Face's daily list, {count - 1} upvotes",
)
