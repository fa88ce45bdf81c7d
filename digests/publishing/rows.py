"""What all verbs share: the digest held until the transaction ends, its state checked, each change signed."""

from typing import Any

from django.contrib.auth.models import User

from digests.models import Candidate, Digest, Entry
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


def save(row: Digest | Entry, editor: User, reason: str) -> None:
    sign(row, editor, reason)
    row.save()


def sign(row: Any, editor: User, reason: str) -> None:
    """Tell simple_history, which looks for these names on the row, by whom and why it changes."""
    row._history_user, row._change_reason = editor, reason
