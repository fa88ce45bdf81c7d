"""Making a digest public, and taking it back."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from digests import preflight, report_card, trail
from digests.models import Candidate, Digest, Event
from digests.publishing.arranging import remove_entry
from digests.publishing.errors import DigestNotReady, NotPublished
from digests.publishing.rows import locked_digests, refuse_published, save


@transaction.atomic
def publish_digest(digest: Digest, *, editor: User) -> None:
    """Make the digest public, with its picked papers only. Raises DigestNotReady, AlreadyPublished."""
    digest.refresh_from_db(from_queryset=locked_digests())
    refuse_published(digest)
    if found := preflight.errors(digest):
        raise DigestNotReady(found)
    picked = digest.candidates.filter(verdict=Candidate.Verdict.PICKED)
    for entry in digest.entries.exclude(paper__in=picked.values("paper")).select_related("section"):
        remove_entry(entry, editor)
    digest.status = Digest.Status.PUBLISHED
    digest.published_at, digest.published_by = timezone.now(), editor
    save(digest, editor, "Published")
    trail.record(Event.Kind.PUBLICATION, "Published", by=editor, digest=digest)
    report_card.grade(digest)


@transaction.atomic
def withdraw_digest(digest: Digest, *, editor: User) -> None:
    """Take a published digest back to draft, with all that is decided and written. Raises NotPublished."""
    digest.refresh_from_db(from_queryset=locked_digests())
    if not digest.is_published:
        raise NotPublished("This digest isn’t public: there is nothing to take back.")
    digest.status, digest.published_at, digest.published_by = Digest.Status.DRAFT, None, None
    save(digest, editor, "Taken back to draft")
    trail.record(Event.Kind.PUBLICATION, "Taken back to draft", by=editor, digest=digest)
