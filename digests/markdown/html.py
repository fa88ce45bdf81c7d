"""Blocks as HTML that is XHTML as well, for pages, mail, PDF and EPUB. Pure."""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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

TOP_HEADING = 4  # a page has its headline, sections and papers above an editor's headings
TAGS = frozenset(
    ("p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h4", "h5", "h6")
)


def mathml(formula: Math) -> str:
    """A formula for readers that know MathML."""
    return tex.formula_to_html(tex.Formula(formula.source, formula.display))


def words_for_math(formula: Math) -> str:
    """A formula for places that keep no MathML: Unicode, in italics as print has it."""
    return f"<em>{html.escape(tex.formula_to_unicode(formula.source), quote=False)}</em>"


@dataclass(frozen=True)
class HtmlWriter:
    """How blocks become HTML. Text is escaped here and nowhere else."""

    math: Callable[[Math], str] = mathml
    link_attributes: str = ' rel="noopener"'
    top_heading: int = TOP_HEADING

    def blocks(self, blocks: Sequence[Block]) -> str:
        return "\n".join(self._block(block) for block in blocks)

    def inlines(self, inlines: Sequence[Inline]) -> str:
        return "".join(self._inline(inline) for inline in inlines)

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(children):
                return f"<p>{self.inlines(children)}</p>"
            case Heading(level, children):
                tag = f"h{min(6, level + self.top_heading - 1)}"
                return f"<{tag}>{self.inlines(children)}</{tag}>"
            case Quote(blocks):
                return f"<blockquote>\n{self.blocks(blocks)}\n</blockquote>"
            case CodeBlock(words):
                return f"<pre><code>{html.escape(words, quote=False)}\n</code></pre>"
            case Rule():
                return "<hr />"
            case Listing():
                return self._listing(block)

    def _listing(self, listing: Listing) -> str:
        tag = "ol" if listing.ordered else "ul"
        start = f' start="{listing.start}"' if listing.ordered and listing.start != 1 else ""
        items = "\n".join(f"<li>{self._item(item, listing.tight)}</li>" for item in listing.items)
        return f"<{tag}{start}>\n{items}\n</{tag}>"

    def _item(self, blocks: Sequence[Block], tight: bool) -> str:
        """An item's blocks; in a tight list its paragraphs go without their tags."""
        if not tight:
            return f"\n{self.blocks(blocks)}\n" if blocks else ""
        pieces = [
            self.inlines(block.children) if isinstance(block, Paragraph) else self._block(block) for block in blocks
        ]
        return "\n".join(pieces) + ("\n" if blocks and not isinstance(blocks[-1], Paragraph) else "")

    def _inline(self, inline: Inline) -> str:
        match inline:
            case Text(words):
                return html.escape(words, quote=False)
            case Emphasis(children):
                return f"<em>{self.inlines(children)}</em>"
            case Strong(children):
                return f"<strong>{self.inlines(children)}</strong>"
            case Code(words):
                return f"<code>{html.escape(words, quote=False)}</code>"
            case Math():
                return self.math(inline)
            case Break():
                return "<br />\n"
            case Link(address, children, title):
                told = f' title="{html.escape(title)}"' if title else ""
                return f'<a href="{html.escape(address)}"{told}{self.link_attributes}>{self.inlines(children)}</a>'
