"""Galley's Markdown, with or without front matter, read back as the same digest. Pure."""

import json
import re
from collections.abc import Sequence

from digests.export import wording
from digests.importing.parsed import ImportedDigest, ImportedEntry, ImportedSection, UnreadableFile
from digests.markdown import blocks_to_markdown, inlines_to_plain
from digests.markdown.blocks import (
    Block,
    Emphasis,
    Heading,
    Inline,
    Link,
    Listing,
    Paragraph,
    Quote,
    Rule,
    Strong,
    Text,
)
from digests.markdown.reading import Piece, parse_document
from digests.markdown.titles import inlines_to_tex
from tracker.weeks import MalformedWeek, Week

OWN_HEADINGS = 3  # levels that the digest itself takes
_FRONT_MATTER = re.compile(r"---\n(?P<fields>.*?)\n---\n", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:\.\d+)?\.\s+")
_ANCHOR = re.compile(r"\s*\{#[^{}]*\}$")
_PAPER = re.compile(r"https?://arxiv\.org/abs/(?P<id>[^?#]+?)(?:v\d+)?$")
_LIQUID = re.compile(r"^\{% (?:end)?raw %\}\n?", re.MULTILINE)
_CORRECTED = wording.CORRECTION.partition("{")[0]
_NOTICES = (wording.WITHDRAWN_NOTICE, wording.PARAPHRASE_NOTICE)


def read_markdown(text: str) -> ImportedDigest:
    """The digest. Raises UnreadableFile where it has no headline or no papers."""
    fields, text = _without_front_matter(text.replace("\r\n", "\n"))
    pieces = parse_document(text, OWN_HEADINGS)
    if pieces and pieces[0].block == Quote((_strong(wording.DRAFT_NOTICE),)):
        pieces = pieces[1:]
    headline, pieces = _headline(fields, pieces)
    front, parts, sign_off = _split(pieces)
    sections = tuple(_section(part) for part in parts)
    if not any(section.entries for section in sections):
        raise UnreadableFile(
            "No papers were found: a section begins with “## 1. …”, a paper with “### 1.1. [Title](…)”."
        )
    subtitle, intro = _front(front)
    return ImportedDigest(
        headline=headline,
        subtitle=subtitle,
        intro=_text(intro),
        sign_off=_text(sign_off),
        sections=sections,
        series_slug=_series_slug(fields),
        week=_week(fields),
    )


def _without_front_matter(text: str) -> tuple[dict[str, object], str]:
    """Its fields, of which each holds JSON on one line as Galley writes them, and the rest."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    pairs = (line.partition(": ") for line in match["fields"].splitlines())
    try:
        fields = {name: json.loads(value) for name, _, value in pairs}
    except json.JSONDecodeError:
        raise UnreadableFile(
            "This front matter isn't Galley's own: take it away, and write the headline as “# …”."
        ) from None
    return fields, _LIQUID.sub("", text[match.end() :])


def _headline(fields: dict[str, object], pieces: list[Piece]) -> tuple[str, list[Piece]]:
    if pieces and pieces[0].level == 1:
        return _plain(pieces[0].block), pieces[1:]
    if isinstance(fields.get("title"), str):
        return str(fields["title"]), pieces
    raise UnreadableFile("No headline was found: the file begins with “# …”.")


def _split(pieces: Sequence[Piece]) -> tuple[list[Piece], list[list[Piece]], list[Piece]]:
    """What stands before the sections, each section with its heading, and the sign-off."""
    starts = [place for place, piece in enumerate(pieces) if piece.level == 2]
    if not starts:
        return list(pieces), [], []
    rules = [place for place, piece in enumerate(pieces) if piece.block == Rule() and piece.mark.startswith("-")]
    end = rules[-1] if rules and rules[-1] > starts[-1] else len(pieces)
    bounds = [*starts[1:], end]
    parts = [list(pieces[start:stop]) for start, stop in zip(starts, bounds, strict=True)]
    after = _without_last(list(pieces[end + 1 :]), wording.ARXIV_THANKS)
    if end == len(pieces):
        parts[-1] = _without_last(parts[-1], wording.ARXIV_THANKS)
    return list(pieces[: starts[0]]), parts, after


def _front(pieces: list[Piece]) -> tuple[str, list[Piece]]:
    """Subtitle and intro, without the table of contents."""
    for place in range(len(pieces) - 2, -1, -1):
        if pieces[place].block == _words(wording.CONTENTS) and isinstance(pieces[place + 1].block, Listing):
            pieces = pieces[:place] + pieces[place + 2 :]
            break
    pieces = _without_last(pieces, wording.SAMPLE_NOTICE)
    if not pieces or not isinstance(pieces[0].block, Paragraph):
        return "", pieces
    subtitle = _plain(pieces[0].block)
    return "" if subtitle == wording.NO_SUBTITLE else subtitle, pieces[1:]


def _section(pieces: list[Piece]) -> ImportedSection:
    title = _ANCHOR.sub("", _NUMBER.sub("", _plain(pieces[0].block), count=1))
    starts = [place for place, piece in enumerate(pieces) if piece.level == 3]
    bounds = [*starts[1:], len(pieces)]
    entries = (_entry(pieces[start:stop]) for start, stop in zip(starts, bounds, strict=True)) if starts else ()
    return ImportedSection(title, tuple(entries))


def _entry(pieces: Sequence[Piece]) -> ImportedEntry:
    heading, rest = pieces[0].block, list(pieces[1:])
    assert isinstance(heading, Heading)
    inlines = _without_number(heading.children)
    arxiv_id = ""
    if len(inlines) == 1 and isinstance(inlines[0], Link):
        match = _PAPER.match(inlines[0].address)
        arxiv_id, inlines = (match["id"] if match else ""), inlines[0].children
    while rest and _is_notice(rest[0].block):
        rest = rest[1:]
    is_draft_text = bool(rest) and rest[0].block == _emphasised(wording.MACHINE_NOTICE)
    summary = _text(rest[1:] if is_draft_text else rest)
    return ImportedEntry(inlines_to_tex(inlines), summary, arxiv_id, is_draft_text)


def _is_notice(block: Block) -> bool:
    """Whether it is a sentence that Galley prints with an entry, rather than its editor's."""
    if not isinstance(block, Paragraph) or len(block.children) != 1 or not isinstance(block.children[0], Emphasis):
        return False
    told = _plain(block)
    return told in _NOTICES or told.startswith(_CORRECTED)


def _without_number(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    first = inlines[0] if inlines else None
    if not isinstance(first, Text):
        return inlines
    words = _NUMBER.sub("", first.words, count=1)
    return (Text(words), *inlines[1:]) if words else inlines[1:]


def _without_last(pieces: list[Piece], notice: str) -> list[Piece]:
    return pieces[:-1] if pieces and pieces[-1].block == _emphasised(notice) else pieces


def _text(pieces: Sequence[Piece]) -> str:
    return blocks_to_markdown([piece.block for piece in pieces])


def _plain(block: Block) -> str:
    return inlines_to_plain(block.children, addresses=False) if isinstance(block, Heading | Paragraph) else ""


def _words(text: str) -> Paragraph:
    return Paragraph((Text(text),))


def _emphasised(text: str) -> Paragraph:
    return Paragraph((Emphasis((Text(text),)),))


def _strong(text: str) -> Paragraph:
    return Paragraph((Strong((Text(text),)),))


def _series_slug(fields: dict[str, object]) -> str:
    categories = fields.get("categories")
    return str(categories[0]) if isinstance(categories, list) and categories else ""


def _week(fields: dict[str, object]) -> Week | None:
    try:
        return Week.parse(str(fields["week"])) if "week" in fields else None
    except MalformedWeek as error:
        raise UnreadableFile(str(error)) from error
