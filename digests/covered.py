"""What earlier digests of a series have covered: papers themselves, and papers like them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from digests.models import Candidate, Digest, Entry
from digests.models.digests import EntryQuerySet
from tracker import vectors
from tracker.encoder import model_name_of
from tracker.models import Embedding

LIKE = 0.6  # cosine from which a paper is worth the name of similar
SHOWN = 3


@dataclass(frozen=True)
class SimilarEntry:
    """An entry of an earlier digest, with its numbers, and how near its paper is: the cosine, up to 1."""

    entry: Entry
    cosine: float


def appearances(candidates: Sequence[Candidate], digest: Digest) -> dict[int, list[Entry]]:
    """Where published digests before this one hold the candidates' papers, by paper, the latest first."""
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    papers = [candidate.paper_id for candidate in candidates]
    for entry in _earlier(digest).filter(paper__in=papers).with_number().select_related("digest__series"):
        found[entry.paper_id].append(entry)
    return found


def similar_entries(candidate: Candidate) -> list[SimilarEntry]:
    """The entries of earlier digests whose papers are most like the candidate's, the nearest first.

    None where the paper has no vector of the current encoder yet. Three queries; the vectors are compared here, which
    takes a millisecond for ten years of digests.
    """
    of_encoder = Embedding.objects.filter(model_name=model_name_of(settings.ENCODER_MODEL))
    own = of_encoder.filter(paper=candidate.paper_id).values_list("vector", flat=True).first()
    covered = _earlier(candidate.digest).exclude(paper=candidate.paper_id).values("paper")
    stored = list(of_encoder.filter(paper__in=covered).values_list("paper_id", "vector"))
    if own is None or not stored:
        return []
    cosines = (vectors.unpack([bytes(blob) for _, blob in stored]) @ vectors.unpack([bytes(own)]).T)[:, 0]
    nearest = [place for place in vectors.top_k(cosines, SHOWN) if cosines[place] >= LIKE]
    near = {stored[place][0]: float(cosines[place]) for place in nearest}
    entries = _earlier(candidate.digest).filter(paper__in=near).with_number().select_related("digest__series", "paper")
    latest = {entry.paper_id: entry for entry in reversed(entries)}
    return [SimilarEntry(latest[paper], cosine) for paper, cosine in near.items() if paper in latest]


def _earlier(digest: Digest) -> EntryQuerySet:
    """The entries of the series' digests published of weeks before this one, the latest first."""
    return Entry.objects.published().filter(digest__series=digest.series_id, digest__week_start__lt=digest.week_start)
