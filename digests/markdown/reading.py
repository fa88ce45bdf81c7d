"""The editors' Markdown, read into blocks: CommonMark with formulas between dollars. Pure, and raises nothing.

Raw HTML is text, pictures and reference links are not read, and links lead to the web or to mail.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.tree import SyntaxTreeNode

from digests.markdown.blocks import (
    Block,
    Blocks,
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

HEADING_LEVELS = 3  # deeper headings count as the third
_SPACE_AT_END = re.compile(r"[ \t]+\n")
_LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    parser.disable(["html_block", "html_inline", "image", "reference"])
    parser.inline.ruler.before("escape", "formula", _formula_rule)
    parser.validateLink = _is_web_or_mail  # type: ignore[method-assign,assignment]
    return parser


def _is_web_or_mail(address: str) -> bool:
    return _LINK.match(address) is not None


def _formula_rule(state: StateInline, silent: bool) -> bool:
    """A formula wherever `tracker.tex` sees one, so that a price is a price in drafts and summaries alike."""
    found = tex.find_formula(state.src[: state.posMax], state.pos) if state.src[state.pos] == "$" else None
    if found is None:
        return False
    formula, end = found
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = formula.source
        token.meta = {"display": formula.display}
    state.pos = end
    return True


_PARSER = _parser()


@lru_cache(maxsize=4_000)
def parse(text: str) -> Blocks:
    """What the text says."""
    return _blocks(SyntaxTreeNode(_PARSER.parse(tex.without_controls(text))).children, 0)


@dataclass(frozen=True)
class Piece:
    """One block of a whole document: `level` is its level where it is a heading, `mark` what a rule is written with."""

    block: Block
    level: int = 0
    mark: str = ""


def parse_document(text: str, headings: int) -> list[Piece]:
    """A document whose own headings take so many levels: those below count from 1 again, as in a text within it."""
    nodes = SyntaxTreeNode(_PARSER.parse(tex.without_controls(text))).children
    return [
        Piece(_block(node, headings), int(node.tag[1:]) if node.type == "heading" else 0, node.markup) for node in nodes
    ]


def parse_line(text: str) -> tuple[Inline, ...]:
    """What one line says, whatever mark of a block it begins with."""
    return _inlines(SyntaxTreeNode(_PARSER.parseInline(tex.without_controls(text))).children)


def _blocks(nodes: Sequence[SyntaxTreeNode], above: int) -> Blocks:
    return tuple(_block(node, above) for node in nodes)


def _block(node: SyntaxTreeNode, above: int) -> Block:
    match node.type:
        case "heading":
            level = min(HEADING_LEVELS, max(1, int(node.tag[1:]) - above))
            return Heading(level, _on_one_line(_inlines(node.children)))
        case "bullet_list" | "ordered_list":
            return _listing(node, above)
        case "blockquote":
            return Quote(_blocks(node.children, above))
        case "fence":
            return CodeBlock(node.content.removesuffix("\n"), node.info.strip())
        case "code_block":
            return CodeBlock(node.content.removesuffix("\n"))
        case "hr":
            return Rule()
        case _:
            return Paragraph(_inlines(node.children))


def _listing(node: SyntaxTreeNode, above: int) -> Listing:
    ordered = node.type == "ordered_list"
    paragraphs = [child for item in node.children for child in item.children if child.type == "paragraph"]
    return Listing(
        items=tuple(_blocks(item.children, above) for item in node.children),
        ordered=ordered,
        start=int(node.attrs.get("start", 1)) if ordered else 1,
        tight=all(paragraph.hidden for paragraph in paragraphs),
    )


def _on_one_line(inlines: Iterable[Inline]) -> tuple[Inline, ...]:
    """An underlined heading may run over lines; a heading is one."""
    return _joined(_unbroken(inline) for inline in inlines)


def _unbroken(inline: Inline) -> Inline:
    match inline:
        case Break():
            return Text(" ")
        case Text(words):
            return Text(words.replace("\n", " "))
        case Emphasis(children) | Strong(children) | Link(_, children):
            return replace(inline, children=_on_one_line(children))
        case _:
            return inline


def _inlines(nodes: Sequence[SyntaxTreeNode]) -> tuple[Inline, ...]:
    return _joined(inline for node in nodes for inline in _inline(node))


def _joined(inlines: Iterable[Inline]) -> tuple[Inline, ...]:
    """The inlines with neighbouring words made one `Text`, empty ones left out, and formulas apart from each other."""
    found: list[Inline] = []
    for inline in inlines:
        before = found[-1] if found else None
        if isinstance(inline, Text) and isinstance(before, Text):
            found[-1] = Text(_SPACE_AT_END.sub("\n", before.words + inline.words))
        elif isinstance(inline, Math) and isinstance(before, Math):
            found += [Text(" "), inline]
        elif inline != Text(""):
            found.append(inline)
    return tuple(found)


def _inline(node: SyntaxTreeNode) -> tuple[Inline, ...]:
    match node.type:
        case "inline":
            return _inlines(node.children)
        case "em":
            return (Emphasis(_inlines(node.children)),)
        case "strong":
            return (Strong(_inlines(node.children)),)
        case "link":
            title = str(node.attrs.get("title", ""))
            return (Link(str(node.attrs.get("href", "")), _inlines(node.children), title),)
        case "code_inline":
            return (Code(node.content),)
        case "formula":
            return (Math(" ".join(node.content.split()), node.meta["display"]),)
        case "hardbreak":
            return (Break(),)
        case "softbreak":
            return (Text("\n"),)
        case _:
            return (Text(node.content),)
