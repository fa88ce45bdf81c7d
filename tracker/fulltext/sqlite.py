"""The index of words in SQLite: a table of FTS5, ranked by BM25."""

from collections.abc import Iterator, Mapping, Sequence

from django.db import connection

from tracker.fulltext.rows import TABLE, Found, Match, Row, Sql
from tracker.query import Condition, Field

_COLUMNS = {
    Field.TITLE: "title",
    Field.AUTHORS: "authors",
    Field.ABSTRACT: "abstract",
    Field.CATEGORY: "categories",
}
_WEIGHTS = "10.0, 4.0, 3.0, 1.0, 0.0"  # of title, elsewhere, authors, abstract, categories


class SqliteIndex:
    def put(self, rows: Sequence[Row]) -> None:
        known = self._known([row.paper_id for row in rows])
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {TABLE} SET title = %s, authors = %s, abstract = %s, categories = %s WHERE rowid = %s",
                [_values(row) for row in rows if row.paper_id in known],
            )
            cursor.executemany(
                f"INSERT INTO {TABLE} (title, authors, abstract, categories, rowid, elsewhere)"
                " VALUES (%s, %s, %s, %s, %s, '')",
                [_values(row) for row in rows if row.paper_id not in known],
            )

    def _known(self, paper_ids: Sequence[int]) -> set[int]:
        marks = ", ".join(["%s"] * len(paper_ids))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {TABLE}_docsize WHERE id IN ({marks})", paper_ids)
            return {paper_id for (paper_id,) in cursor.fetchall()}

    def describe(self, texts: Mapping[int, list[str]]) -> None:
        rows = [(" ".join(words), paper_id) for paper_id, words in texts.items()]
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {TABLE} SET elsewhere = %s WHERE rowid = %s", rows)

    def missing(self) -> str:
        return f"SELECT id FROM tracker_paper p WHERE NOT EXISTS (SELECT 1 FROM {TABLE}_docsize d WHERE d.id = p.id)"

    def matching(self, match: Match) -> Sql:
        return f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s", (_expression(match),)

    def find(self, match: Match, limit: int, within: Sql | None) -> Found:
        where, parameters = _where(match, within)
        ranked = f"ORDER BY bm25({TABLE}, {_WEIGHTS}), rowid DESC LIMIT {int(limit)}"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT rowid FROM {TABLE} WHERE {where} {ranked}", parameters)
            paper_ids = [paper_id for (paper_id,) in cursor.fetchall()]
            if len(paper_ids) < limit:
                return Found(paper_ids, len(paper_ids))
            cursor.execute(f"SELECT count(*) FROM {TABLE} WHERE {where}", parameters)
            return Found(paper_ids, cursor.fetchone()[0])


def _where(match: Match, within: Sql | None) -> Sql:
    if within is None:
        return f"{TABLE} MATCH %s", (_expression(match),)
    allowed, parameters = within
    # The plus keeps SQLite from asking the index for one paper after the other.
    return f"{TABLE} MATCH %s AND +rowid IN ({allowed})", (_expression(match), *parameters)


def _expression(match: Match) -> str:
    last = match.wanted[-1] if match.half_typed else None
    wanted = [_condition(one, half_typed=one is last) for one in match.wanted]
    needed = [_condition(one) for one in match.strict]
    if wanted:
        needed.append(f"({(' OR ' if match.any_of_them else ' AND ').join(wanted)})")
    unwanted = " OR ".join(map(_condition, match.unwanted))
    return f"({' AND '.join(needed)})" + (f" NOT ({unwanted})" if unwanted else "")


def _values(row: Row) -> tuple[str | int, ...]:
    columns = (row.title, row.authors, row.abstract, row.categories)
    return (*(" ".join(words) for words in columns), row.paper_id)


def _condition(condition: Condition, half_typed: bool = False) -> str:
    """Stems hold letters and digits only, so nothing in them is of FTS5's own language."""
    column = f"{{{_COLUMNS[condition.field]}}} : " if condition.field else ""
    return f"({' OR '.join(f'{column}{words}' for words in _written(condition, half_typed))})"


def _written(condition: Condition, half_typed: bool) -> Iterator[str]:
    yield f'"{" ".join(condition.stems)}"'
    if half_typed and len(condition.stems) == 1:
        yield f'"{condition.beginning}" *'
