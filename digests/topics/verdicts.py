"""What a series' editors have shown by their verdicts of where papers belong, as a shift of the machine's chances.

A kernel logistic regression on top of what is believed without it: where no verdict is near, nothing changes; where
the machine was right, little is to be learned; each mistake put right shifts papers like that one. It is learned
anew from the database in well under a second, so nothing has to be stored or kept in step.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from digests.models import Candidate, Series, Topic
from tracker.models import Paper
from tracker.vectors import cosine

_LATEST = 1_500  # verdicts learned from: older ones tell of older tastes, and the time grows with their square
_DOUBT = 0.05  # of a verdict: the more, the more of them it takes to outweigh what was believed
_SHARPNESS = 4.0  # of likeness: only papers that are alike learn from each other
_STEPS = 300
_SETTLED = 1e-4


@dataclass(frozen=True)
class Verdicts:
    """Papers that editors put, or left, under topics: their rows, what was believed of them, and where they belong."""

    papers: tuple[Paper, ...]
    groups: np.ndarray  # (v,): the place of each one's topic among the series' topics

    @classmethod
    def of(
        cls, series: Series, topics: Sequence[Topic], model_name: str, *, besides: Collection[Paper] = ()
    ) -> "Verdicts":
        """The latest verdicts on papers that have a vector of that encoder, other than those named.

        A paper moved to a topic and one picked under it tell where they belong; a skip tells nothing of the topic.
        """
        place = {topic.pk: group for group, topic in enumerate(topics)}
        judged = {paper.pk for paper in besides}
        told = Candidate.objects.telling_topics(series, model_name)[: _LATEST + len(judged)]
        known = [
            (one.paper, place[one.place_key]) for one in told if one.place_key in place and one.paper_id not in judged
        ][:_LATEST]
        return cls(tuple(paper for paper, _ in known), np.array([group for _, group in known], dtype=int))


@dataclass(frozen=True)
class Lesson:
    """What was learned from verdicts: how much each of them speaks for each group, (v, groups)."""

    rows: np.ndarray  # (v, d)
    weights: np.ndarray

    def shift(self, rows: np.ndarray) -> np.ndarray:
        """What is added to the log-chances of the papers of these rows, (n, groups)."""
        return likeness(rows, self.rows) @ self.weights


def likeness(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How alike papers are, (n, v), from 1 for the same text down to nearly nothing."""
    return np.exp(_SHARPNESS * (cosine(rows, others) - 1))


def learn(log_chances: np.ndarray, rows: np.ndarray, groups: np.ndarray) -> Lesson:
    """Weigh the verdicts so that, with them, the papers' own groups become likely.

    `log_chances` (v, groups) is what was believed without them; `rows` (v, d) and `groups` (v,) are theirs. Minimises
    the mean log loss plus a penalty on the shift's size, by gradient descent with momentum (Nesterov), in the span of
    the verdicts (the representer theorem: nothing outside it would help).
    """
    kernel = likeness(rows, rows)
    truth = np.eye(log_chances.shape[1], dtype=np.float32)[groups]
    weights = np.zeros_like(truth)
    steepest = _DOUBT + kernel.sum(axis=1).max() / 2  # no eigenvalue is above the largest sum of a row
    ahead, pace = weights, 1 / steepest
    for step in range(_STEPS):
        wrong = truth - softmax(log_chances + kernel @ ahead)
        taken = ahead + pace * (wrong - _DOUBT * ahead)
        if np.abs(taken - weights).max() < _SETTLED:
            break
        ahead, weights = taken + step / (step + 3) * (taken - weights), taken
    return Lesson(rows, weights)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Chances that sum to 1 in each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
