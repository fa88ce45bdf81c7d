"""Vectors laid out on a plane, so that what is alike lies together; the same vectors always in the same way. Pure."""

import numpy as np

NEIGHBOURS = 30.0  # how many a paper is held close to: t-SNE's perplexity
ROUNDS = 500
_FLAT = 1e-6  # vectors that differ by less are all the same
_SMALL = 50  # fewer rows than this have no shape but their two widest directions


def lay_out(rows: np.ndarray) -> np.ndarray:
    """A place for each of the unit rows (n, d), as (n, 2), both coordinates between 0 and 1.

    The widest direction lies across, and neither axis is ever mirrored: each points to where the few outliers are.
    Takes some seconds for 1,200 rows; loads scikit-learn.
    """
    rows = np.asarray(rows, dtype=np.float64)
    if len(rows) < 3:
        return np.tile([[0.5, 0.5]], (len(rows), 1)) + np.arange(len(rows))[:, None] * [[0.2, 0.0]]
    flat = _widest(rows) if len(rows) < _SMALL else _unfold(rows)
    return _fit(_upright(flat))


def _widest(rows: np.ndarray) -> np.ndarray:
    """The rows along their two widest directions, (n, 2)."""
    centred = rows - rows.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    return centred @ directions[:2].T


def _unfold(rows: np.ndarray) -> np.ndarray:
    """t-SNE begun from the two widest directions: no chance is left in it but rounding."""
    from sklearn.manifold import TSNE  # noqa: PLC0415  heavy, and only a worker lays out

    start = _widest(rows)
    spread = start[:, 0].std()
    if spread < _FLAT:
        return start
    start *= 1e-4 / spread
    unfolding = TSNE(init=start, perplexity=min(NEIGHBOURS, len(rows) / 4), max_iter=ROUNDS, random_state=0, n_jobs=1)
    return np.asarray(unfolding.fit_transform(rows.astype(np.float32)), dtype=np.float64)


def _upright(flat: np.ndarray) -> np.ndarray:
    """Turned so that the widest direction lies across, and mirrored so that each axis' long tail is at its high end."""
    turned = _widest(flat)
    tails = np.sign((turned**3).sum(axis=0))
    return turned * np.where(tails == 0, 1, tails)


def _fit(flat: np.ndarray) -> np.ndarray:
    low, high = flat.min(axis=0), flat.max(axis=0)
    return (flat - low) / np.where(high > low, high - low, 1)
