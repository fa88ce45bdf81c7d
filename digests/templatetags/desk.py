"""Filters for the desk's cards and figures."""

from django import template

from digests.models.candidates import FIRST_AUTHORS
from digests.models.people import name_of
from tracker import tex
from tracker.models import Paper

register = template.Library()
register.filter("name", name_of)


@register.filter
def first_names(paper: Paper) -> str:
    """The first authors of a paper that came with them, and whether there are more."""
    names = [tex.to_unicode(authorship.author.name) for authorship in paper.first_authorships]  # type: ignore[attr-defined]
    return ", ".join(names[:FIRST_AUTHORS]) + (" et al." if len(names) > FIRST_AUTHORS else "")


@register.filter
def hundredths(score: float | None) -> str:
    """A score between 0 and 1 as a person compares it: 0.734 is 73."""
    return "–" if score is None else str(round(100 * score))
