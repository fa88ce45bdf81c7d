"""What editors do to a digest. Each verb locks the digest, checks its state, acts and records who and when."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from digests import preflight, report_card
from digests.models import Candidate, Digest, Entry, Section, Topic
from digests.models.digests import DigestQuerySet
from digests.summarise import draft_summary
from tracker.errors import GalleyError

_FRONT = ("headline", "subtitle", "intro", "sign_off")


class AlreadyPublished(GalleyError):
    """The digest is public, and the desk changes drafts only."""


class TopicNeeded(GalleyError):
    """A paper can't enter a digest without a topic to stand under."""


class NotPublished(GalleyError):
    """The digest is a draft already."""


class NoDraft(GalleyError):
    """The machine has no draft summary for the paper."""


class WrongDigest(GalleyError):
    """A section or topic was named that belongs elsewhere."""


class DigestNotReady(GalleyError):
    """Preflight found errors; `problems` lists them."""

    def __init__(self, problems: Sequence[preflight.Problem]) -> None:
        super().__init__(f"Not published: {len(problems)} to put right first. {problems[0].sentence}")
        self.problems = problems


class EditClash(GalleyError):
    """Somebody saved after the edit began. `theirs` is the row as it stands now; nothing was overwritten."""

    def __init__(self, theirs: Digest | Entry) -> None:
        saved = theirs.history.select_related("history_user").first()
        self.theirs = theirs
        self.saved_by = saved.history_user if saved else None
        self.saved_at = saved.history_date if saved else None
        super().__init__(f"{self.saved_by or 'Somebody'} saved this while you were writing.")


# Choosing


@transaction.atomic
def pick(candidate: Candidate, *, editor: User) -> None:
    """Take the paper into the digest, with what was last written about it. Raises TopicNeeded, AlreadyPublished."""
    _lock(candidate)
    if candidate.topic is None:
        raise TopicNeeded("This paper has no topic yet: move it to one, then pick it.")
    _decide(candidate, editor, verdict=Candidate.Verdict.PICKED)


@transaction.atomic
def skip(candidate: Candidate, *, editor: User) -> None:
    """Leave the paper out. What was written about it stays in its history. Raises AlreadyPublished."""
    _lock(candidate)
    _decide(candidate, editor, verdict=Candidate.Verdict.SKIPPED)


@transaction.atomic
def reconsider(candidate: Candidate, *, editor: User) -> None:
    """Take back the verdict: the paper is undecided again. Raises AlreadyPublished."""
    _lock(candidate)
    _decide(candidate, editor, verdict=Candidate.Verdict.UNDECIDED)


@transaction.atomic
def move(candidate: Candidate, topic: Topic | None, *, editor: User) -> None:
    """Put the paper under a topic, or with None back where the machine had it; its entry goes along.

    Raises TopicNeeded where a picked paper would be left without a topic, WrongDigest, AlreadyPublished.
    """
    digest = _lock(candidate)
    if topic is not None and topic.series_id != digest.series_id:
        raise WrongDigest(f"“{topic}” is no topic of this series.")
    if candidate.verdict == Candidate.Verdict.PICKED and (topic or candidate.suggested_topic) is None:
        raise TopicNeeded("A picked paper needs a topic: reconsider it first, or move it to a topic.")
    _decide(candidate, editor, decided_topic=topic)


@transaction.atomic
def pick_all_proposed(digest: Digest, *, editor: User) -> int:
    """Pick every proposed paper that nobody has decided on; returns how many. Raises AlreadyPublished."""
    _lock_digest(digest.pk)
    waiting = digest.candidates.filter(
        proposed=True, verdict=Candidate.Verdict.UNDECIDED, paper__in=digest.entries.values("paper")
    )
    return waiting.update(verdict=Candidate.Verdict.PICKED, decided_by=editor, decided_at=timezone.now())


def _decide(candidate: Candidate, editor: User, **columns: Topic | str | None) -> None:
    for name, value in columns.items():
        setattr(candidate, name, value)
    candidate.decided_by, candidate.decided_at = editor, timezone.now()
    candidate.save(update_fields=[*columns, "decided_by", "decided_at"])
    _settle_entry(candidate, editor)


def _settle_entry(candidate: Candidate, editor: User) -> None:
    """Make the draft hold the candidate's entry, under its topic, exactly if it is picked or still proposed."""
    entry = Entry.objects.filter(digest=candidate.digest_id, paper=candidate.paper_id).select_related("section").first()
    picked = candidate.verdict == Candidate.Verdict.PICKED
    proposed = candidate.proposed and candidate.verdict == Candidate.Verdict.UNDECIDED
    topic = candidate.topic
    if topic is None or not (picked or proposed):
        if entry is not None:
            _remove_entry(entry, editor)
    elif entry is None:
        _add_entry(candidate, _section_for(candidate.digest, topic), editor)
    elif entry.section.topic_id != topic.pk:
        _put_entry(entry, _section_for(candidate.digest, topic), None, editor)


def _section_for(digest: Digest, topic: Topic) -> Section:
    section, _ = digest.sections.get_or_create(
        topic=topic, defaults={"title": topic.name, "position": digest.sections.count()}
    )
    return section


def _add_entry(candidate: Candidate, section: Section, editor: User) -> None:
    """A new entry at the end of the section, or the removed one as its editor had left it."""
    last = Entry.history.filter(digest=candidate.digest_id, paper=candidate.paper_id).order_by("history_id").last()
    entry = Entry(
        digest_id=candidate.digest_id,
        paper_id=candidate.paper_id,
        section=section,
        position=section.entries.count(),
        draft_summary=draft_summary(candidate.paper.abstract),
        heading=last.heading if last else "",
        summary=last.summary if last else "",
        revision=last.revision if last else 0,
    )
    _save(entry, editor, "Picked" if candidate.verdict == Candidate.Verdict.PICKED else "Reconsidered")


def _remove_entry(entry: Entry, editor: User) -> None:
    section = entry.section
    _sign(entry, editor, "Taken out")
    entry.delete()
    _number(section.entries.all())


# Arranging


@transaction.atomic
def place_entry(entry: Entry, section: Section, position: int, *, editor: User) -> None:
    """Put the entry at `position`, from 0, among the section's entries; beyond the end means last.

    Its candidate moves to the section's topic along with it. Raises WrongDigest, AlreadyPublished.
    """
    digest = _lock(entry)
    if section.digest_id != digest.pk:
        raise WrongDigest(f"“{section.title}” is a section of another digest.")
    if section.pk != entry.section_id and section.topic_id is not None:
        digest.candidates.filter(paper=entry.paper_id).update(
            decided_topic=section.topic_id, decided_by=editor, decided_at=timezone.now()
        )
    _put_entry(entry, section, position, editor)


def _put_entry(entry: Entry, section: Section, position: int | None, editor: User) -> None:
    """Move the entry and close the gap that it leaves; `position` None means last."""
    old = entry.section
    if old.pk != section.pk:
        entry.section = section
        _save(entry, editor, f"Moved to {section.title}"[:100])
        _number(old.entries.all())
    others = list(section.entries.exclude(pk=entry.pk))
    others.insert(len(others) if position is None else max(0, position), entry)
    _number(others)


def _number(entries: Iterable[Entry]) -> None:
    """Give the entries, in this order, the positions 0, 1, 2 …"""
    shifted = []
    for position, entry in enumerate(entries):
        if entry.position != position:
            entry.position = position
            shifted.append(entry)
    Entry.objects.bulk_update(shifted, ["position"])


# Writing


@transaction.atomic
def write_entry(entry: Entry, heading: str, summary: str, revision: int, *, editor: User) -> None:
    """Save the editor's heading and summary, begun from that revision. Raises EditClash, AlreadyPublished."""
    _lock(entry)
    _write(entry, {"heading": " ".join(heading.split()), "summary": _clean(summary)}, revision, editor, "Written")


@transaction.atomic
def take_draft(entry: Entry, *, editor: User, revision: int | None = None) -> None:
    """Make the machine's draft the summary. `revision` is the one that the editor saw, if any.

    Raises NoDraft, EditClash, AlreadyPublished.
    """
    _lock(entry)
    if not entry.draft_summary.strip():
        raise NoDraft("There is no draft for this paper: write its summary yourself.")
    seen = entry.revision if revision is None else revision
    _write(entry, {"summary": entry.draft_summary.strip()}, seen, editor, "Draft taken")


@transaction.atomic
def take_all_drafts(digest: Digest, *, editor: User) -> int:
    """Make the drafts of all entries without a summary their summaries; returns how many. Raises AlreadyPublished."""
    _lock_digest(digest.pk)
    unwritten = list(digest.entries.filter(summary="").exclude(draft_summary=""))
    for entry in unwritten:
        _write(entry, {"summary": entry.draft_summary.strip()}, entry.revision, editor, "Draft taken")
    return len(unwritten)


@transaction.atomic
def write_front(
    digest: Digest, headline: str, subtitle: str, intro: str, sign_off: str, revision: int, *, editor: User
) -> None:
    """Save what stands around the entries, begun from that revision. Raises EditClash, AlreadyPublished."""
    digest.refresh_from_db(from_queryset=_locked_digests())
    _refuse_published(digest)
    texts = (" ".join(headline.split()), " ".join(subtitle.split()), _clean(intro), _clean(sign_off))
    _write(digest, dict(zip(_FRONT, texts, strict=True)), revision, editor, "Written")


def _clean(text: str) -> str:
    """Browsers send line ends as CRLF; stored text has none of that, nor space around it."""
    return text.replace("\r\n", "\n").strip()


def _write(row: Digest | Entry, texts: dict[str, str], revision: int, editor: User, reason: str) -> None:
    """Store the texts as the next revision. Texts that say what is stored already change and clash with nothing."""
    if all(getattr(row, name) == text for name, text in texts.items()):
        return
    if row.revision != revision:
        raise EditClash(row)
    for name, text in texts.items():
        setattr(row, name, text)
    row.revision += 1
    _save(row, editor, reason)


# Publishing


@transaction.atomic
def publish_digest(digest: Digest, *, editor: User) -> None:
    """Make the digest public, with its picked papers only. Raises DigestNotReady, AlreadyPublished."""
    digest.refresh_from_db(from_queryset=_locked_digests())
    _refuse_published(digest)
    if found := preflight.errors(digest):
        raise DigestNotReady(found)
    picked = digest.candidates.filter(verdict=Candidate.Verdict.PICKED)
    for entry in digest.entries.exclude(paper__in=picked.values("paper")).select_related("section"):
        _remove_entry(entry, editor)
    digest.status = Digest.Status.PUBLISHED
    digest.published_at, digest.published_by = timezone.now(), editor
    _save(digest, editor, "Published")
    report_card.grade(digest)


@transaction.atomic
def withdraw_digest(digest: Digest, *, editor: User) -> None:
    """Take a published digest back to draft, with all that is decided and written. Raises NotPublished."""
    digest.refresh_from_db(from_queryset=_locked_digests())
    if not digest.is_published:
        raise NotPublished("This digest isn’t public: there is nothing to take back.")
    digest.status, digest.published_at, digest.published_by = Digest.Status.DRAFT, None, None
    _save(digest, editor, "Taken back to draft")


# What all verbs share


def _locked_digests() -> DigestQuerySet:
    return Digest.objects.select_for_update()


def _lock_digest(pk: int) -> Digest:
    """Hold the digest until the transaction ends, so that verbs on it come one after the other."""
    digest = _locked_digests().get(pk=pk)
    _refuse_published(digest)
    return digest


def _lock(row: Candidate | Entry) -> Digest:
    """Hold the row's digest, then read the row again: what its caller holds may be old."""
    digest = _lock_digest(row.digest_id)
    row.refresh_from_db()
    return digest


def _refuse_published(digest: Digest) -> None:
    if digest.is_published:
        raise AlreadyPublished("This digest is published: take it back to draft to change it.")


def _save(row: Digest | Entry, editor: User, reason: str) -> None:
    _sign(row, editor, reason)
    row.save()


def _sign(row: Any, editor: User, reason: str) -> None:
    """Tell simple_history, which looks for these names on the row, by whom and why it changes."""
    row._history_user, row._change_reason = editor, reason
