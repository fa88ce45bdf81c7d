"""Filters for the templates of export formats."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from digests.export import xhtml
from digests.markdown import Blocks
from digests.markdown.html import HtmlWriter, words_for_math

register = template.Library()


@register.filter
def printed(blocks: Blocks) -> SafeString:
    """Blocks for paper: formulas as Unicode, since the printer knows no MathML."""
    return mark_safe(HtmlWriter(math=words_for_math).blocks(blocks))  # noqa: S308  the writer escapes


@register.filter
def booked(blocks: Blocks) -> SafeString:
    """Blocks for a book: XHTML, formulas as MathML in its namespace."""
    return mark_safe(xhtml.namespaced(HtmlWriter(link_attributes="").blocks(blocks)))  # noqa: S308  the writer escapes


@register.filter
def booked_heading(markup: str) -> SafeString:
    """A heading's HTML for a book."""
    return mark_safe(xhtml.namespaced(markup))  # noqa: S308  `heading_html` is escaped
