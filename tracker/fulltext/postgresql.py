"""The index of words in PostgreSQL: a `tsvector` under GIN, ranked by `ts_rank`.

GIN keeps neither places nor weights: for a word in one field, PostgreSQL would read each row that holds it anywhere.
So each field's words have a GIN of their own, over what `ts_filter` leaves of the vector.
"""

from collections.abc import Iterator, Mapping, Sequence

from django.db import connection

from tracker.fulltext.rows import TABLE, Found, Match, Row, Sql
from tracker.query import Condition, Field

_WEIGHTS = {Field.TITLE: "A", Field.AUTHORS: "C", Field.ABSTRACT: "D", Field.CATEGORY: "D"}
_FUNCTIONS: dict[Field | None, str] = {
    Field.TITLE: "tracker_holding_in_title",
    Field.AUTHORS: "tracker_holding_in_authors",
    Field.ABSTRACT: "tracker_holding_in_abstract",
}
"""What asks a field's index. A category's word stands nowhere else, so it needs none of its own."""

_ELSEWHERE = "B"
_RANKED_AT_MOST = 1_000  # of the newest matches, and of those by their title: each one’s words are read
_LAST_POSITION = 16_383
_FILLER = f"{'/' * 2_000}:{_LAST_POSITION}"  # makes PostgreSQL keep the words outside of the row: see migration 0006


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

    def matching(self, match: Match) -> Sql:
        last = match.wanted[-1] if match.half_typed else None
        if match.any_of_them and match.strict:
            needed = [_holding(match.strict), _holding(match.wanted, any_of_them=True, half_typed=last)]
        else:
            needed = [_holding((*match.strict, *match.wanted), match.any_of_them, last)]
        statement = " INTERSECT ".join(f"({part})" for part, _ in needed)
        if match.unwanted:
            needed.append(_holding(match.unwanted, any_of_them=True))
            statement += f" EXCEPT ({needed[-1][0]})"
        return statement, tuple(text for _, texts in needed for text in texts)

    def find(self, match: Match, limit: int, within: Sql | None) -> Found:
        """One statement, in steps that PostgreSQL may not join: it would guess wrong how many match, and read them."""
        held, parameters = self.matching(match)
        allowed, among = within or ("", ())
        in_title, titles = _in_title(match)
        newest = f"ORDER BY paper_id DESC LIMIT {_RANKED_AT_MOST}"
        statement = (
            f"WITH held AS MATERIALIZED ({held}),"
            f" matching AS MATERIALIZED (SELECT paper_id FROM held{_among(allowed)}),"
            f" titled AS MATERIALIZED ({in_title}),"
            f" candidates AS MATERIALIZED ((SELECT paper_id FROM matching {newest}) UNION"
            f" (SELECT paper_id FROM matching WHERE paper_id IN (SELECT paper_id FROM titled) {newest}))"
            f" SELECT paper_id, (SELECT count(*) FROM matching) FROM candidates JOIN {TABLE} USING (paper_id)"
            " ORDER BY ts_rank('{0.1, 0.3, 0.4, 1.0}', words, %s::tsquery, 1) DESC, paper_id DESC"
            f" LIMIT {int(limit)}"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, (*parameters, *among, *titles, _ranking(match)))
            rows = cursor.fetchall()
        return Found([paper_id for paper_id, _ in rows], rows[0][1] if rows else 0)


def _among(allowed: str) -> str:
    return f" WHERE paper_id IN ({allowed})" if allowed else ""


def _holding(
    conditions: Sequence[Condition], any_of_them: bool = False, half_typed: Condition | None = None
) -> tuple[str, list[str]]:
    """A statement for the keys of the papers that hold them, one set for each field, and what is looked for there."""
    fields: dict[str, list[str]] = {}
    for one in conditions:
        function = _FUNCTIONS.get(one.field, "tracker_holding")
        fields.setdefault(function, []).append(_condition(one, "", half_typed=one is half_typed))
    within, between = (" | ", " UNION ") if any_of_them else (" & ", " INTERSECT ")
    return between.join(map(_keys, fields)), [within.join(words) for words in fields.values()]


def _keys(function: str) -> str:
    return f"SELECT paper_id FROM {function}(%s::tsquery) AS paper_id"


def _in_title(match: Match) -> tuple[str, list[str]]:
    """The same for the words that may stand in the title, if they all stand there."""
    last = match.wanted[-1] if match.half_typed else None
    asked = [one for one in match.wanted if one.field in (None, Field.TITLE)]
    words = [_condition(one, "", half_typed=one is last) for one in asked]
    together = (" | " if match.any_of_them else " & ").join(words)
    return (_keys(_FUNCTIONS[Field.TITLE]), [together]) if words else ("SELECT 0 AS paper_id WHERE false", [])


def _ranking(match: Match) -> str:
    """What is wanted, each in its field."""
    last = match.wanted[-1] if match.half_typed else None
    conditions = [
        _condition(one, _WEIGHTS[one.field] if one.field else "", half_typed=one is last) for one in match.wanted
    ]
    return (" | " if match.any_of_them else " & ").join(conditions)


def _vector(row: Row) -> str:
    columns = [
        (row.title, Field.TITLE),
        (row.authors, Field.AUTHORS),
        (row.abstract, Field.ABSTRACT),
        (row.categories, Field.CATEGORY),
    ]
    return f"{_placed([(words, _WEIGHTS[field]) for words, field in columns])} {_FILLER}"


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


def _condition(condition: Condition, weight: str, *, half_typed: bool = False) -> str:
    return f"({' | '.join(_written(condition, weight, half_typed))})"


def _written(condition: Condition, weight: str, half_typed: bool) -> Iterator[str]:
    yield f"({' <-> '.join(_term(stem, weight) for stem in condition.stems)})"
    if half_typed and len(condition.stems) == 1:
        yield f"'{condition.beginning}':*{weight}"


def _term(stem: str, weight: str) -> str:
    return f"'{stem}':{weight}" if weight else f"'{stem}'"
