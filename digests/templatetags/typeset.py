"""Filters that set arXiv's TeX, the editor's Markdown, weeks and authors for a page."""

from collections.abc import Sequence

from django import template
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
    """The first six authors, then "et al."."""
    if len(authors) <= AUTHORS_SHOWN:
        return ", ".join(authors)
    return f"{', '.join(authors[:AUTHORS_SHOWN])} et al."


@register.filter
def days(week: Week) -> str:
    """A week in words: `20–26 November 2023`, with month and year said twice where they differ."""
    first, last = week.monday, week.sunday
    end = f"{last.day} {last:%B %Y}"
    if first.month == last.month:
        return f"{first.day}–{end}"
    if first.year == last.year:
        return f"{first.day} {first:%B} – {end}"
    return f"{first.day} {first:%B %Y} – {end}"
