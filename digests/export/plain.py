"""A digest as plain text, in the form that readers know it from."""

import textwrap
from collections.abc import Iterator

from digests.export import wording
from digests.export.document import Document, DocumentEntry
from digests.export.formats import Format, Purpose
from digests.markdown import Blocks, blocks_to_plain

WIDTH = 78


def render(document: Document) -> bytes:
    """The whole document in lines that fit a terminal."""
    return ("\n\n".join(block for block in _blocks(document) if block) + "\n").encode()


def _blocks(document: Document) -> Iterator[str]:
    if document.is_draft:
        yield wording.DRAFT_NOTICE
    yield _underlined(document.headline, "=")
    yield _wrapped(document.subtitle)
    yield _text(document.intro_blocks)
    yield _wrapped(document.sample_notice)
    if document.contents:
        yield "\n".join([wording.CONTENTS, *(f"{number}. {title}" for number, title, _ in document.contents)])
    for section in document.sections:
        yield _underlined(f"{section.number}. {section.title}", "-")
        for entry in section.entries:
            yield from _entry(entry)
    yield _text(document.sign_off_blocks)
    yield wording.ARXIV_THANKS


def _entry(entry: DocumentEntry) -> Iterator[str]:
    yield f"{_wrapped(f'{entry.number}. {entry.heading}')}\n{entry.url}"
    yield from map(_wrapped, entry.notices)
    yield _text(entry.summary_blocks)


def _text(blocks: Blocks) -> str:
    """Each line folded by itself, so that lists and code keep their lines."""
    return "\n".join(_folded(line) for line in blocks_to_plain(blocks).split("\n"))


def _folded(line: str) -> str:
    words = line.lstrip(" ")
    indent = " " * (len(line) - len(words) + (2 if words.startswith(("- ", "> ")) else 0))
    return textwrap.fill(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _underlined(text: str, mark: str) -> str:
    lines = _wrapped(text)
    return f"{lines}\n{mark * min(WIDTH, max(map(len, lines.splitlines()), default=0))}"


FORMAT = Format("txt", "Plain text", Purpose.READ, "txt", "text/plain; charset=utf-8", render)
