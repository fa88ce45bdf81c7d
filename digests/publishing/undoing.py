"""Taking back what one decided on the board, one action at a time."""

from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from digests import trail
from digests.models import Candidate, Decision, Digest, Event
from digests.publishing.choosing import settle_entry
from digests.publishing.errors import NothingToUndo
from digests.publishing.rows import lock_digest


@dataclass(frozen=True)
class Undone:
    """What became of an action that was to be undone.

    `restored` are the candidates that stand again as before it, `overtaken` those that were left alone, since what
    the action had decided of them was changed after it.
    """

    deed: str
    restored: list[Candidate]
    overtaken: list[Candidate]


@transaction.atomic
def undo_last(digest: Digest, *, editor: User) -> Undone:
    """Take back the editor's latest action on the digest that still stands; entries go along.

    Nothing that was decided after it is touched, by whomever: such a paper is left as it is, and told of. The next
    undo then goes on to the action before. Raises NothingToUndo, AlreadyPublished.
    """
    lock_digest(digest.pk)
    standing = Decision.objects.undoable(editor, digest)
    last = standing.first()
    if last is None:
        raise NothingToUndo("There is nothing of yours left to undo here: undo reaches ten actions back.")
    decisions = {decision.paper_id: decision for decision in standing.filter(action=last.action)}
    candidates = digest.candidates.filter(paper__in=decisions).select_related("digest", "paper", "decided_by")
    undone = Undone(last.deed, [], [])
    for candidate in candidates:
        decision = decisions[candidate.paper_id]
        if candidate.decided_at == decision.made_at and candidate.decided_by_id == editor.pk:
            _restore(candidate, decision)
            settle_entry(candidate, editor, moved=decision.topic_id != decision.topic_before_id)
            trail.record(
                Event.Kind.VERDICT, f"Undone: {decision.deed}", by=editor, digest=digest, paper=candidate.paper
            )
            undone.restored.append(candidate)
        else:
            undone.overtaken.append(candidate)
    _end(decisions.values(), {candidate.paper_id for candidate in undone.restored})
    return undone


def _restore(candidate: Candidate, decision: Decision) -> None:
    candidate.verdict, candidate.decided_topic_id = decision.verdict_before, decision.topic_before_id
    candidate.decided_by_id, candidate.decided_at = decision.decided_by_before_id, decision.decided_at_before
    candidate.save(update_fields=["verdict", "decided_topic", "decided_by", "decided_at"])
    candidate.refresh_from_db(fields=["decided_topic", "decided_by"])


def _end(decisions: Collection[Decision], restored: set[int]) -> None:
    for decision in decisions:
        is_undone = decision.paper_id in restored
        decision.state = Decision.State.UNDONE if is_undone else Decision.State.OVERTAKEN
        decision.ended_at = timezone.now()
    Decision.objects.bulk_update(decisions, ["state", "ended_at"])
