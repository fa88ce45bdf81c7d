"""An editor's word for what the claim check marks: given, and taken back."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from digests import marks, trail
from digests.models import AcceptedClaim, Entry, Event
from digests.publishing.errors import ClaimGone
from digests.publishing.rows import lock


@transaction.atomic
def accept_claim(entry: Entry, claim: str, *, editor: User) -> None:
    """Vouch for a claim of the saved summary, or for the heading, by its key. Raises ClaimGone, AlreadyPublished."""
    digest = lock(entry)
    if claim not in {mark.key for mark in marks.entry_marks(entry, {})}:
        raise ClaimGone("That claim isn’t in the saved text any more: look at the marks as they are now.")
    _, is_new = AcceptedClaim.objects.get_or_create(
        digest=digest,
        paper_id=entry.paper_id,
        claim=claim,
        defaults={"accepted_by": editor, "accepted_at": timezone.now()},
    )
    if is_new:
        trail.record(Event.Kind.TEXT, f"Vouched for “{claim}”", by=editor, digest=digest, paper=entry.paper)


@transaction.atomic
def doubt_claim(entry: Entry, claim: str, *, editor: User) -> None:
    """Take back whoever's word for a claim. Raises AlreadyPublished."""
    digest = lock(entry)
    gone, _ = AcceptedClaim.objects.filter(digest=digest, paper=entry.paper_id, claim=claim).delete()
    if gone:
        trail.record(Event.Kind.TEXT, f"Doubted “{claim}”", by=editor, digest=digest, paper=entry.paper)
