"""The index of words in PostgreSQL: a `tsvector` under GIN, ranked by `ts_rank`."""

from collections.abc import Iterator, Mapping, Sequence

from django.db import connection

from tracker.fulltext.rows import TABLE, Match, Row, Sql
from tracker.query import Condition, Field

_WEIGHTS = {Field.TITLE: "A", Field.AUTHORS: "C", Field.ABSTRACT: "D", Field.CATEGORY: "D"}
_ELSEWHERE = "B"
_RANKED_AT_MOST = 3_000  # the newest matches: PostgreSQL reads each one's words to rank it
_LAST_POSITION = 16_383


class PostgresqlIndex:
    def put(self, rows: Sequence[Row]) -> None:
        values = [(row.paper_id, _vector(row)) for row in rows]
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {TABLE} (paper_id, words) VALUES (%s, %s::tsvector) ON CONFLICT (paper_id) DO UPDATE"
                f" SET words = excluded.words || ts_filter({TABLE}.words, '{{{_ELSEWHERE}}}')",
                values,
            )

    def describe(self, texts: Mapping[int, list[str]]) -> None:
        rows = [(_placed([(words, _ELSEWHERE)]), paper_id) for paper_id, words in texts.items()]
        own = "{" + ",".join(sorted(set(_WEIGHTS.values()))) + "}"
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {TABLE} SET words = ts_filter(words, '{own}') || %s::tsvector WHERE paper_id = %s", rows
            )

    def missing(self) -> str:
        return f"SELECT id FROM tracker_paper p WHERE NOT EXISTS (SELECT 1 FROM {TABLE} t WHERE t.paper_id = p.id)"

    def expression(self, match: Match) -> str:
        last = match.wanted[-1] if match.half_typed else None
        wanted = [_condition(one, half_typed=one is last) for one in match.wanted]
        needed = [_condition(one) for one in match.strict]
        if wanted:
            needed.append(f"({(' | ' if match.any_of_them else ' & ').join(wanted)})")
        needed += [f"!{_condition(one)}" for one in match.unwanted]
        return " & ".join(needed)

    def matching(self, expression: str) -> Sql:
        return f"SELECT paper_id FROM {TABLE} WHERE words @@ %s::tsquery", (expression,)

    def ranked(self, expression: str, within: Sql | None) -> Sql:
        where, parameters = self._where(expression, within)
        newest = f"SELECT paper_id, words FROM {TABLE} WHERE {where} ORDER BY paper_id DESC LIMIT {_RANKED_AT_MOST}"
        return (
            f"SELECT paper_id FROM ({newest}) newest"
            " ORDER BY ts_rank('{0.1, 0.3, 0.4, 1.0}', words, %s::tsquery, 1) DESC, paper_id DESC",
            (*parameters, expression),
        )

    def counted(self, expression: str, within: Sql | None) -> Sql:
        where, parameters = self._where(expression, within)
        return f"SELECT count(*) FROM {TABLE} WHERE {where}", parameters

    def _where(self, expression: str, within: Sql | None) -> Sql:
        if within is None:
            return "words @@ %s::tsquery", (expression,)
        allowed, parameters = within
        return f"words @@ %s::tsquery AND paper_id IN ({allowed})", (expression, *parameters)


def _vector(row: Row) -> str:
    columns = [
        (row.title, Field.TITLE),
        (row.authors, Field.AUTHORS),
        (row.abstract, Field.ABSTRACT),
        (row.categories, Field.CATEGORY),
    ]
    return _placed([(words, _WEIGHTS[field]) for words, field in columns])


def _placed(columns: Sequence[tuple[list[str], str]]) -> str:
    """A `tsvector` as text: each word with its position and weight, a gap between columns.

    Stems hold letters and digits only, so nothing in them is of the notation's own.
    """
    placed, position = [], 0
    for words, weight in columns:
        position += 2  # no phrase goes from one column into the next
        for word in words:
            placed.append(f"'{word}':{min(position, _LAST_POSITION)}{weight}")
            position += 1
    return " ".join(placed)


def _condition(condition: Condition, half_typed: bool = False) -> str:
    # A category's word stands nowhere else: without a weight the index alone can tell, and no row is looked at.
    weight = "" if condition.field in (None, Field.CATEGORY) else _WEIGHTS[condition.field]
    return f"({' | '.join(_written(condition, weight, half_typed))})"


def _written(condition: Condition, weight: str, half_typed: bool) -> Iterator[str]:
    yield f"({' <-> '.join(_term(stem, weight) for stem in condition.stems)})"
    if half_typed and len(condition.stems) == 1:
        yield f"'{condition.beginning}':*{weight}"


def _term(stem: str, weight: str) -> str:
    return f"'{stem}':{weight}" if weight else f"'{stem}'"
