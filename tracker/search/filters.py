"""What a query asks of papers besides words: categories, weeks, ids; and the words that must, or must not, be there."""

from django.db.models import Q

from tracker.fulltext import holding
from tracker.models import Paper, PaperQuerySet
from tracker.query import Facet, Query, WeekRange
from tracker.records import parse_arxiv_id
from tracker.taxonomy import CATEGORIES

_CODES = {code.lower(): code for code in CATEGORIES}
_OWN = (Facet.CATEGORY, Facet.ID, Facet.WEEK)  # topics are the publication's


def restricted(within: PaperQuerySet | None, query: Query) -> PaperQuerySet | None:
    """The papers that the strict parts of a query leave; None where nothing restricts them."""
    strict = [condition for condition in query.wanted if condition.is_strict]
    if not (strict or query.unwanted or any(one.facet in _OWN for one in query.filters)):
        return within
    papers = _filtered(Paper.objects.all() if within is None else within, query)
    if strict:
        papers = papers.filter(pk__in=holding(strict))
    if query.unwanted:
        papers = papers.exclude(pk__in=holding(query.unwanted, any_of_them=True))
    return papers


def _filtered(papers: PaperQuerySet, query: Query) -> PaperQuerySet:
    """Each category asked for must be there; of several weeks or ids one."""
    for value in query.values(Facet.CATEGORY):
        papers = papers.in_categories([_code(value)])
    if unwanted := query.values(Facet.CATEGORY, negative=True):
        papers = papers.exclude(pk__in=Paper.objects.in_categories([_code(value) for value in unwanted]).values("pk"))
    for facet, condition in ((Facet.WEEK, _in_week), (Facet.ID, _with_id)):
        wanted, unwanted_too = Q(), Q()
        for value in query.values(facet):
            wanted |= condition(value)
        for value in query.values(facet, negative=True):
            unwanted_too |= condition(value)
        papers = papers.filter(wanted).exclude(unwanted_too) if unwanted_too else papers.filter(wanted)
    return papers


def _code(value: str) -> str:
    return _CODES.get(value.lower(), value)


def _in_week(value: str) -> Q:
    weeks = WeekRange.parse(value)
    condition = Q(announced_on__isnull=False)
    if weeks.first:
        condition &= Q(announced_on__gte=weeks.first.monday)
    if weeks.last:
        condition &= Q(announced_on__lte=weeks.last.sunday)
    return condition


def _with_id(value: str) -> Q:
    return Q(arxiv_id=parse_arxiv_id(value)[0])
