"""Blocks as CommonMark that reads back as the same blocks, in Galley and in other readers alike. Pure."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product, zip_longest

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
from digests.markdown.reading import parse, parse_line
from tracker import tex

_LINE_START = re.compile(r"^(?:([-+#>=~|:])|(\d{1,9})([.)]))", re.MULTILINE)
_BACKTICKS = re.compile("`+")
_TILDES = re.compile("~+")
_CAREFUL = re.compile(r"(?<!\\)[\[\]_]")
_BACKSLASH_AT_END = re.compile(r"(?<!\\)((?:\\\\)*)\\(?=\s|$)")
_RARE_SPACE = re.compile(r"[^\S\n -~]+")
_EDGE = re.compile(r"^[^\S\n]+|[^\S\n]+$", re.MULTILINE)
_SPACE = re.compile(r"\s")
_PLAIN_ADDRESS = re.compile(r"[^\s<>()\\]+")


def blocks_to_markdown(blocks: Sequence[Block], *, top_heading: int = 1) -> str:
    """The blocks, an empty line between them. Headings of level 1 get `top_heading` marks."""
    return "\n\n".join(_blocks(blocks, top_heading))


def inlines_to_markdown(inlines: Sequence[Inline]) -> str:
    """The inlines on one line, for a heading or a link's words."""
    return _checked(tuple(inlines), line=True)


def _blocks(blocks: Sequence[Block], top: int, marker: int = 0) -> Iterator[str]:
    """The blocks. A list right behind a list, or right inside one, takes the other marker, which keeps them apart."""
    before = None
    for block in blocks:
        if not isinstance(block, Listing):
            yield _block(block, top)
        else:
            marker = 1 - marker if isinstance(before, Listing) else marker
            yield _listing(block, marker, top)
        before = block


def _block(block: Block, top: int) -> str:
    match block:
        case Paragraph(children):
            return _checked(children, line=False)
        case Heading(level, children):
            return f"{'#' * (level + top - 1)} {_heading_words(_checked(children, line=True))}".rstrip()
        case CodeBlock():
            return _code_block(block)
        case Rule():
            return "***"
        case Quote(blocks):
            return _indented(blocks_to_markdown(blocks, top_heading=top), "> ", "> ") if blocks else ">"
        case Listing():
            return _listing(block, 0, top)


def _heading_words(words: str) -> str:
    """Number signs at the end of a heading would be taken for its closing."""
    return re.sub(r"#(?=#*$)", r"\\#", words)


def _code_block(block: CodeBlock) -> str:
    mark = "~" if "`" in block.language else "`"
    runs = (_TILDES if mark == "~" else _BACKTICKS).findall(block.words)
    fence = mark * max(3, 1 + max(map(len, runs), default=0))
    words = f"{block.words}\n" if block.words else ""
    return f"{fence}{block.language}\n{words}{fence}"


def _listing(listing: Listing, marker: int, top: int) -> str:
    items = []
    for number, blocks in enumerate(listing.items, start=listing.start):
        mark = f"{number}{'.)'[marker]} " if listing.ordered else ("- ", "+ ")[marker]
        items.append(_item(blocks, mark, listing.tight, top, 1 - marker))
    return ("\n" if listing.tight else "\n\n").join(items)


def _item(blocks: Sequence[Block], mark: str, tight: bool, top: int, inner_marker: int) -> str:
    written = list(_blocks(blocks, top, inner_marker))
    if not written:
        return mark.rstrip()
    return _indented(("\n" if tight else "\n\n").join(written), mark, " " * len(mark))


def _indented(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join(
        (first if place == 0 else others).rstrip() if not line else (first if place == 0 else others) + line
        for place, line in enumerate(lines)
    )


# --- Inside a line ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=4_000)
def _checked(inlines: tuple[Inline, ...], *, line: bool) -> str:
    """The inlines with the first choice of marks that reads back as them.

    Marks next to marks, or next to letters, may mean something else; another choice of mark then often helps. What
    CommonMark can't say at all, such as emphasis on a space, goes without its emphasis.
    """
    for marks, careful in product(("**", "*_", "_*", "__"), (False, True)):
        written = _Line(marks, careful=careful, is_block=not line).write(inlines)
        if (parse_line(written) == inlines) if line else (parse(written) == (Paragraph(inlines),)):
            return written
    return _Line("**", careful=True, is_block=not line).write(_without_emphasis(inlines))


def _without_emphasis(inlines: Sequence[Inline]) -> tuple[Inline, ...]:
    flat: list[Inline] = []
    for inline in inlines:
        flat += _without_emphasis(inline.children) if isinstance(inline, Emphasis | Strong) else (inline,)
    return tuple(flat)


class _Line:
    """Writes inlines with two marks: one for emphasis, and one for emphasis or strong words inside it."""

    def __init__(self, marks: str, *, careful: bool, is_block: bool) -> None:
        self.marks, self.careful, self.is_block = marks, careful, is_block

    def write(self, inlines: Sequence[Inline]) -> str:
        written = self._inlines(inlines, 0)
        if self.is_block:
            written = _LINE_START.sub(_escaped_start, written)
        return _EDGE.sub(_entity, written)

    def _inlines(self, inlines: Sequence[Inline], depth: int) -> str:
        pieces = []
        turn = depth
        for inline, after in zip_longest(inlines, inlines[1:]):
            pieces.append(self._inline(inline, turn, before_link=isinstance(after, Link)))
            turn = turn + 1 if isinstance(inline, Emphasis | Strong) else depth
        return "".join(pieces)

    def _inline(self, inline: Inline, turn: int, *, before_link: bool) -> str:
        """`turn` picks the mark, so that emphasis next to emphasis or inside it takes the other one."""
        mark = self.marks[turn % 2]
        match inline:
            case Text(words):
                return self._words(words, before_link)
            case Emphasis(children):
                return f"{mark}{self._inlines(children, turn + 1)}{mark}"
            case Strong(children):
                return f"{mark * 2}{self._inlines(children, turn + 1)}{mark * 2}"
            case Code(words):
                return _code(words)
            case Math(source, display):
                return _formula(source, "$$" if display else "$")
            case Break():
                return "\\\n"
            case Link():
                return self._link(inline, turn)

    def _words(self, words: str, before_link: bool) -> str:
        escaped = _BACKSLASH_AT_END.sub(r"\1\\\\", tex.escape_markdown(words))
        if self.careful:
            escaped = _CAREFUL.sub(r"\\\g<0>", escaped)
            escaped = _RARE_SPACE.sub(_entity, escaped)
        return f"{escaped[:-1]}\\!" if before_link and escaped.endswith("!") else escaped

    def _link(self, link: Link, turn: int) -> str:
        if link.children == (Text(link.address),) and not link.title and not _SPACE.search(link.address):
            return f"<{link.address}>"
        title = ' "{}"'.format(re.sub(r'([\\"])', r"\\\1", link.title)) if link.title else ""
        address = link.address if _PLAIN_ADDRESS.fullmatch(link.address) else f"<{link.address}>"
        return f"[{self._inlines(link.children, turn)}]({address}{title})"


def _escaped_start(match: re.Match[str]) -> str:
    return f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}"


def _entity(match: re.Match[str]) -> str:
    """White space that a reader would strip, or take for the edge of a word."""
    return "".join(f"&#{ord(character)};" for character in match[0])


def _formula(source: str, mark: str) -> str:
    """The formula between dollars; as code where a dollar within it would end it early."""
    written = f"{mark}{source} {mark}" if source.endswith("\\") else f"{mark}{source}{mark}"
    found = tex.find_formula(written, 0)
    return written if found and found[1] == len(written) else _code(source)


def _code(words: str) -> str:
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(words)), default=0))
    is_spaced = words.startswith(" ") and words.endswith(" ") and bool(words.strip(" "))
    pad = " " if words.startswith("`") or words.endswith("`") or is_spaced else ""
    return f"{fence}{pad}{words}{pad}{fence}"
