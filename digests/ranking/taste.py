"""What the editor's own verdicts add to the prior: an offset learnt from the series' published digests. Pure NumPy.

A logistic regression whose starting point is the prior's log-odds: a ridge pulls the offset to nothing, so few
verdicts move little, and many move as far as they bear out. The offset over the papers' vectors is a sum over past
verdicts (at the ridge's optimum, weights are residuals times rows), so the past pick that adds most to a paper's
score can be named.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RIDGE = 2.0  # on unit rows centred by week: chosen on the learning curves that docs/ranking.md tells
_STEPS = 12
_CLOSE_ENOUGH = 1e-4


@dataclass(frozen=True)
class JudgedWeek:
    """One published week: its papers' unit rows (n, d), the prior's log-odds (n,), which were picked, and their ids."""

    rows: np.ndarray
    prior: np.ndarray
    picked: np.ndarray
    ids: Sequence[str]


@dataclass(frozen=True)
class Taste:
    """The learnt offset: `weights` (d,), and what it is the sum of: rows of past verdicts with what each adds."""

    weights: np.ndarray
    past: np.ndarray  # (p, d), picked papers only
    pull: np.ndarray  # (p,)
    ids: Sequence[str]

    def added(self, rows: np.ndarray) -> np.ndarray:
        """What the offset adds to each row's log-odds, (n,), against the mean of these rows."""
        return centred(rows) @ self.weights

    def likest(self, rows: np.ndarray) -> list[str]:
        """For each row the id of the past pick that adds the most to its score."""
        if not len(self.past):
            return [""] * len(rows)
        return [self.ids[place] for place in (centred(rows) @ self.past.T * self.pull).argmax(axis=1)]


def centred(rows: np.ndarray) -> np.ndarray:
    return rows - rows.mean(axis=0, keepdims=True) if len(rows) else rows


def learn(weeks: Sequence[JudgedWeek], dimension: int, *, ridge: float = RIDGE) -> Taste:
    """The offset that the weeks' verdicts bear out, (dimension,); nothing where there are none.

    Each week has an intercept of its own, which takes up how many papers the editor picked in it.
    """
    weeks = [week for week in weeks if week.picked.any() and not week.picked.all()]
    if not weeks:
        return Taste(np.zeros(dimension), np.zeros((0, dimension)), np.zeros(0), [])
    rows = np.vstack([centred(week.rows) for week in weeks]).astype(np.float64)
    prior = np.concatenate([week.prior + _intercept(week) for week in weeks])
    picked = np.concatenate([week.picked for week in weeks]).astype(np.float64)
    weights = _fit(rows, prior, picked, ridge)
    left = picked - _logistic(prior + rows @ weights)
    of_picks = picked > 0
    ids = [arxiv_id for week in weeks for arxiv_id in week.ids]
    return Taste(
        weights,
        rows[of_picks],
        left[of_picks] / ridge,
        [arxiv_id for arxiv_id, is_pick in zip(ids, of_picks, strict=True) if is_pick],
    )


def _intercept(week: JudgedWeek) -> float:
    """What to add to the prior's log-odds so that they sum to the number of picks (by bisection)."""
    low, high = -20.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _logistic(week.prior + middle).sum() < week.picked.sum() else (low, middle)
    return low


def _fit(rows: np.ndarray, prior: np.ndarray, picked: np.ndarray, ridge: float) -> np.ndarray:
    """Newton's method on the ridge-penalised logistic likelihood with the prior as offset."""
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = _logistic(prior + rows @ weights)
        gradient = rows.T @ (picked - chance) - ridge * weights
        curvature = (rows * (chance * (1 - chance))[:, None]).T @ rows + ridge * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        weights += step
        if np.abs(step).max() < _CLOSE_ENOUGH:
            break
    return weights


def _logistic(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))
