"""Where entries stand: put in, taken out, moved, numbered."""

from django.contrib.auth.models import User
from django.db import transaction

from digests import trail
from digests.models import Candidate, Digest, Entry, Event, Section, Topic
from digests.publishing.errors import WrongDigest
from digests.publishing.rows import lock, number, record_decision, save, sign
from digests.summarise import draft_summary


@transaction.atomic
def place_entry(entry: Entry, section: Section, position: int, *, editor: User) -> None:
    """Put the entry at `position`, from 0, among the section's entries; beyond the end means last.

    Its candidate moves to the section's topic along with it. Raises WrongDigest, AlreadyPublished.
    """
    digest = lock(entry)
    if section.digest_id != digest.pk or section.removed:
        raise WrongDigest(f"“{section.title}” is no section of this digest: reload the page.")
    candidate = digest.candidates.filter(paper=entry.paper_id).first()
    if candidate is not None and section.pk != entry.section_id and section.topic_id is not None:
        record_decision(candidate, editor, decided_topic=section.topic)
    put_entry(entry, section, position, editor)
    place = f"Put at place {entry.position + 1} of {section.title}"
    trail.record(Event.Kind.TEXT, place, by=editor, digest=digest, paper=entry.paper)


def put_entry(entry: Entry, section: Section, position: int | None, editor: User) -> None:
    """Move the entry and close the gap that it leaves; `position` None means last."""
    old = entry.section
    if old.pk != section.pk:
        entry.section = section
        save(entry, editor, f"Moved to {section.title}"[:100])
        number(old.entries.all())
    others = list(section.entries.exclude(pk=entry.pk))
    others.insert(len(others) if position is None else max(0, position), entry)
    number(others)


def section_for(digest: Digest, topic: Topic) -> Section:
    """The digest's section of the topic, put back where an editor had taken it out."""
    section, _ = digest.sections.get_or_create(
        topic=topic, defaults={"title": topic.name, "position": digest.sections.count()}
    )
    if section.removed:
        section.removed = False
        section.save(update_fields=["removed"])
    return section


def add_entry(candidate: Candidate, section: Section, editor: User) -> None:
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
        summarised_version=last.summarised_version if last else None,
        revision=last.revision if last else 0,
    )
    save(entry, editor, "Picked" if candidate.verdict == Candidate.Verdict.PICKED else "Reconsidered")


def remove_entry(entry: Entry, editor: User | None) -> None:
    section = entry.section
    sign(entry, editor, "Taken out")
    entry.delete()
    number(section.entries.all())
