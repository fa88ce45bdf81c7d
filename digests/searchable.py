"""What editors wrote of papers, handed to the index of words, so that search finds it: of published digests only."""

from collections.abc import Iterable

from digests.markdown import to_plain
from digests.models import Digest, Entry
from tracker import tex
from tracker.batches import batches
from tracker.fulltext import describe_papers
from tracker.models import Paper
from tracker.progress import Progress

_CHUNK = 500


def describe_entries_of(digest: Digest) -> None:
    """Let search find what is published of the digest's papers now. For whoever publishes, withdraws or corrects it."""
    describe(digest.entries.values_list("paper_id", flat=True))


def describe_all(*, progress: Progress) -> int:
    """The same for every paper that was ever in a digest; how many there are."""
    keys = list(Paper.objects.filter(entries__isnull=False).distinct().order_by("pk").values_list("pk", flat=True))
    progress.start("Indexing summaries", len(keys))
    for some in batches(keys, _CHUNK):
        describe(some)
        progress.advance(len(some))
    return len(keys)


def describe(paper_ids: Iterable[int]) -> None:
    """Headings and summaries of the papers in published digests; nothing for those that are in none."""
    texts: dict[int, list[str]] = {paper_id: [] for paper_id in paper_ids}
    written = Entry.objects.filter(paper__in=texts).published()
    for paper_id, heading, summary in written.values_list("paper_id", "heading", "summary"):
        texts[paper_id] += [tex.to_unicode(heading), to_plain(summary)]
    describe_papers({paper_id: "\n".join(text) for paper_id, text in texts.items()})
