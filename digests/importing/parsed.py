"""A digest as a file tells it, before anything of it is stored. Compares by value. Pure."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from digests.export.document import Document, DocumentEntry
from digests.markdown import Blocks, parse
from tracker.errors import GalleyError
from tracker.weeks import Week


class UnreadableFile(GalleyError):
    """The file isn't one of the forms that can be read."""


@dataclass(frozen=True)
class ImportedEntry:
    """One paper. `heading` is TeX; where a file names papers by their titles alone it is the title."""

    heading: str
    summary: str  # Markdown
    arxiv_id: str = ""
    is_draft_text: bool = False

    @property
    def blocks(self) -> Blocks:
        return parse(self.summary)


@dataclass(frozen=True)
class ImportedSection:
    title: str
    entries: tuple[ImportedEntry, ...]


@dataclass(frozen=True)
class ImportedDigest:
    """A digest. What a file doesn't tell is empty or None."""

    headline: str
    subtitle: str
    intro: str  # Markdown
    sign_off: str  # Markdown
    sections: tuple[ImportedSection, ...]
    series_slug: str = ""
    week: Week | None = None
    days: tuple[tuple[int, int], ...] = ()  # day and month of its first day, as its headline may tell them
    published_at: dt.datetime | None = None
    notes: tuple[str, ...] = ()  # what whoever imports it should look at

    @property
    def entries(self) -> Iterator[ImportedEntry]:
        return (entry for section in self.sections for entry in section.entries)


def of_document(document: Document) -> ImportedDigest:
    """The digest as a file made from the document tells it."""
    return ImportedDigest(
        headline=document.headline,
        subtitle=document.subtitle,
        intro=document.intro,
        sign_off=document.sign_off,
        sections=tuple(
            ImportedSection(section.title, tuple(_entry(entry) for entry in section.entries))
            for section in document.sections
        ),
        series_slug=document.series_slug,
        week=document.week,
        published_at=document.published_at,
    )


def _entry(entry: DocumentEntry) -> ImportedEntry:
    return ImportedEntry(entry.title, entry.summary, entry.arxiv_id, entry.is_draft_text)
