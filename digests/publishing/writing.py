"""What an editor writes: headings, summaries, and what stands around the entries."""

import datetime as dt

from django.contrib.auth.models import User
from django.db import transaction

from digests import trail
from digests.models import Digest, Entry, Event
from digests.publishing.errors import EditClash, NoDraft, VersionGone
from digests.publishing.rows import lock, lock_digest, locked_digests, refuse_published, save
from digests.summarise import draft_summary

FRONT = ("headline", "subtitle", "intro", "sign_off")


@transaction.atomic
def write_entry(entry: Entry, heading: str, summary: str, revision: int, *, editor: User) -> None:
    """Save the editor's heading and summary, begun from that revision. Raises EditClash, AlreadyPublished."""
    lock(entry)
    write(entry, {"heading": " ".join(heading.split()), "summary": clean(summary)}, revision, editor, "Written")


@transaction.atomic
def restore_entry(entry: Entry, version: int, *, editor: User) -> None:
    """Make an earlier version's heading and summary the next one. Raises VersionGone, AlreadyPublished.

    Nothing that stands now is lost by it: it stays in the history like every version.
    """
    lock(entry)
    old = Entry.history.filter(digest=entry.digest_id, paper=entry.paper_id, history_id=version).first()
    if old is None:
        raise VersionGone("That version isn’t in this entry’s history: reload the page.")
    texts = {"heading": old.heading, "summary": old.summary}
    write(entry, texts, entry.revision, editor, _restored(old.history_date))


@transaction.atomic
def restore_front(digest: Digest, version: int, *, editor: User) -> None:
    """Make an earlier version of what stands around the entries the next one. Raises VersionGone, AlreadyPublished."""
    digest.refresh_from_db(from_queryset=locked_digests())
    refuse_published(digest)
    old = digest.history.filter(history_id=version).first()
    if old is None:
        raise VersionGone("That version isn’t in this digest’s history: reload the page.")
    texts = {name: getattr(old, name) for name in FRONT}
    write(digest, texts, digest.revision, editor, _restored(old.history_date))


def _restored(when: dt.datetime) -> str:
    return f"Restored from {when:%d %b %Y, %H:%M} UTC"


@transaction.atomic
def offer_draft(entry: Entry, text: str, drafted_by: str) -> None:
    """Make a language model's text the draft; the editor's own text isn't touched. Raises AlreadyPublished."""
    lock(entry)
    _set_draft(entry, clean(text), drafted_by)


@transaction.atomic
def offer_own_draft(entry: Entry) -> None:
    """Make Galley's own cut of the abstract the draft again. Raises AlreadyPublished."""
    lock(entry)
    _set_draft(entry, draft_summary(entry.paper.abstract), "")


def _set_draft(entry: Entry, text: str, drafted_by: str) -> None:
    """Drafts have no history: an update leaves none, where a save would."""
    entry.draft_summary, entry.drafted_by = text, drafted_by
    Entry.objects.filter(pk=entry.pk).update(draft_summary=text, drafted_by=drafted_by)


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
    unwritten = list(digest.entries.filter(summary="").exclude(draft_summary="").select_related("paper"))
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
    texts = (" ".join(headline.split()), " ".join(subtitle.split()), clean(intro), clean(sign_off))
    write(digest, dict(zip(FRONT, texts, strict=True)), revision, editor, "Written")


def clean(text: str) -> str:
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
    if isinstance(row, Entry):
        row.summarised_version = row.paper.version if row.summary else None
    row.revision += 1
    save(row, editor, reason)
    digest, paper = (row.digest, row.paper) if isinstance(row, Entry) else (row, None)
    changes = {"revision": (revision, row.revision)}
    trail.record(Event.Kind.TEXT, reason, by=editor, digest=digest, paper=paper, changes=changes)
