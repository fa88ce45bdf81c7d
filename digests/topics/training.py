"""How the shipped topic model is made: words learned from papers without labels, weights from papers with them.

Needs scikit-learn, which takes seconds to import: for commands only. What was tried is told in docs/topics.md.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.extmath import randomized_svd

from digests.topics.judged import Label
from digests.topics.model import Example, TopicModel
from digests.topics.scores import score_suggestions
from digests.topics.words import paper_terms, terms
from tracker.models import Paper
from tracker.vectors import cosine, normalise

VOCABULARY = 40_000  # terms, the commonest
PRECISION = 0.85  # of suggested topics, by which the surety is chosen below which none is suggested
DIRECTIONS = 300  # of the words' meaning: which words keep company
_RAREST = 5  # papers that a term must stand in
_COMMONEST = 0.5  # share of the papers beyond which a term tells nothing
_ALSO = 0.2  # what a second label counts, taken off the first
_TITLE, _VECTOR = 0.5, 0.7  # what the title's meaning and the vector count beside the whole text's meaning
_MEANING_FREEDOM, _WORD_FREEDOM = 3.0, 10.0  # C of the two logistic regressions
_EXAMPLES = 24  # kept of each class
_SEED = 0


@dataclass(frozen=True)
class Words:
    """What papers without labels teach: which terms count, how rare each is, and which keep company.

    The directions (v, k) are the right singular vectors of the papers' tf-idf (latent semantic analysis).
    """

    vocabulary: tuple[str, ...]
    idf: np.ndarray
    directions: np.ndarray

    def values(self, counts: Sequence[Counter[str]]) -> csr_matrix:
        """The tf-idf of each text, (n, v): log counts times idf, rows of length 1."""
        index = {term: column for column, term in enumerate(self.vocabulary)}
        return _values(counts, index, self.idf)


def learn_words(texts: Iterable[tuple[str, str]], *, vocabulary: int = VOCABULARY, k: int = DIRECTIONS) -> Words:
    """From titles and abstracts. Deterministic, up to the order in which a machine adds numbers."""
    counts = [paper_terms(title, abstract) for title, abstract in texts]
    papers_with = Counter[str]()
    for count in counts:
        papers_with.update(count.keys())
    usual = [(-n, term) for term, n in papers_with.items() if _RAREST <= n <= _COMMONEST * len(counts)]
    chosen = tuple(sorted(term for _, term in sorted(usual)[:vocabulary]))
    idf = np.log((1 + len(counts)) / (1 + np.array([papers_with[term] for term in chosen]))) + 1
    values = _values(counts, {term: column for column, term in enumerate(chosen)}, idf)
    k = min(k, *(size - 1 for size in values.shape))
    _, _, directions = randomized_svd(values, k, n_oversamples=15, n_iter=2, random_state=_SEED)
    return Words(chosen, idf.astype(np.float32), directions.T.astype(np.float32))


def _values(counts: Sequence[Counter[str]], index: dict[str, int], idf: np.ndarray) -> csr_matrix:
    columns, found, ends = [], [], [0]
    for count in counts:
        known = [(index[term], n) for term, n in count.items() if term in index]
        columns += [column for column, _ in known]
        found += [n for _, n in known]
        ends.append(len(columns))
    weighed = (1 + np.log(np.array(found, dtype=np.float32))) * idf[columns].astype(np.float32)
    values = csr_matrix((weighed, columns, ends), shape=(len(counts), len(index)), dtype=np.float32)
    lengths = np.sqrt(np.asarray(values.multiply(values).sum(axis=1)).ravel())
    return (diags(1 / np.where(lengths == 0, 1, lengths)) @ values).tocsr().astype(np.float32)


@dataclass(frozen=True)
class Lesson:
    """Labelled papers in the form that weights are learned from; the classes are in the model's order."""

    classes: tuple[str, ...]
    labels: tuple[Label, ...]
    papers: tuple[Paper, ...]
    first: np.ndarray  # (n,): the class of each
    also: tuple[tuple[int, ...], ...]
    words: Words
    values: csr_matrix  # (n, v), of the whole text
    titles: csr_matrix  # (n, v)
    rows: np.ndarray  # (n, d), unit rows, centred
    centre: np.ndarray

    @classmethod
    def of(
        cls, classes: Sequence[str], labels: Sequence[Label], papers: Sequence[Paper], matrix: np.ndarray, words: Words
    ) -> "Lesson":
        """`matrix` (n, d) holds the papers' unit rows."""
        place = {name: group for group, name in enumerate(classes)}
        centre = matrix.mean(axis=0)
        return cls(
            classes=tuple(classes),
            labels=tuple(labels),
            papers=tuple(papers),
            first=np.array([place[label.topic] for label in labels]),
            also=tuple(tuple(place[name] for name in label.also if name in place) for label in labels),
            words=words,
            values=words.values([paper_terms(paper.title, paper.abstract) for paper in papers]),
            titles=words.values([Counter(terms(paper.title)) for paper in papers]),
            rows=normalise(matrix - centre),
            centre=centre,
        )

    def fit(self, chosen: np.ndarray) -> "Weights":
        """The mean of two logistic regressions on the chosen papers: one on meaning, one on the words themselves.

        Both are linear in the paper's words and vector, so their mean is one set of weights.
        """
        places, groups, counts = self._weighed(chosen)
        by_meaning = LogisticRegression(C=_MEANING_FREEDOM, max_iter=500, tol=1e-3)
        by_meaning.fit(self._meaning(places), groups, sample_weight=counts)
        by_words = LogisticRegression(C=_WORD_FREEDOM, max_iter=500, tol=1e-3, class_weight="balanced")
        by_words.fit(self.values[places], groups, sample_weight=counts)
        whole, title, dense = np.split(by_meaning.coef_.T, np.cumsum([self.words.directions.shape[1]] * 2))
        return Weights(
            terms=(self.words.directions @ whole * self._reach(self.values) + by_words.coef_.T) / 2,
            title_terms=self.words.directions @ title * self._reach(self.titles) * _TITLE / 2,
            dense=dense * _VECTOR / 2,
            bias=(by_meaning.intercept_ + by_words.intercept_) / 2,
        )

    def logits(self, weights: "Weights", chosen: np.ndarray) -> np.ndarray:
        """The chosen papers' sums for each class, (n, classes)."""
        by_words = self.values[chosen] @ weights.terms + self.titles[chosen] @ weights.title_terms
        return by_words + self.rows[chosen] @ weights.dense + weights.bias

    def _meaning(self, places: np.ndarray) -> np.ndarray:
        directions = self.words.directions
        whole = self.values[places] @ directions * self._reach(self.values)
        title = self.titles[places] @ directions * self._reach(self.titles) * _TITLE
        return np.hstack([whole, title, _VECTOR * self.rows[places]])

    def _reach(self, values: csr_matrix) -> float:
        """What makes texts along the directions 1 long on the average."""
        return 1 / float(np.linalg.norm(values @ self.words.directions, axis=1).mean())

    def _weighed(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Each chosen paper once for each of its labels: places, classes, and how much each counts."""
        told = [
            (place, group, share)
            for place in chosen
            for group, share in _shares(int(self.first[place]), self.also[place])
        ]
        places, groups, shares = zip(*told, strict=True)
        return np.array(places), np.array(groups), np.array(shares)


def _shares(first: int, also: tuple[int, ...]) -> list[tuple[int, float]]:
    if not also:
        return [(first, 1.0)]
    return [(first, 1 - _ALSO), *((other, _ALSO / len(also)) for other in also)]


@dataclass(frozen=True)
class Weights:
    """What a term of the text, a term of the title, and the centred vector add to each class's sum."""

    terms: np.ndarray  # (v, classes)
    title_terms: np.ndarray  # (v, classes)
    dense: np.ndarray  # (d, classes)
    bias: np.ndarray  # (classes,)

    def calibrated(self, sharpness: float, bias: np.ndarray) -> "Weights":
        return Weights(
            self.terms * sharpness, self.title_terms * sharpness, self.dense * sharpness, self.bias * sharpness + bias
        )


def out_of_fold(lesson: Lesson, chosen: np.ndarray | None = None, *, folds: int = 5) -> np.ndarray:
    """The sums for each chosen paper (or each) by weights learned without it from the others, (n, classes)."""
    places = np.arange(len(lesson.first)) if chosen is None else chosen
    logits = np.zeros((len(places), len(lesson.classes)))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=_SEED)
    for learned, judged in splitter.split(places, lesson.first[places]):
        logits[judged] = lesson.logits(lesson.fit(places[learned]), places[judged])
    return logits


def calibrate(logits: np.ndarray, first: np.ndarray) -> tuple[float, np.ndarray]:
    """The sharpness and the bias (classes,) with which out-of-fold sums give the most truthful chances.

    Temperature scaling (Guo et al. 2017) with a bias for each class, held small.
    """

    def loss(told: np.ndarray) -> float:
        sums = logits * np.exp(told[0]) + told[1:]
        sums -= sums.max(axis=1, keepdims=True)
        log_chances = sums - np.log(np.exp(sums).sum(axis=1, keepdims=True))
        return float((told[1:] ** 2).sum() - log_chances[np.arange(len(first)), first].sum())

    best = minimize(loss, np.zeros(logits.shape[1] + 1), method="L-BFGS-B").x
    return float(np.exp(best[0])), best[1:]


def surety_for(chances: np.ndarray, classes: Sequence[str], labels: Sequence[Label]) -> float:
    """The lowest surety, in hundredths, from which on suggested topics are right as often as PRECISION.

    `chances` (n, classes) are of the labelled papers, out-of-fold.
    """
    for threshold in np.arange(0.2, 1.0, 0.01):
        count, share = score_suggestions(chances, classes, labels, threshold)
        if share >= PRECISION or not count:
            break
    return round(float(threshold), 2)


def make_model(lesson: Lesson, *, name: str, encoder_name: str) -> tuple[TopicModel, np.ndarray]:
    """The model learned from the whole lesson, and the out-of-fold chances that it was calibrated by."""
    logits = out_of_fold(lesson)
    sharpness, bias = calibrate(logits, lesson.first)
    sums = logits * sharpness + bias
    chances = np.exp(sums - sums.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    weights = lesson.fit(np.arange(len(lesson.first))).calibrated(sharpness, bias)
    typical = _typical(lesson, chances)
    model = TopicModel(
        classes=lesson.classes,
        name=name,
        encoder_name=encoder_name,
        threshold=surety_for(chances, lesson.classes, lesson.labels),
        vocabulary=lesson.words.vocabulary,
        idf=lesson.words.idf,
        terms=weights.terms.astype(np.float32),
        title_terms=weights.title_terms.astype(np.float32),
        centre=lesson.centre.astype(np.float32),
        dense=weights.dense.astype(np.float32),
        bias=weights.bias.astype(np.float32),
        examples=tuple(Example(lesson.papers[place].arxiv_id, lesson.papers[place].title) for place in typical),
        example_classes=lesson.first[typical],
        example_rows=lesson.rows[typical],
    )
    return model, chances


def _typical(lesson: Lesson, chances: np.ndarray) -> np.ndarray:
    """The places of examples of each class that between them are near to all of its papers.

    Chosen one by one, each the paper that adds the most nearness, from those told rightly without being learned.
    """
    chosen: list[int] = []
    for group in range(len(lesson.classes)):
        members = np.flatnonzero(lesson.first == group)
        near = cosine(lesson.rows[members], lesson.rows[members])
        near[:, chances[members].argmax(axis=1) != group] = 0  # columns: who may be an example
        covered = np.zeros(len(members))
        for _ in range(min(_EXAMPLES, len(members))):
            best = int(np.maximum(near - covered[:, np.newaxis], 0).sum(axis=0).argmax())
            covered = np.maximum(covered, near[:, best])
            chosen.append(int(members[best]))
    return np.array(list(dict.fromkeys(chosen)))
