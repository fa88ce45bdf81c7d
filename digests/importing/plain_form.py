"""A roundup in plain text, as its readers saw it: a paragraph a line, `1. Topic` above `1.1. Title`. Pure."""

import re
from collections.abc import Sequence
from itertools import pairwise

from digests.export import wording
from digests.importing.parsed import ImportedDigest, ImportedEntry, ImportedSection, UnreadableFile
from tracker import tex
from tracker.weeks import Week

_SECTION = re.compile(r"(?P<number>\d+)\.\s+(?P<title>\S.*)")
_ENTRY = re.compile(r"\d+\.\d+\.?\s+(?P<title>\S.*)")
_WEEK = re.compile(r"\b(\d{4})-?W(\d{2})\b")
_DAY = re.compile(r"\b(?P<day>\d{1,2})/(?P<month>\d{1,2})\b")
_TO_READERS = re.compile(r"\byou\b|\byour\b|https?://", re.IGNORECASE)
_LINE_START = re.compile(r"^(?:([-+#>=~|:])|(\d{1,9})([.)]))")


def read_plain(text: str) -> ImportedDigest:
    """The digest. Raises UnreadableFile where no papers are found."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    start = _first_section(lines)
    headline, subtitle, *rest = [*lines[:start], "", ""]
    contents = _contents(rest)
    sections, ending = _sections(lines[start:])
    titled, notes = _titled(sections, contents)
    intro = [line for line in rest if line and line not in (wording.CONTENTS, *contents)]
    if ending:
        notes.append(f"The sign-off is taken to begin with “{ending[0][:60]}”.")
    found = _WEEK.search(headline)
    return ImportedDigest(
        headline=tex.to_unicode(headline),
        subtitle=tex.to_unicode(subtitle),
        intro=_text(intro),
        sign_off=_text(ending),
        sections=tuple(titled),
        week=Week(int(found[1]), int(found[2])) if found else None,
        days=tuple((int(match["day"]), int(match["month"])) for match in _DAY.finditer(headline)),
        notes=tuple(notes),
    )


def _first_section(lines: Sequence[str]) -> int:
    """The place of the first section's heading: the one right above a paper's, since the contents may be numbered."""
    for place, (line, below) in enumerate(pairwise(lines)):
        if _SECTION.fullmatch(line) and _ENTRY.fullmatch(below):
            return place
    raise UnreadableFile("No papers were found: a topic begins with “1. …”, a paper below it with “1.1. …”.")


def _contents(lines: Sequence[str]) -> list[str]:
    """The lines below "Table of Contents"."""
    for place, line in enumerate(lines):
        if line.rstrip(":").casefold() == wording.CONTENTS.rstrip(":").casefold():
            return [line for line in lines[place + 1 :] if line]
    return []


def _sections(lines: Sequence[str]) -> tuple[list[ImportedSection], list[str]]:
    """The sections, and the sign-off, which nothing marks: the first words to readers below the last paper's first."""
    sections: list[tuple[str, list[tuple[str, list[str]]]]] = []
    for place, line in enumerate(lines):
        entry, section = _ENTRY.fullmatch(line), _SECTION.fullmatch(line)
        if entry:
            sections[-1][1].append((entry["title"], []))
        elif section and place + 1 < len(lines) and _ENTRY.fullmatch(lines[place + 1]):
            sections.append((section["title"], []))
        else:
            sections[-1][1][-1][1].append(line)
    last = sections[-1][1][-1][1]
    cut = next((place for place in range(1, len(last)) if _TO_READERS.search(last[place])), len(last))
    ending = last[cut:]
    del last[cut:]
    return [ImportedSection(title, tuple(_entry(*entry) for entry in entries)) for title, entries in sections], ending


def _entry(title: str, paragraphs: Sequence[str]) -> ImportedEntry:
    return ImportedEntry(title, _text(paragraphs))


def _titled(sections: Sequence[ImportedSection], contents: Sequence[str]) -> tuple[list[ImportedSection], list[str]]:
    """The sections under the titles of the contents, where there is one for each; and where the two differ."""
    named = [_SECTION.sub(r"\g<title>", line) for line in contents]
    if len(named) != len(sections):
        return list(sections), []
    notes = [
        f"Section {number} is “{title}” in the contents, “{section.title}” in the text: the contents' title is taken."
        for number, (section, title) in enumerate(zip(sections, named, strict=True), start=1)
        if section.title != title
    ]
    return [ImportedSection(title, one.entries) for one, title in zip(sections, named, strict=True)], notes


def _text(lines: Sequence[str]) -> str:
    """A paragraph a line, in Markdown."""
    return "\n\n".join(_LINE_START.sub(_escaped, tex.to_markdown(line)) for line in lines)


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}"
