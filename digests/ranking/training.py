"""Learn the prior from lists of past picks and the papers they were picked from, week by week.

What a week's papers are told by, the authors' record above all, is taken from picks made before that week; the words'
scores are those of a lexicon learnt on other weeks. So the linear model learns how far to trust each where it hasn't
seen the answer.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from digests.ranking import author_record
from digests.ranking.author_record import AuthorRecord
from digests.ranking.lexicon import Lexicon, terms_in, terms_of
from digests.ranking.picks import NoPicks, PastPicks, by_week, candidates
from digests.ranking.prior import COLUMNS, Linear, Prior, model_rows
from digests.topics.words import says_something
from tracker.progress import Progress
from tracker.records import Record

VERSION = "prior-2"
LATE = dt.timedelta(days=7)  # papers younger than this may still be picked: they say nothing yet
LEAST_PICKS = 10
UNPICKED_PER_PICK = 24  # papers that weren't picked, drawn at most for each that was
TERMS = 15_000
LEAST_PAPERS = 10  # a term must occur in
MOST_SHARE = 0.4  # of papers a term may occur in
TITULAR = 0.1  # share of the papers with a term whose titles must hold it for it to be named as a reason
FOLDS = 4
HALF_LIFE = 240.0  # days: how fast tastes are taken to drift
_PICK_WEIGHT = 4.0  # in the lexicon
_LEXICON_STRENGTH, _LINEAR_STRENGTH = 3.0, 0.05  # inverse of the ridge, as scikit-learn's C


@dataclass(frozen=True)
class _Rows:
    """The papers learnt from, the Monday of the week each was listed in, and which were picked."""

    records: Sequence[Record]
    mondays: np.ndarray  # (n,), proleptic ordinals
    picked: np.ndarray  # (n,), bool
    authors: np.ndarray  # (n, a), as the record stood on that Monday


def train_prior(papers: dict[str, Record], picks: PastPicks, day: dt.date, *, progress: Progress) -> Prior:
    """The prior as it could have been known at the start of `day`. Raises NoPicks where there is too little."""
    picks = picks.before(day)
    pool = candidates(papers.values(), day - LATE)
    progress.start("Following the authors", len(pool))
    record, rows = _follow_authors(papers, pool, picks, day, progress)
    if rows.picked.sum() < LEAST_PICKS or rows.picked.all():
        raise NoPicks(
            f"Only {int(rows.picked.sum())} picks before {day} are among the papers; at least {LEAST_PICKS} are needed."
            " Give lists of earlier picks, or the papers they were picked from, with listing days and categories."
        )
    progress.start("Weighing the words", FOLDS + 1)
    lexicon, words = _learn_words(rows, progress)
    progress.start("Weighing the facts", 2)
    columns = np.hstack([_facts_of(rows, words, record), rows.authors])
    recency = 0.5 ** ((day.toordinal() - rows.mondays) / HALF_LIFE)
    without = len(COLUMNS) - len(author_record.NAMES)
    drawn = float(np.log((~rows.picked).sum() / (len(pool) - rows.picked.sum())))
    full = _fit(columns, rows.picked, recency, COLUMNS, drawn)
    progress.advance()
    blind = _fit(columns[:, :without], rows.picked, recency, COLUMNS[:without], drawn)
    progress.advance()
    return Prior(f"{VERSION} to {day}", lexicon, record, full, blind)


def _facts_of(rows: _Rows, words: np.ndarray, record: AuthorRecord) -> np.ndarray:
    """The columns but the authors', which `rows` holds as they stood at the time."""
    return model_rows(rows.records, words, record, record.as_of)[:, : -len(author_record.NAMES)]


def _follow_authors(
    papers: dict[str, Record], pool: Sequence[Record], picks: PastPicks, day: dt.date, progress: Progress
) -> tuple[AuthorRecord, _Rows]:
    """Walk through the weeks: read each author's record at its start, then add what happened in it."""
    record = AuthorRecord(day)
    known = {paper.arxiv_id for paper in pool}
    waiting = sorted((picked, arxiv_id) for arxiv_id, picked in picks.day_of.items() if arxiv_id in papers)
    waiting.reverse()
    kept: list[Record] = []
    mondays: list[int] = []
    told: list[np.ndarray] = []
    drawn = _draw(pool, picks)
    for week, listed in by_week(pool).items():
        _add_picks(record, waiting, papers, known, week.monday)
        sample = [paper for paper in listed if paper.arxiv_id in drawn]
        kept += sample
        mondays += [week.monday.toordinal()] * len(sample)
        told.append(record.rows([paper.authors for paper in sample], week.monday))
        for paper in listed:
            record.add_paper(paper.authors)
        progress.advance(len(listed))
    _add_picks(record, waiting, papers, known, day)
    authors = np.vstack([np.zeros((0, len(author_record.NAMES)), dtype=np.float32), *told])
    picked = np.array([paper.arxiv_id in picks for paper in kept], dtype=bool)
    return record, _Rows(kept, np.array(mondays, dtype=int), picked, authors)


def _add_picks(
    record: AuthorRecord, waiting: list[tuple[dt.date, str]], papers: dict[str, Record], known: set[str], day: dt.date
) -> None:
    """Move the picks made before the day from those waiting, latest first, to the record."""
    while waiting and waiting[-1][0] < day:
        picked, arxiv_id = waiting.pop()
        record.add_pick(papers[arxiv_id].authors, picked, among_known=arxiv_id in known)


def _draw(pool: Sequence[Record], picks: PastPicks) -> set[str]:
    """Ids of all picked papers, and of a sample of the others."""
    picked = [paper.arxiv_id for paper in pool if paper.arxiv_id in picks]
    others = sorted(paper.arxiv_id for paper in pool if paper.arxiv_id not in picks)
    count = min(len(others), UNPICKED_PER_PICK * len(picked))
    return {*picked, *np.random.default_rng(0).choice(others, count, replace=False)} if count else set(picked)


def _learn_words(rows: _Rows, progress: Progress) -> tuple[Lexicon, np.ndarray]:
    """A lexicon of all rows, and each row's score by lexicons that didn't see its week, (n,)."""
    counter = TfidfVectorizer(
        analyzer=terms_of, min_df=LEAST_PAPERS, max_df=MOST_SHARE, sublinear_tf=True, max_features=TERMS
    )
    tfidf = counter.fit_transform(rows.records)
    fold = rows.mondays // 7 % FOLDS
    scores = np.zeros(len(rows.records), dtype=np.float32)
    for number in range(FOLDS):
        seen = fold != number
        if not seen.all() and len(set(rows.picked[seen])) == 2:
            scores[~seen] = tfidf[~seen] @ _word_weights(tfidf[seen], rows.picked[seen])
        progress.advance()
    names = tuple(counter.get_feature_names_out())
    lexicon = Lexicon(names, counter.idf_, _word_weights(tfidf, rows.picked), _titular(names, rows.records))
    progress.advance()
    return lexicon, scores


def _titular(names: Sequence[str], records: Sequence[Record]) -> np.ndarray:
    """Which terms stand in titles often enough, as measured by how often they stand in papers at all."""
    in_titles, in_papers = Counter[str](), Counter[str]()
    for record in records:
        in_titles.update(set(terms_in(record.title)))
        in_papers.update(set(terms_of(record)))
    return np.array([says_something(name) and in_titles[name] >= TITULAR * in_papers[name] for name in names])


def _word_weights(tfidf: object, picked: np.ndarray) -> np.ndarray:
    model = LogisticRegression(C=_LEXICON_STRENGTH, class_weight={True: _PICK_WEIGHT, False: 1.0}, solver="liblinear")
    return model.fit(tfidf, picked).coef_[0]


def _fit(columns: np.ndarray, picked: np.ndarray, weight: np.ndarray, names: tuple[str, ...], drawn: float) -> Linear:
    """A ridge logistic regression over standardised columns, its weights told in the columns' own units.

    `drawn` is the logarithm of the share of unpicked papers that was drawn: what the intercept is too high by.
    """
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread > 1e-6, spread, np.inf)
    model = LogisticRegression(C=_LINEAR_STRENGTH, max_iter=1000)
    model.fit((columns - mean) / spread, picked, sample_weight=weight)
    return Linear(names, mean, model.coef_[0] / spread, float(model.intercept_[0]) + drawn)
