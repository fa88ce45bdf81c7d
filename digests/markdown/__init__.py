"""The editors' Markdown: read into blocks once, and written from them as HTML, plain text and Markdown. Pure."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe

from digests.markdown.blocks import Block, Blocks, Inline
from digests.markdown.html import TAGS, HtmlWriter
from digests.markdown.plain import blocks_to_plain, inlines_to_plain
from digests.markdown.reading import parse, parse_line
from digests.markdown.writing import blocks_to_markdown, inlines_to_markdown
from tracker import tex

__all__ = [
    "Block",
    "Blocks",
    "Inline",
    "blocks_to_html",
    "blocks_to_markdown",
    "blocks_to_plain",
    "inlines_to_markdown",
    "inlines_to_plain",
    "parse",
    "parse_line",
    "to_html",
    "to_plain",
]

_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    **{tag: set(tex.MATHML_ATTRIBUTES) for tag in tex.MATHML_TAGS},
}


@lru_cache(maxsize=2_000)
def blocks_to_html(blocks: Blocks) -> SafeString:
    """The blocks for a page: links to the web and to mail only, formulas as MathML."""
    clean = nh3.clean(
        HtmlWriter().blocks(blocks),
        tags=set(TAGS | tex.MATHML_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
    return mark_safe(clean.strip())  # noqa: S308 - escaped by the writer, and sanitised above


def to_html(text: str) -> SafeString:
    """The text as HTML for a page: raw HTML shown as text."""
    return blocks_to_html(parse(text))


def to_plain(text: str) -> str:
    """The text for mail and other plain places."""
    return blocks_to_plain(parse(text))
