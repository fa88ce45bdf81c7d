"""The index of words as the rest of Galley uses it, whichever database it lies in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from tracker import tex
from tracker.batches import batches
from tracker.fulltext.postgresql import PostgresqlIndex
from tracker.fulltext.rows import MOST_WORDS, Found, Index, Match, Row, Sql
from tracker.fulltext.sqlite import SqliteIndex
from tracker.models import Authorship, Paper, PaperQuerySet
from tracker.progress import Progress
from tracker.words import category_words, stems_of

_BATCH = 500


@dataclass(frozen=True)
class Lists:
    """What hangs on a paper: authors' names and codes of categories."""

    authors: Sequence[str]
    categories: Sequence[str]


NOTHING = Found([], 0)


def index_papers(papers: Sequence[Paper], lists: Mapping[int, Lists] | None = None) -> None:
    """Put stored papers into the index, anew where they were. For whoever stores papers, in the same transaction.

    Their authors and categories, by the papers' keys, are read where they aren't given.
    """
    for batch in batches(papers, _BATCH):
        known = _lists([paper.pk for paper in batch]) if lists is None else lists
        _index().put([_row(paper, known[paper.pk]) for paper in batch])


def index_missing(*, progress: Progress) -> int:
    """Index the papers that aren't yet, in short transactions; how many. Quick where none is missing."""
    with connection.cursor() as cursor:
        cursor.execute(_index().missing())
        missing = [paper_id for (paper_id,) in cursor.fetchall()]
    progress.start("Indexing words", len(missing))
    for keys in batches(missing, _BATCH):
        with transaction.atomic():
            index_papers(list(Paper.objects.select_for_update().filter(pk__in=keys)))
        progress.advance(len(keys))
    return len(missing)


def describe_papers(texts: Mapping[int, str]) -> None:
    """Set what was written of papers elsewhere, by their keys; an empty text takes it away."""
    _index().describe({paper_id: stems_of(text, MOST_WORDS) for paper_id, text in texts.items()})


def find(match: Match, *, limit: int, within: PaperQuerySet | None = None) -> Found:
    """The papers that match, of all or of those `within`. Something must be wanted. Two queries at the most."""
    try:
        allowed = None if within is None else _statement(within)
    except EmptyResultSet:
        return NOTHING
    return _index().find(match, limit, allowed)


def matching(match: Match) -> list[int]:
    """The keys of all papers that match, in any order."""
    with connection.cursor() as cursor:
        cursor.execute(*_index().matching(match))
        return [paper_id for (paper_id,) in cursor.fetchall()]


def holding(match: Match) -> RawSQL:
    """The same as a subquery, for `pk__in`."""
    statement, parameters = _index().matching(match)
    return RawSQL(statement, parameters)


def _index() -> Index:
    return PostgresqlIndex() if connection.vendor == "postgresql" else SqliteIndex()


def _lists(keys: Sequence[int]) -> dict[int, Lists]:
    names: dict[int, list[str]] = {key: [] for key in keys}
    codes: dict[int, list[str]] = {key: [] for key in keys}
    written = Authorship.objects.filter(paper__in=keys, position__lt=MOST_WORDS).order_by("paper", "position")
    for key, name in written.values_list("paper_id", "author__name"):
        names[key].append(name)
    listed = Paper.categories.through.objects.filter(paper__in=keys)
    for key, code in listed.values_list("paper_id", "category__code"):
        codes[key].append(code)
    return {key: Lists(names[key], codes[key]) for key in keys}


def _row(paper: Paper, lists: Lists) -> Row:
    return Row(
        paper.pk,
        title=stems_of(tex.to_unicode(paper.title), MOST_WORDS),
        authors=stems_of(", ".join(tex.to_unicode(name) for name in lists.authors[:MOST_WORDS]), MOST_WORDS),
        abstract=stems_of(tex.to_unicode(paper.abstract), MOST_WORDS),
        categories=category_words({part for code in lists.categories for part in (code, code.partition(".")[0])}),
    )


def _statement(papers: PaperQuerySet) -> Sql:
    """The keys of the papers as SQL. Raises EmptyResultSet where Django knows that there are none."""
    statement, parameters = papers.order_by().values("pk").query.get_compiler(connection=connection).as_sql()
    return statement, tuple(parameters)
