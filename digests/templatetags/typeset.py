"""Filters that set arXiv's TeX and the editor's Markdown for a page."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from digests import markdown as dialect
from tracker import tex as arxiv_tex

register = template.Library()


@register.filter
def tex(text: str) -> SafeString:
    """A title, name or abstract as HTML, its formulas as MathML."""
    return mark_safe(arxiv_tex.to_html(text))  # noqa: S308  to_html escapes whatever it doesn't make itself


@register.filter
def plain(text: str) -> str:
    """The same in Unicode alone, for places that hold no markup, such as a page's title."""
    return arxiv_tex.to_unicode(text)


@register.filter
def markdown(text: str) -> SafeString:
    """What an editor wrote, as sanitised HTML."""
    return dialect.to_html(text)
