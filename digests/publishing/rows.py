"""What all verbs share: the digest held until the transaction ends, its state checked, each change signed."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from digests import trail
from digests.models import Candidate, Decision, Digest, Entry, Event, Section, Topic
from digests.models.digests import DigestQuerySet
from digests.publishing.errors import AlreadyPublished


def locked_digests() -> DigestQuerySet:
    return Digest.objects.select_for_update()


def lock_digest(pk: int) -> Digest:
    """Hold the digest until the transaction ends, so that verbs on it come one after the other."""
    digest = locked_digests().get(pk=pk)
    refuse_published(digest)
    return digest


def lock(row: Candidate | Entry) -> Digest:
    """Hold the row's digest, then read the row again: what its caller holds may be old."""
    digest = lock_digest(row.digest_id)
    row.refresh_from_db()
    return digest


def refuse_published(digest: Digest) -> None:
    if digest.is_published:
        raise AlreadyPublished("This digest is published: take it back to draft to change it.")


def save(row: Digest | Entry | Section, editor: User | None, reason: str) -> None:
    sign(row, editor, reason)
    row.save()


def sign(row: Any, editor: User | None, reason: str) -> None:
    """Tell simple_history, which looks for these names on the row, by whom and why it changes."""
    row._history_user, row._change_reason = editor, reason


def number(rows: Iterable[Any]) -> None:
    """Give entries or sections, in this order, the positions 0, 1, 2 …; order has no history."""
    shifted: list[Any] = []
    for position, row in enumerate(rows):
        if row.position != position:
            row.position = position
            shifted.append(row)
    if shifted:
        type(shifted[0]).objects.bulk_update(shifted, ["position"])


def record_decision(
    candidate: Candidate, editor: User, *, action: uuid.UUID | None = None, **columns: Topic | str | None
) -> None:
    """Change the candidate's verdict or topic, signed and dated, and keep how it stood: undo goes back by that.

    What changes nothing is no decision, and leaves the name and date of the one that stands.
    """
    before = {name: getattr(candidate, name) for name in columns}
    if before == columns:
        return
    decision = Decision(
        digest_id=candidate.digest_id,
        paper_id=candidate.paper_id,
        editor=editor,
        action=action or uuid.uuid4(),
        verdict_before=candidate.verdict,
        topic_before_id=candidate.decided_topic_id,
        decided_by_before_id=candidate.decided_by_id,
        decided_at_before=candidate.decided_at,
    )
    for name, value in columns.items():
        setattr(candidate, name, value)
    candidate.decided_by, candidate.decided_at = editor, timezone.now()
    candidate.save(update_fields=[*columns, "decided_by", "decided_at"])
    decision.verdict, decision.topic_id, decision.made_at = (
        candidate.verdict,
        candidate.decided_topic_id,
        candidate.decided_at,
    )
    decision.save()
    trail.record(Event.Kind.VERDICT, decision.deed, by=editor, digest=candidate.digest, paper=candidate.paper)
