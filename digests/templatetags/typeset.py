"""Filters that set arXiv's TeX, the editor's Markdown, weeks and authors for a page."""

import json
from collections.abc import Sequence

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from digests import markdown as dialect
from tracker import tex as arxiv_tex
from tracker.weeks import Week

AUTHORS_SHOWN = 6

register = template.Library()


@register.filter
def tex(text: str) -> SafeString:
    """A title, name or abstract as HTML, its formulas as MathML."""
    return mark_safe(arxiv_tex.to_html(text))  # noqa: S308  to_html escapes whatever it doesn't make itself


@register.filter
def inline_tex(text: str) -> SafeString:
    """The same without links, for text that is itself a link."""
    return mark_safe(arxiv_tex.to_html(text, links=False))  # noqa: S308  as above


@register.filter
def plain(text: str) -> str:
    """The same in Unicode alone, for places that hold no markup, such as a page's title."""
    return arxiv_tex.to_unicode(text)


@register.filter
def markdown(text: str) -> SafeString:
    """What an editor wrote, as sanitised HTML."""
    return dialect.to_html(text)


@register.filter
def first_paragraph(text: str) -> str:
    """An editor's Markdown up to its first empty line."""
    return text.replace("\r\n", "\n").strip().split("\n\n", 1)[0]


@register.filter
def first_six(authors: Sequence[str]) -> str:
    """The first six authors, with a comma behind them where more follow."""
    return ", ".join(authors[:AUTHORS_SHOWN]) + ("," if len(authors) > AUTHORS_SHOWN else "")


@register.filter
def six_et_al(authors: Sequence[str]) -> str:
    """The first six authors, with “et al.” where more follow: for places where the others can't be opened."""
    return f"{first_six(authors)} et al." if len(authors) > AUTHORS_SHOWN else first_six(authors)


@register.filter
def after_six(authors: Sequence[str]) -> str:
    """The authors behind the first six."""
    return ", ".join(authors[AUTHORS_SHOWN:])


@register.filter
def json_ld(told: dict[str, object]) -> SafeString:
    """Structured data for search engines: a block of data, which no browser runs and no text can end early."""
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(_script_safe(json.dumps(told))))  # noqa: S308


def _script_safe(text: str) -> str:
    """JSON in which nothing reads as markup."""
    return text.replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026")


@register.filter
def days(week: Week) -> str:
    """A week in words."""
    return week.days
