"""Which papers a query leaves, whatever their words: by weeks and ids, and by what must be there or must not."""

from django.db.models import Q

from tracker.fulltext import Match, holding
from tracker.models import Paper, PaperQuerySet
from tracker.query import Facet, Query, WeekRange
from tracker.records import parse_arxiv_id


def filtered(within: PaperQuerySet | None, query: Query) -> PaperQuerySet | None:
    """The papers of the weeks and ids asked for, of several one; None where nothing was asked or given.

    Filters by topic are the publication's affair.
    """
    for facet, condition in ((Facet.WEEK, _in_week), (Facet.ID, _with_id)):
        wanted, unwanted = Q(), Q()
        for value in query.values(facet):
            wanted |= condition(value)
        for value in query.values(facet, negative=True):
            unwanted |= condition(value)
        if wanted or unwanted:
            papers = Paper.objects.all() if within is None else within
            within = papers.filter(wanted).exclude(unwanted) if unwanted else papers.filter(wanted)
    return within


def restricted(within: PaperQuerySet, query: Query) -> PaperQuerySet:
    """Those that hold all that is strict, and nothing unwanted."""
    if query.strict:
        return within.filter(pk__in=holding(Match(strict=query.strict, unwanted=query.unwanted)))
    if query.unwanted:
        return within.exclude(pk__in=holding(Match(query.unwanted, any_of_them=True)))
    return within


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
