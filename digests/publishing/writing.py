"""What an editor writes: headings, summaries, and what stands around the entries."""

from django.contrib.auth.models import User
from django.db import transaction

from digests.models import Digest, Entry
from digests.publishing.errors import EditClash, NoDraft
from digests.publishing.rows import lock, lock_digest, locked_digests, refuse_published, save

_FRONT = ("headline", "subtitle", "intro", "sign_off")


@transaction.atomic
def write_entry(entry: Entry, heading: str, summary: str, revision: int, *, editor: User) -> None:
    """Save the editor's heading and summary, begun from that revision. Raises EditClash, AlreadyPublished."""
    lock(entry)
    write(entry, {"heading": " ".join(heading.split()), "summary": _clean(summary)}, revision, editor, "Written")


@transaction.atomic
def take_draft(entry: Entry, *, editor: User, revision: int | None = None) -> None:
    """Make the machine's draft the summary. `revision` is the one that the editor saw, if any.

    Raises NoDraft, EditClash, AlreadyPublished.
    """
    lock(entry)
    if not entry.draft_summary.strip():
        raise NoDraft("There is no draft for this paper: write its summary yourself.")
    seen = entry.revision if revision is None else revision
    write(entry, {"summary": entry.draft_summary.strip()}, seen, editor, "Draft taken")


@transaction.atomic
def take_all_drafts(digest: Digest, *, editor: User) -> int:
    """Make the drafts of all entries without a summary their summaries; returns how many. Raises AlreadyPublished."""
    lock_digest(digest.pk)
    unwritten = list(digest.entries.filter(summary="").exclude(draft_summary=""))
    for entry in unwritten:
        write(entry, {"summary": entry.draft_summary.strip()}, entry.revision, editor, "Draft taken")
    return len(unwritten)


@transaction.atomic
def write_front(
    digest: Digest, headline: str, subtitle: str, intro: str, sign_off: str, revision: int, *, editor: User
) -> None:
    """Save what stands around the entries, begun from that revision. Raises EditClash, AlreadyPublished."""
    digest.refresh_from_db(from_queryset=locked_digests())
    refuse_published(digest)
    texts = (" ".join(headline.split()), " ".join(subtitle.split()), _clean(intro), _clean(sign_off))
    write(digest, dict(zip(_FRONT, texts, strict=True)), revision, editor, "Written")


def _clean(text: str) -> str:
    """Browsers send line ends as CRLF; stored text has none of that, nor space around it."""
    return text.replace("\r\n", "\n").strip()


def write(row: Digest | Entry, texts: dict[str, str], revision: int, editor: User, reason: str) -> None:
    """Store the texts as the next revision. Texts that say what is stored already change and clash with nothing."""
    if all(getattr(row, name) == text for name, text in texts.items()):
        return
    if row.revision != revision:
        raise EditClash(row)
    for name, text in texts.items():
        setattr(row, name, text)
    row.revision += 1
    save(row, editor, reason)
