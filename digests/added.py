"""Suggestions for papers that an editor put on a board: made soon after by a worker, with nothing else touched."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from digests import drafting
from digests.models import Candidate, Digest
from digests.models.candidates import CandidateQuerySet
from tracker.embeddings import embed_missing
from tracker.encoder import Encoder
from tracker.models import Paper
from tracker.progress import Silent

_PATIENCE = dt.timedelta(minutes=2)  # that a message may take to reach a worker
_LONGEST = dt.timedelta(days=1)  # what could not be suggested by then waits for the week's next refresh


def waiting() -> CandidateQuerySet:
    """Added papers of drafts that the machine has not said anything of yet."""
    return Candidate.objects.added().filter(model_name="", digest__in=Digest.objects.unpublished())


def is_forgotten() -> bool:
    """Whether one waits for longer than a message takes: it was lost, or its worker died."""
    now = timezone.now()
    return waiting().filter(added_at__range=(now - _LONGEST, now - _PATIENCE)).exists()


def suggest_for_added(encoder: Encoder, *, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Embed the papers that wait, and give each a topic and an importance among its week. Returns how many.

    Safe to run twice. Raises EmbeddingStopped.
    """
    papers = Paper.objects.filter(pk__in=waiting().values("paper"))
    embed_missing(papers, encoder, progress=Silent(), should_stop=should_stop)
    digests = Digest.objects.filter(pk__in=waiting().values("digest")).select_related("series")
    return sum(_suggest(digest, encoder) for digest in digests)


def _suggest(digest: Digest, encoder: Encoder) -> int:
    """Rank the added papers among all of the week that have a vector, and write down theirs alone."""
    papers = drafting.papers_for(digest.series, digest.week)
    embedded = list(papers.filter(embeddings__model_name=encoder.model_name))
    suggested = drafting.suggestions(digest.series, digest.week, embedded, encoder)
    with transaction.atomic():
        Digest.objects.select_for_update().get(pk=digest.pk)
        wanted = set(waiting().filter(digest=digest).values_list("paper_id", flat=True))
        fresh = [candidate for candidate in suggested if candidate.paper_id in wanted]
        _number_clusters(digest, fresh, suggested)
        drafting.write_suggestions(digest, fresh)
    return len(fresh)


def _number_clusters(digest: Digest, fresh: list[Candidate], suggested: list[Candidate]) -> None:
    """Give each the stored number of the papers that it is nearly the same as, or a number of its own."""
    numbered = digest.candidates.exclude(cluster=None)
    stored = {paper: cluster or 0 for paper, cluster in numbered.values_list("paper_id", "cluster")}
    alike: defaultdict[int | None, list[int]] = defaultdict(list)
    for candidate in suggested:
        alike[candidate.cluster].append(candidate.paper_id)
    for candidate in fresh:
        mates = [stored[paper] for paper in alike[candidate.cluster] if paper in stored]
        candidate.cluster = mates[0] if mates else max(stored.values(), default=0) + 1
        stored[candidate.paper_id] = candidate.cluster
