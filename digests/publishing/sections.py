"""The sections of one digest: added, renamed, put in order, taken out. The series' topics stay as they are."""

from django.contrib.auth.models import User
from django.db import transaction

from digests import trail
from digests.models import Digest, Event, Section
from digests.publishing.errors import SectionInUse, SectionTitle
from digests.publishing.rows import lock_digest, number, save, sign


@transaction.atomic
def add_section(digest: Digest, title: str, *, editor: User) -> Section:
    """A section of the editor's own, behind the others. Raises SectionTitle, AlreadyPublished."""
    lock_digest(digest.pk)
    standing = digest.sections.standing()
    section = Section(digest=digest, title=_checked(digest, title), position=standing.count())
    save(section, editor, "Added")
    _record("Section added", digest, section, editor)
    number([*standing.exclude(pk=section.pk), section])
    return section


@transaction.atomic
def rename_section(section: Section, title: str, *, editor: User) -> None:
    """Give the section another title, in this digest only. Raises SectionTitle, AlreadyPublished."""
    digest = _lock(section)
    title = _checked(digest, title, but=section)
    if title != section.title:
        before, section.title = section.title, title
        save(section, editor, "Renamed")
        _record("Section renamed", digest, section, editor, {"title": (before, title)})


@transaction.atomic
def place_section(section: Section, position: int, *, editor: User) -> None:
    """Put the section at `position`, from 0, among those that stand; order has no history. Raises AlreadyPublished."""
    digest = _lock(section)
    others = list(digest.sections.standing().exclude(pk=section.pk))
    others.insert(max(0, position), section)
    number(others)
    _record(f"Section put at place {section.position + 1}", digest, section, editor)


@transaction.atomic
def remove_section(section: Section, *, editor: User) -> None:
    """Take an empty section out of the digest. A topic's comes back with its next pick.

    Raises SectionInUse, AlreadyPublished.
    """
    digest = _lock(section)
    if section.entries.exists():
        raise SectionInUse(f"“{section.title}” holds papers: move them or take them out first.")
    _record("Section taken out", digest, section, editor)
    if section.topic is None:
        sign(section, editor, "Taken out")
        section.delete()
    else:
        section.removed, section.title = True, section.topic.name
        save(section, editor, "Taken out")
    number(digest.sections.standing())


def _record(
    deed: str, digest: Digest, section: Section, editor: User, changes: dict[str, tuple[str, str]] | None = None
) -> None:
    trail.record(Event.Kind.TEXT, deed, by=editor, digest=digest, subject=section.title, changes=changes)


def _lock(section: Section) -> Digest:
    digest = lock_digest(section.digest_id)
    section.refresh_from_db()
    return digest


def _checked(digest: Digest, title: str, but: Section | None = None) -> str:
    title = " ".join(title.split())
    if not title:
        raise SectionTitle("A section needs a title.")
    others = digest.sections.standing().filter(title__iexact=title)
    if any(other != but for other in others):
        raise SectionTitle(f"This digest has a section “{title}” already: choose another title.")
    return title
