"""How important a paper of the week is likely to be to the series' editor, with the reasons.

A sum of a few facts with weights set by hand, through a logistic. Each fact is one term with its own words, so that
what an editor reads is what was added up.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count

from digests.classify import TopicSuggestion
from digests.models import Entry, Series
from tracker.embeddings import load_matrix
from tracker.models import Authorship, Paper
from tracker.vectors import cosine
from tracker.weeks import Week

RULES_NAME = "facts-1"

_WEEKS_BEFORE = 2
_PAST_PICKS = 300
_NEAREST_SHARE = 0.01  # of the weeks before: how many of them the busyness of a line of work is read from
_BASE = -1.2  # the log-odds of a paper of which nothing in particular is known
_WORTH_SAYING = 0.4  # of log-odds: what a term must add or take away to be named

_LINK = re.compile(r"https?://|www\.|\b(?:github|gitlab|huggingface)\b|project page", re.IGNORECASE)
_RELEASE = re.compile(
    r"\b(?:code|models?|weights|checkpoints|datasets?|data|benchmark)\b[^.]{0,60}"
    r"\b(?:available|released?|open-?sourced?|public(?:ly)?)\b"
    r"|\b(?:release|open-?source)\b[^.]{0,60}\b(?:code|models?|weights|checkpoints|datasets?|data|benchmark)\b",
    re.IGNORECASE,
)
_SIZE = re.compile(r"\b\d+(?:\.\d+)?B\b(?![ -]tokens?)")
_BENCHMARK = re.compile(r"bench\b|\b(?:benchmark(?:s|ing)?|datasets?|leaderboard|corpus)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Importance:
    """A score between 0 and 1, to order the papers of a week by, and why it is what it is, weightiest first."""

    score: float
    reasons: list[str]


@dataclass(frozen=True)
class _Term:
    """What one fact adds to each paper's log-odds, (n,), and how that is said of each."""

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
) -> list[Importance]:
    """An importance for each paper of the week, in their order.

    `matrix` (n, d) holds the papers' unit rows by the encoder called `model_name`. What the corpus lacks is left
    out: likeness to the weeks before where none is stored, to past picks where nothing has been published.
    """
    if not papers:
        return []
    terms = [
        _belonging(suggestions),
        _surety(suggestions),
        _authors(papers),
        *_releases(papers),
        _sizes(papers),
        _benchmarks(papers),
        *_busyness(series, week, matrix, model_name),
        *_likeness(series, week, papers, matrix, model_name),
    ]
    scores = 1 / (1 + np.exp(-(_BASE + sum(term.added for term in terms))))
    return [Importance(round(float(score), 4), _reasons(terms, row)) for row, score in enumerate(scores)]


# The terms. Their weights were rounded by hand after looking at which facts tell the papers of 2025-W32 and W44 that
# Hugging Face's daily list picked from the rest. The number of authors and a link told most, novelty nothing.


def _belonging(suggestions: Sequence[TopicSuggestion]) -> _Term:
    value = np.array([suggestion.belonging for suggestion in suggestions])
    return _Term(1.0 * (value - 1), ["may lie outside the series"] * len(value))


def _surety(suggestions: Sequence[TopicSuggestion]) -> _Term:
    value = np.array([suggestion.score if suggestion.topic else 0.0 for suggestion in suggestions])
    names = [suggestion.topic.name if suggestion.topic else "" for suggestion in suggestions]
    return _Term(0.5 * value, [f"a clear case of {name}" for name in names])


def _authors(papers: Sequence[Paper]) -> _Term:
    """The logarithm of the number of authors, against a typical four; nothing where no author is known."""
    rows = Authorship.objects.filter(paper__in=papers).values_list("paper_id").annotate(Count("pk"))
    counts = dict(rows)
    known = [counts.get(paper.pk, 0) for paper in papers]
    value = np.array([np.log(count / 4) if count else 0.0 for count in known])
    return _Term(1.3 * value, [f"{count} authors" if count > 1 else "a single author" for count in known])


def _releases(papers: Sequence[Paper]) -> list[_Term]:
    texts = [f"{paper.abstract}\n{paper.comment}" for paper in papers]
    links = _found(_LINK, texts)
    promises = _found(_RELEASE, texts) * (1 - links)
    return [
        _Term(1.2 * links, ["links to its code, data or page"] * len(papers)),
        _Term(0.4 * promises, ["says that code, models or data are released"] * len(papers)),
    ]


def _sizes(papers: Sequence[Paper]) -> _Term:
    sizes = [_SIZE.findall(f"{paper.title}\n{paper.abstract}") for paper in papers]
    words = [f"names model sizes ({', '.join(list(dict.fromkeys(found))[:3])})" for found in sizes]
    return _Term(0.7 * np.array([bool(found) for found in sizes], dtype=float), words)


def _benchmarks(papers: Sequence[Paper]) -> _Term:
    found = _found(_BENCHMARK, [paper.title for paper in papers])
    return _Term(0.4 * found, ["introduces or studies a benchmark or dataset"] * len(papers))


def _busyness(series: Series, week: Week, matrix: np.ndarray, model_name: str) -> list[_Term]:
    """How near the nearest papers of the weeks before are: many near ones mean a line of work that moves.

    The opposite of novelty on purpose: papers unlike all others of the weeks before were picked less often, not more.
    """
    before = week
    for _ in range(_WEEKS_BEFORE):
        before = before.previous
    earlier = Paper.objects.filter(
        announced_on__gte=before.monday, announced_on__lt=week.monday, embeddings__model_name=model_name
    ).in_categories(series.categories)
    ids = list(earlier.values_list("pk", flat=True))
    if not ids:
        return []
    near = cosine(matrix, load_matrix(ids, model_name))
    count = max(1, int(_NEAREST_SHARE * len(ids)))
    value = _spread(np.partition(near, -count, axis=1)[:, -count:].mean(axis=1))
    words = ["in a busy line of work" if at > 0 else "far from what others worked on lately" for at in value]
    return [_Term(0.5 * value, words)]


def _likeness(series: Series, week: Week, papers: Sequence[Paper], matrix: np.ndarray, model_name: str) -> list[_Term]:
    """How near the nearest of the papers is that the series' latest digests before the week carried."""
    picked = (
        Entry.objects.filter(digest__in=series.digests.published().filter(week_start__lt=week.monday))
        .filter(paper__embeddings__model_name=model_name)
        .exclude(paper__in=papers)
        .order_by("-digest__week_start", "pk")
        .values_list("paper_id", "paper__arxiv_id")[:_PAST_PICKS]
    )
    past = dict(picked)
    if not past:
        return []
    near = cosine(matrix, load_matrix(list(past), model_name))
    names = list(past.values())
    value = _spread(near.max(axis=1))
    words = [
        f"reads like {names[place]}, which you picked" if at > 0 else "unlike what you picked before"
        for place, at in zip(near.argmax(axis=1), value, strict=True)
    ]
    return [_Term(0.6 * value, words)]


def _found(pattern: re.Pattern[str], texts: Sequence[str]) -> np.ndarray:
    return np.array([bool(pattern.search(text)) for text in texts], dtype=float)


def _spread(values: np.ndarray) -> np.ndarray:
    """The values in standard deviations from the week's mean, so that any encoder's cosines weigh alike."""
    deviation = values.std()
    return (values - values.mean()) / deviation if deviation > 1e-6 else np.zeros_like(values)


def _reasons(terms: Sequence[_Term], row: int) -> list[str]:
    said = [term for term in terms if abs(term.added[row]) >= _WORTH_SAYING]
    return [term.words[row] for term in sorted(said, key=lambda term: -abs(term.added[row]))]
