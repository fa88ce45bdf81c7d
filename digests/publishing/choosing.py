"""What an editor decides on the board: which papers the digest holds, and under which topic."""

import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from digests.models import Candidate, Digest, Entry, Topic
from digests.publishing.arranging import add_entry, put_entry, remove_entry, section_for
from digests.publishing.errors import TopicNeeded, WrongDigest
from digests.publishing.rows import lock, lock_digest, record_decision


@transaction.atomic
def pick(candidate: Candidate, *, editor: User, topic: Topic | None = None) -> None:
    """Take the paper into the digest, with what was last written about it; under the topic, if one is named.

    Raises TopicNeeded where it stands under none, WrongDigest, AlreadyPublished.
    """
    digest = lock(candidate)
    if topic is not None:
        _refuse_strange(topic, digest)
        return decide(candidate, editor, decided_topic=topic, verdict=Candidate.Verdict.PICKED)
    if candidate.topic is None:
        raise TopicNeeded("This paper has no topic yet: move it to one, then pick it.")
    decide(candidate, editor, verdict=Candidate.Verdict.PICKED)


@transaction.atomic
def skip(candidate: Candidate, *, editor: User) -> None:
    """Leave the paper out. What was written about it stays in its history. Raises AlreadyPublished."""
    lock(candidate)
    decide(candidate, editor, verdict=Candidate.Verdict.SKIPPED)


@transaction.atomic
def set_aside(candidate: Candidate, *, editor: User) -> None:
    """Keep the paper for a second look: it stands in no draft and is not left out either. Raises AlreadyPublished."""
    lock(candidate)
    decide(candidate, editor, verdict=Candidate.Verdict.MAYBE)


@transaction.atomic
def reconsider(candidate: Candidate, *, editor: User) -> None:
    """Take back the verdict: the paper is undecided again. Raises AlreadyPublished."""
    lock(candidate)
    decide(candidate, editor, verdict=Candidate.Verdict.UNDECIDED)


@transaction.atomic
def move(candidate: Candidate, topic: Topic | None, *, editor: User) -> None:
    """Put the paper under a topic, or with None back where the machine had it; its entry goes along.

    Raises TopicNeeded where a picked paper would be left without a topic, WrongDigest, AlreadyPublished.
    """
    digest = lock(candidate)
    if topic is not None:
        _refuse_strange(topic, digest)
    if candidate.verdict == Candidate.Verdict.PICKED and (topic or candidate.suggested_topic) is None:
        raise TopicNeeded("A picked paper needs a topic: reconsider it first, or move it to a topic.")
    decide(candidate, editor, decided_topic=topic)


@transaction.atomic
def pick_all_proposed(digest: Digest, *, editor: User) -> int:
    """Pick every proposed paper that nobody has decided on; returns how many. Raises AlreadyPublished."""
    lock_digest(digest.pk)
    action = uuid.uuid4()
    proposed = digest.candidates.undecided().filter(proposed=True, paper__in=digest.entries.values("paper"))
    waiting = list(proposed.select_related("paper"))
    for candidate in waiting:
        record_decision(candidate, editor, action=action, verdict=Candidate.Verdict.PICKED)
    return len(waiting)


def _refuse_strange(topic: Topic, digest: Digest) -> None:
    if topic.series_id != digest.series_id:
        raise WrongDigest(f"“{topic}” is no topic of this series.")


def decide(candidate: Candidate, editor: User, **columns: Any) -> None:
    """Change verdict or topic of a candidate whose digest is held, and let its entry follow."""
    record_decision(candidate, editor, **columns)
    settle_entry(candidate, editor, moved="decided_topic" in columns)


def settle_entry(candidate: Candidate, editor: User, *, moved: bool = False) -> None:
    """Make the draft hold the candidate's entry, under its topic, exactly if it is picked or still proposed.

    In a section of the editor's own, which has no topic, an entry stays until its paper is `moved`. A picked paper
    whose topic is gone from the series keeps its place.
    """
    entry = Entry.objects.filter(digest=candidate.digest_id, paper=candidate.paper_id).select_related("section").first()
    picked = candidate.verdict == Candidate.Verdict.PICKED
    proposed = candidate.proposed and candidate.verdict == Candidate.Verdict.UNDECIDED
    topic = candidate.topic
    if topic is None and picked:
        return
    if topic is None or not (picked or proposed):
        if entry is not None:
            remove_entry(entry, editor)
    elif entry is None:
        add_entry(candidate, section_for(candidate.digest, topic), editor)
    elif entry.section.topic_id != topic.pk and (moved or entry.section.topic_id is not None):
        put_entry(entry, section_for(candidate.digest, topic), None, editor)
