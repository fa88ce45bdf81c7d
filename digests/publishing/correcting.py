"""Small corrections of what is public, told to its readers; and what to do when arXiv changed a published paper."""

from django.contrib.auth.models import User
from django.db import transaction

from digests import announcing, searchable, trail
from digests.models import Correction, Digest, Entry, Event, Posting
from digests.publishing.errors import CorrectionUntold, NotPublished
from digests.publishing.rows import locked_digests
from digests.publishing.writing import FRONT, clean, write


@transaction.atomic
def correct_entry(entry: Entry, heading: str, summary: str, told: str, revision: int, *, editor: User) -> None:
    """Change a published entry's words, begun from that revision, and tell readers what was changed.

    The words may stay as they are: then only the sentence is added. Raises NotPublished, CorrectionUntold, EditClash.
    """
    digest = _hold(entry.digest_id)
    entry.refresh_from_db()
    summary, told = clean(summary), " ".join(told.split())
    if not summary:
        raise CorrectionUntold("A published entry needs its summary: take the digest back to draft to take it out.")
    _tell(digest, entry, told, editor)
    write(entry, {"heading": " ".join(heading.split()), "summary": summary}, revision, editor, "Corrected")
    searchable.describe_entries_of(digest)
    _settle(entry)


@transaction.atomic
def correct_front(
    digest: Digest, headline: str, subtitle: str, intro: str, sign_off: str, told: str, revision: int, *, editor: User
) -> None:
    """The same for what stands around the entries. Raises NotPublished, CorrectionUntold, EditClash."""
    digest.refresh_from_db(from_queryset=locked_digests())
    _refuse_draft(digest)
    _tell(digest, None, " ".join(told.split()), editor)
    texts = (" ".join(headline.split()), " ".join(subtitle.split()), clean(intro), clean(sign_off))
    write(digest, dict(zip(FRONT, texts, strict=True)), revision, editor, "Corrected")


@transaction.atomic
def settle_change(entry: Entry, *, editor: User) -> None:
    """Say that the paper's new version, or its withdrawal, needs nothing more here. Raises NotPublished."""
    digest = _hold(entry.digest_id)
    entry.refresh_from_db()
    _settle(entry)
    what = "Withdrawal seen" if entry.paper.withdrawn else f"Version {entry.paper.version} seen"
    trail.record(Event.Kind.PUBLICATION, f"{what}, nothing to correct", by=editor, digest=digest, paper=entry.paper)


def _hold(key: int) -> Digest:
    digest = locked_digests().get(pk=key)
    _refuse_draft(digest)
    return digest


def _refuse_draft(digest: Digest) -> None:
    if not digest.is_published:
        raise NotPublished("This digest isn’t public: change it in the galley, where nobody needs to be told.")


def _tell(digest: Digest, entry: Entry | None, told: str, editor: User) -> None:
    if not told:
        raise CorrectionUntold("Say in a sentence what was corrected: readers see it, with the date.")
    Correction.objects.create(digest=digest, entry=entry, told=told, made_by=editor)
    paper = entry.paper if entry else None
    trail.record(Event.Kind.PUBLICATION, f"Correction told: “{told}”", by=editor, digest=digest, paper=paper)
    announcing.announce(digest, Posting.Occasion.CORRECTED)


def _settle(entry: Entry) -> None:
    """An update rather than a save: it is no version of the text."""
    entry.settled_version, entry.withdrawal_settled = entry.paper.version, entry.paper.withdrawn
    Entry.objects.filter(pk=entry.pk).update(
        settled_version=entry.settled_version, withdrawal_settled=entry.withdrawal_settled
    )
