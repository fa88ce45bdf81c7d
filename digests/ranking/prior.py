"""The shipped prior: how a paper's facts, words and authors' record speak for its being picked, as a sum of terms.

A linear model, so each paper's score is the sum of what its terms add against the average paper, and a reason is one
of these summands. Trained by `manage.py train_ranker`; docs/ranking.md tells from what and how well it does.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from digests.ranking import author_record, facts, wording
from digests.ranking.author_record import AuthorRecord
from digests.ranking.facts import FACTS
from digests.ranking.lexicon import Lexicon
from tracker.errors import GalleyError
from tracker.records import Record

SHIPPED = Path(__file__).with_name("weights.npz")
AUTHORS_GROUP, WORDS_GROUP = "authors", "words"
GROUPS = (
    *dict.fromkeys(fact.group for fact in FACTS),
    WORDS_GROUP,
    AUTHORS_GROUP,
)
# The columns of the linear model: facts, then the words' score, then the authors' record.
_GROUP_OF = [*(fact.group for fact in FACTS), WORDS_GROUP, *[AUTHORS_GROUP] * len(author_record.NAMES)]
_OF_AUTHORS = ("team", AUTHORS_GROUP)
COLUMNS = (*(fact.name for fact in FACTS), "words", *author_record.NAMES)


class UnusablePrior(GalleyError):
    """The file of weights is missing, damaged, or made by another version of the code."""


@dataclass(frozen=True)
class Linear:
    """A logistic regression over standardised columns: `mean` and `weights` (c,) in the columns' own units."""

    columns: tuple[str, ...]
    mean: np.ndarray
    weights: np.ndarray
    intercept: float


@dataclass(frozen=True)
class Term:
    """What one group adds to each paper's log-odds, (n,), against the average paper, and its columns' parts in it."""

    group: str
    added: np.ndarray
    columns: tuple[str, ...]
    parts: np.ndarray  # (n, columns)

    def pulling(self, row: int) -> list[str]:
        """The columns that pulled the way the whole term went in that row, the weightiest first."""
        along = self.parts[row] * np.sign(self.added[row])
        return [self.columns[place] for place in np.argsort(-along, kind="stable") if along[place] > 0]


@dataclass(frozen=True)
class Prior:
    """What was learnt from past picks; `blind` is the same learnt without the authors' record."""

    version: str
    lexicon: Lexicon
    authors: AuthorRecord
    full: Linear
    blind: Linear

    def terms(self, records: Sequence[Record], day: dt.date, *, use_author_record: bool = True) -> list[Term]:
        """What each group of facts adds to each record's log-odds, as seen on that day."""
        linear = self.full if use_author_record else self.blind
        rows = self._rows(records, day)[:, : len(linear.columns)]
        added = (rows - linear.mean) * linear.weights
        groups = np.array(_GROUP_OF[: len(linear.columns)])
        nameless = np.array([not record.authors for record in records], dtype=bool)
        added[np.ix_(nameless, np.isin(groups, _OF_AUTHORS))] = 0.0  # what a source leaves out speaks neither way
        return [
            Term(
                group,
                added[:, groups == group].sum(axis=1),
                tuple(name for name, of in zip(linear.columns, groups, strict=True) if of == group),
                added[:, groups == group],
            )
            for group in GROUPS
            if (groups == group).any()
        ]

    def log_odds(self, records: Sequence[Record], day: dt.date, *, use_author_record: bool = True) -> np.ndarray:
        """The log-odds of each record's being picked, (n,)."""
        linear = self.full if use_author_record else self.blind
        terms = self.terms(records, day, use_author_record=use_author_record)
        return linear.intercept + np.sum([term.added for term in terms], axis=0, initial=0.0)

    def words(self, term: Term, row: int, record: Record) -> str:
        """How a term is told of the record of that row."""
        raises = bool(term.added[row] > 0)
        if term.group == AUTHORS_GROUP:
            return _author_words(len(self.authors.picked_authors(record.authors)), len(record.authors))
        if term.group == WORDS_GROUP:
            told = self.lexicon.telling(record, 3, raises=raises)
            return f"its words: {', '.join(told)}" if told else "its words are the usual ones"
        return wording.in_words(term.group, record, term.pulling(row), raises=raises)

    def _rows(self, records: Sequence[Record], day: dt.date) -> np.ndarray:
        return model_rows(records, self.lexicon.scores(records), self.authors, day)

    def save(self, path: Path) -> None:
        """Write plain arrays, zipped; nothing in the file is code."""
        arrays = {"version": np.array(self.version), **self.lexicon.packed(), **self.authors.packed()}
        for name, linear in (("full", self.full), ("blind", self.blind)):
            arrays[f"{name}_columns"] = np.array(linear.columns)
            arrays[f"{name}_mean"] = linear.mean.astype("<f4")
            arrays[f"{name}_weights"] = linear.weights.astype("<f4")
            arrays[f"{name}_intercept"] = np.array(linear.intercept)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished.npz")
        with unfinished.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        unfinished.replace(path)


def model_rows(records: Sequence[Record], words: np.ndarray, authors: AuthorRecord, day: dt.date) -> np.ndarray:
    """The linear model's columns of each record, (n, len(COLUMNS)); `words` are the lexicon's scores, (n,)."""
    teams = [record.authors for record in records]
    return np.hstack([facts.fact_rows(records), words.reshape(-1, 1), authors.rows(teams, day)])


def _author_words(picked: int, team: int) -> str:
    """How the authors' record is told. It says “have had”, as a past week may be ranked with later picks known."""
    if picked == 0:
        return "none of its authors is known to have had a paper picked"
    if picked == 1:
        return f"{'its author' if team == 1 else f'one of its {team} authors'} has had papers picked"
    if picked == team:
        return f"{'both' if team == 2 else f'all {team}'} of its authors have had papers picked"
    return f"{picked} of its {team} authors have had papers picked"


@cache
def shipped_prior() -> Prior:
    """The prior that comes with Galley, read once per process. Raises UnusablePrior."""
    return load_prior(SHIPPED)


def load_prior(path: Path) -> Prior:
    """Read what `save` wrote. Raises UnusablePrior."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays: dict[str, Any] = dict(file)
        prior = Prior(
            str(arrays["version"]),
            Lexicon.unpacked(arrays),
            AuthorRecord.unpacked(arrays),
            _linear(arrays, "full"),
            _linear(arrays, "blind"),
        )
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise UnusablePrior(
            f"{path} holds no weights that can be read ({error}). Make them with `manage.py train_ranker`."
        ) from error
    if prior.full.columns != COLUMNS or prior.blind.columns != COLUMNS[: len(prior.blind.columns)]:
        raise UnusablePrior(f"{path} was made for other facts than these. Make it again with `manage.py train_ranker`.")
    return prior


def _linear(arrays: dict[str, Any], name: str) -> Linear:
    columns = tuple(str(column) for column in arrays[f"{name}_columns"])
    return Linear(columns, arrays[f"{name}_mean"], arrays[f"{name}_weights"], float(arrays[f"{name}_intercept"]))
