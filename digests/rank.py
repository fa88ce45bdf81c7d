"""How important a paper of the week is likely to be to the series' editor, with the reasons.

A sum of terms, through a logistic: the shipped prior's, what the editor's own verdicts add to it, and a few signs from
around the paper. A reason is one of these terms in words, so what an editor reads is what was added up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from digests import attention
from digests.classify import TopicSuggestion
from digests.models import Candidate, Digest, Entry, Series
from digests.ranking import novelty, taste
from digests.ranking.prior import Prior, shipped_prior
from digests.ranking.taste import JudgedWeek, Taste
from tracker.embeddings import load_matrix
from tracker.models import Authorship, Paper
from tracker.progress import Progress
from tracker.records import Record
from tracker.weeks import Week

RULES_NAME = "prior-2"

_WORTH_SAYING = 0.2  # of log-odds: what a term must add or take away to be named
_REASONS = 5
_DIGESTS = 26  # the latest published ones that the editor's taste is learnt from
_UNPICKED = 40  # papers passed over that stand for the rest of a digest's week
# Learnt on top of the prior from past picks of 31 weeks played forwards: docs/ranking.md. How sure the topic is turned
# out to tell nothing.
_BELONGING, _BUSYNESS = 0.4, 0.1


@dataclass(frozen=True)
class Importance:
    """A score between 0 and 1, to order the papers of a week by, and why it is what it is, weightiest first."""

    score: float
    reasons: list[str]


@dataclass(frozen=True)
class _Term:
    """What one thing adds to each paper's log-odds, (n,), and how that is said of each."""

    added: np.ndarray
    words: Sequence[str]


def score_importance(
    series: Series,
    week: Week,
    papers: Sequence[Paper],
    matrix: np.ndarray,
    suggestions: Sequence[TopicSuggestion],
    *,
    model_name: str,
    progress: Progress,
) -> list[Importance]:
    """An importance for each paper of the week, in their order.

    `matrix` (n, d) holds the papers' unit rows by the encoder called `model_name`. What the corpus lacks is left
    out: likeness to the weeks before where none is stored, to past picks where nothing has been published. Raises
    UnusablePrior.
    """
    if not papers:
        return []
    prior, records = shipped_prior(), records_of(papers)
    log_odds = prior.log_odds(records, week.monday, use_author_record=series.use_author_record)
    terms = [
        *_prior_terms(prior, records, week, use_author_record=series.use_author_record),
        _belonging(suggestions),
        *_busyness(series, week, matrix, model_name),
        *_taste(series, week, log_odds, matrix, prior, model_name),
        *(_Term(sign.added, sign.words) for sign in attention.signs(papers, progress=progress)),
    ]
    base = prior.full.intercept if series.use_author_record else prior.blind.intercept
    scores = 1 / (1 + np.exp(-(base + sum(term.added for term in terms))))
    return [Importance(float(score), _reasons(terms, row)) for row, score in enumerate(scores)]


def signals(series: Series) -> list[str]:
    """What a series' ranking goes by, in an editor's words."""
    told = ["facts of the paper", "its words", "how busy its line of work is"]
    told += ["its authors’ record of past picks"] if series.use_author_record else []
    told += ["the papers you picked before"] if series.digests.published().exists() else []
    return told + attention.labels()


def records_of(papers: Sequence[Paper]) -> list[Record]:
    """The papers as records with authors and categories, the primary category first; two queries."""
    authors: dict[int, list[str]] = defaultdict(list)
    rows = Authorship.objects.filter(paper__in=papers).order_by("paper_id", "position")
    for paper_id, name in rows.values_list("paper_id", "author__name"):
        authors[paper_id].append(name)
    codes: dict[int, list[str]] = defaultdict(list)
    listed = Paper.categories.through.objects.filter(paper__in=papers).order_by("paper_id", "category__code")
    for paper_id, code in listed.values_list("paper_id", "category__code"):
        codes[paper_id].append(code)
    return [
        Record(
            paper.arxiv_id,
            paper.title,
            paper.abstract,
            authors=tuple(authors[paper.pk]),
            categories=tuple(sorted(codes[paper.pk], key=lambda code: code != paper.primary_category)),
            announced_on=paper.announced_on,
            comment=paper.comment,
        )
        for paper in papers
    ]


# The terms.


def _prior_terms(prior: Prior, records: Sequence[Record], week: Week, *, use_author_record: bool) -> list[_Term]:
    return [
        _Term(
            term.added,
            [
                prior.words(term, row, record) if abs(term.added[row]) >= _WORTH_SAYING else ""
                for row, record in enumerate(records)
            ],
        )
        for term in prior.terms(records, week.monday, use_author_record=use_author_record)
    ]


def _belonging(suggestions: Sequence[TopicSuggestion]) -> _Term:
    value = np.array([suggestion.belonging for suggestion in suggestions])
    words = ["" if at > 0.5 else "may lie outside the series" for at in value]  # what lies inside is the usual
    return _Term(_BELONGING * (value - 0.5), words)


def _busyness(series: Series, week: Week, matrix: np.ndarray, model_name: str) -> list[_Term]:
    value = novelty.busyness(series, week, matrix, model_name)
    if value is None:
        return []
    weeks = novelty.WEEKS_BEFORE
    words = ["in a busy line of work" if at > 0 else f"new: little like it in {weeks} weeks" for at in value]
    return [_Term(_BUSYNESS * value, words)]


def _taste(
    series: Series, week: Week, log_odds: np.ndarray, matrix: np.ndarray, prior: Prior, model_name: str
) -> list[_Term]:
    learnt = learn_taste(series, week, log_odds, matrix, prior, model_name)
    if learnt is None:
        return []
    added = learnt.added(matrix)
    words = [
        f"reads like {likest}, which you picked" if at > 0 else "unlike what you picked before"
        for likest, at in zip(learnt.likest(matrix), added, strict=True)
    ]
    return [_Term(added, words)]


def learn_taste(
    series: Series, week: Week, log_odds: np.ndarray, matrix: np.ndarray, prior: Prior, model_name: str
) -> Taste | None:
    """What the series' digests published of weeks before this one teach; None where there are none.

    Where no more is known of a digest's week than its picks, the papers at hand stand for those passed over.
    """
    digests = series.digests.published().filter(week_start__lt=week.monday)[:_DIGESTS]
    weeks = [_judged(digest, prior, series, model_name) for digest in digests]
    rest = slice(0, _UNPICKED)
    weeks = [
        known
        if not known.picked.all()
        else JudgedWeek(
            np.vstack([known.rows, matrix[rest]]),
            np.concatenate([known.prior, log_odds[rest]]),
            np.concatenate([known.picked, np.zeros(len(matrix[rest]), dtype=bool)]),
            [*known.ids, *[""] * len(matrix[rest])],
        )
        for known in weeks
        if len(known.picked)
    ]
    return taste.learn(weeks, matrix.shape[1]) if weeks else None


def _judged(digest: Digest, prior: Prior, series: Series, model_name: str) -> JudgedWeek:
    """The picks of a published digest, and a sample of the candidates that it passed over."""
    picked = set(Entry.objects.filter(digest=digest).values_list("paper_id", flat=True))
    passed = Candidate.objects.filter(digest=digest).passed_over().exclude(paper__in=picked)
    # In the order of no merit: spread evenly over the week.
    over = list(passed.order_by("paper_id").values_list("paper_id", flat=True))
    sample = over[:: max(1, len(over) // _UNPICKED)]
    papers = list(
        Paper.objects.filter(pk__in=[*picked, *sample], embeddings__model_name=model_name).order_by("pk").distinct()
    )
    if not papers:
        return JudgedWeek(np.zeros((0, 0)), np.zeros(0), np.zeros(0, dtype=bool), [])
    return JudgedWeek(
        load_matrix([paper.pk for paper in papers], model_name),
        prior.log_odds(records_of(papers), digest.week_start, use_author_record=series.use_author_record),
        np.array([paper.pk in picked for paper in papers]),
        [paper.arxiv_id for paper in papers],
    )


def _reasons(terms: Sequence[_Term], row: int) -> list[str]:
    """The weightiest terms in words; what speaks against the paper comes last and says so."""
    said = [term for term in terms if term.words[row] and abs(term.added[row]) >= _WORTH_SAYING]
    said = sorted(said, key=lambda term: -abs(term.added[row]))[:_REASONS]
    for_it = [term.words[row] for term in said if term.added[row] > 0]
    return for_it + [f"but {term.words[row]}" for term in said if term.added[row] < 0]
