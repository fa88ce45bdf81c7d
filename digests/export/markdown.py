"""A digest as CommonMark, in the form that readers know it from. Reads back as the same digest (`export/reading`)."""

from collections.abc import Iterator

from digests.export import wording
from digests.export.document import Document, DocumentEntry
from digests.export.formats import Format, Purpose
from digests.markdown import Blocks, blocks_to_markdown, inlines_to_markdown, parse_line
from digests.markdown.blocks import Heading, Link, Paragraph, Text

HEADING_MARKS = 4  # of an editor's highest heading: the digest's own take one to three


def render(document: Document) -> bytes:
    """The whole document, blocks apart by empty lines. Formulas stay as TeX between dollars."""
    return join([_heading(1, document.headline), *body(document)], document)


def join(blocks: list[str], document: Document) -> bytes:
    notice = [f"> **{wording.DRAFT_NOTICE}**"] if document.is_draft else []
    return ("\n\n".join(block for block in [*notice, *blocks] if block) + "\n").encode()


def body(document: Document, *, with_ids: bool = False) -> Iterator[str]:
    """What stands below the headline. `with_ids` names each section's anchor, where a site would make up its own."""
    yield blocks_to_markdown((Paragraph(_line(document.subtitle)),)) if document.subtitle else wording.NO_SUBTITLE
    yield _blocks(document.intro_blocks)
    if document.is_sample:
        yield f"*{wording.SAMPLE_NOTICE}*"
    yield wording.CONTENTS
    yield "\n".join(
        f"{number}. [{_brackets(inlines_to_markdown(_line(title)))}](#{anchor})"
        for number, title, anchor in document.contents
    )
    for section in document.sections:
        yield _heading(2, f"{section.number}. {section.title}") + (f" {{#{section.anchor}}}" if with_ids else "")
        for entry in section.entries:
            yield from _entry(entry)
    if document.sign_off_blocks:
        yield "---"
        yield _blocks(document.sign_off_blocks)
    yield f"*{wording.ARXIV_THANKS}*"


def _entry(entry: DocumentEntry) -> Iterator[str]:
    heading = Link(entry.url, parse_line(entry.heading_markdown))
    yield blocks_to_markdown((Heading(3, (Text(f"{entry.number}. "), heading)),))
    yield from (f"*{notice}*" for notice in entry.notices)
    yield _blocks(entry.summary_blocks)


def _blocks(blocks: Blocks) -> str:
    return blocks_to_markdown(blocks, top_heading=HEADING_MARKS)


def _heading(level: int, words: str) -> str:
    return blocks_to_markdown((Heading(level, _line(words)),))


def _line(text: str) -> tuple[Text, ...]:
    """The editor's one line of plain text."""
    words = " ".join(text.split())
    return (Text(words),) if words else ()


def _brackets(text: str) -> str:
    """Words for a link: brackets that don't pair up would end it early."""
    if text.count("[") == text.count("]"):
        return text
    return text.replace("[", r"\[").replace("]", r"\]")


FORMAT = Format(
    "md", "Markdown", Purpose.PASTE, "md", "text/markdown; charset=utf-8", render, "for a repository or wiki"
)
