"""A digest as CommonMark, in the form that readers know it from."""

from collections.abc import Iterator

from digests.export import wording
from digests.export.document import Document, DocumentEntry
from tracker import tex


def render(document: Document) -> str:
    """The whole document, blocks apart by empty lines. Formulas stay as TeX between dollars."""
    return "\n\n".join(block for block in _blocks(document) if block) + "\n"


def _blocks(document: Document) -> Iterator[str]:
    if document.is_draft:
        yield f"> **{wording.DRAFT_NOTICE}**"
    yield f"# {_line(document.headline)}"
    yield _line(document.subtitle)
    yield document.intro.strip()
    if document.is_sample:
        yield f"*{wording.SAMPLE_NOTICE}*"
    yield "Table of Contents:"
    yield "\n".join(f"{number}. [{_line(title)}](#{anchor})" for number, title, anchor in document.contents)
    for section in document.sections:
        yield f"## {section.number}. {_line(section.title)}"
        for entry in section.entries:
            yield from _entry(entry)
    if document.sign_off.strip():
        yield "---"
        yield document.sign_off.strip()
    yield f"*{wording.ARXIV_THANKS}*"


def _entry(entry: DocumentEntry) -> Iterator[str]:
    yield f"### {entry.number}. [{_brackets(entry.heading_markdown)}]({entry.url})"
    yield from (f"*{notice}*" for notice in entry.notices)
    yield entry.summary.strip()


def _line(text: str) -> str:
    """The editor's one line of plain text, with nothing in it that Markdown would read as a mark."""
    return tex.escape_markdown(" ".join(text.split()))


def _brackets(text: str) -> str:
    """Words for a link: brackets that don't pair up would end it early."""
    if text.count("[") == text.count("]"):
        return text
    return text.replace("[", r"\[").replace("]", r"\]")
