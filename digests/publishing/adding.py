"""Putting a paper on the board that the machine did not: of another week, or outside the series' categories."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from digests import tasks, trail
from digests.models import Candidate, Digest, Event, Topic
from digests.publishing.choosing import decide
from digests.publishing.errors import AlreadyThere, WrongDigest
from digests.publishing.rows import lock_digest
from tracker.models import Paper


@transaction.atomic
def add_paper(digest: Digest, paper: Paper, *, topic: Topic | None, editor: User) -> Candidate:
    """Make the paper a candidate of the digest, under the topic if one is named; a worker sorts and ranks it soon.

    Raises AlreadyThere, WrongDigest, AlreadyPublished.
    """
    lock_digest(digest.pk)
    if topic is not None and topic.series_id != digest.series_id:
        raise WrongDigest(f"“{topic}” is no topic of this series.")
    if known := digest.candidates.filter(paper=paper).first():
        raise AlreadyThere(known)
    candidate = Candidate.objects.create(digest=digest, paper=paper, added_by=editor, added_at=timezone.now())
    trail.record(Event.Kind.VERDICT, "Added to the board", by=editor, digest=digest, paper=paper)
    if topic is not None:
        decide(candidate, editor, decided_topic=topic)
    tasks.wake_for_added()
    return candidate
