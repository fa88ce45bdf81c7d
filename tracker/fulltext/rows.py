"""What the index holds of a paper, and what each kind of database has to offer for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tracker.query import Condition

TABLE = "tracker_fulltext"
MOST_WORDS = 5_000  # of one column: what stands behind them isn't found

Sql = tuple[str, tuple[Any, ...]]
"""A statement and its parameters."""


@dataclass(frozen=True)
class Row:
    """A paper's words, column by column."""

    paper_id: int
    title: list[str]
    authors: list[str]
    abstract: list[str]
    categories: list[str]


@dataclass(frozen=True)
class Match:
    """What papers are to hold: all that is wanted, or any of it, besides all that is `strict` and nothing unwanted.

    With `half_typed` the last word that is wanted may go on. Something must be wanted or strict.
    """

    wanted: Sequence[Condition] = ()
    strict: Sequence[Condition] = ()
    unwanted: Sequence[Condition] = ()
    any_of_them: bool = False
    half_typed: bool = False


@dataclass(frozen=True)
class Found:
    """The keys of the best papers, the best first, and how many there are in all."""

    paper_ids: list[int]
    total: int


class Index(Protocol):
    """One kind of database. `within` is a statement for the keys of the papers that are allowed."""

    def put(self, rows: Sequence[Row]) -> None:
        """Index the papers, anew where they were; what was written of them elsewhere stays."""

    def describe(self, texts: Mapping[int, list[str]]) -> None:
        """Set the words written of papers elsewhere; an empty list takes them away."""

    def missing(self) -> str:
        """A statement for the keys of papers that aren't in the index."""

    def matching(self, match: Match) -> Sql:
        """The keys of matching papers, in any order."""

    def find(self, match: Match, limit: int, within: Sql | None) -> Found:
        """The best matching papers."""
