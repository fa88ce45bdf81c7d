"""Blocks as plain text, for mail and other places without markup. Pure."""

from collections.abc import Iterator, Sequence

from digests.markdown.blocks import (
    Block,
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Heading,
    Inline,
    Link,
    Listing,
    Math,
    Paragraph,
    Quote,
    Rule,
    Strong,
    Text,
)
from tracker import tex


def blocks_to_plain(blocks: Sequence[Block]) -> str:
    """Blocks apart by an empty line, `-` or a number before what is listed, addresses in brackets behind words."""
    return "\n\n".join("\n".join(_lines(block)) for block in blocks).strip()


def inlines_to_plain(inlines: Sequence[Inline], *, addresses: bool = True) -> str:
    """The words; links with their address behind them, unless `addresses` is False or it is the words."""
    return "".join(_inline(inline, addresses) for inline in inlines)


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(children) | Heading(_, children):
            yield from inlines_to_plain(children).split("\n")
        case CodeBlock(words):
            yield from words.split("\n")
        case Rule():
            yield "* * *"
        case Quote(blocks):
            yield from (f"> {line}".rstrip() for line in blocks_to_plain(blocks).split("\n"))
        case Listing(items, ordered, start, _):
            for number, item in enumerate(items, start=start):
                yield from _item(item, f"{number}. " if ordered else "- ")


def _item(blocks: Sequence[Block], marker: str) -> Iterator[str]:
    """The item's lines, the first behind its marker and the others below the words of the first."""
    lines = [line for block in blocks for line in _lines(block)] or [""]
    for place, line in enumerate(lines):
        yield (f"{marker if place == 0 else ' ' * len(marker)}{line}").rstrip()


def _inline(inline: Inline, addresses: bool) -> str:
    match inline:
        case Text(words):
            return words.replace("\n", " ")
        case Code(words):
            return words
        case Math(source):
            return tex.formula_to_unicode(source)
        case Break():
            return "\n"
        case Emphasis(children) | Strong(children):
            return inlines_to_plain(children, addresses=addresses)
        case Link(address, children):
            words = inlines_to_plain(children, addresses=addresses)
            same = words == address or f"mailto:{words}" == address
            return words if same or not addresses else f"{words} ({address})"
