"""Arithmetic on vectors: unit rows, cosines, the nearest, and the form in which they are stored. Pure NumPy."""

from collections.abc import Sequence

import numpy as np

_STORED = np.dtype("<f2")  # float16, the same bytes on every machine


def normalise(rows: np.ndarray) -> np.ndarray:
    """The rows (n, d) scaled to length 1, as float32. A row of zeros stays one."""
    rows = np.asarray(rows, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths == 0, 1, lengths)


def cosine(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The cosine of each unit row of (n, d) with each of (m, d), as (n, m)."""
    return rows @ others.T


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """The places of the k highest of (n,) scores, best first; of equals the earlier. All of them where k > n."""
    if k >= len(scores):
        return np.argsort(-scores, kind="stable")
    if k <= 0:
        return np.zeros(0, dtype=np.intp)
    least = np.partition(scores, len(scores) - k)[len(scores) - k]  # the k-th highest: no need to sort the others
    near = np.flatnonzero(scores >= least)
    best: np.ndarray = near[np.argsort(-scores[near], kind="stable")][:k]
    return best


def pack(rows: np.ndarray) -> list[bytes]:
    """Each row of (n, d) as d little-endian float16: half the room, and cosines right to about 0.0005."""
    return [row.tobytes() for row in np.asarray(rows).astype(_STORED)]


def unpack(blobs: Sequence[bytes]) -> np.ndarray:
    """The float32 rows (n, d) that were packed; (0, 0) of nothing. Raises ValueError where lengths differ."""
    if not blobs:
        return np.zeros((0, 0), dtype=np.float32)
    if len({len(blob) for blob in blobs}) > 1:
        raise ValueError("Vectors of different lengths make no matrix.")
    return np.frombuffer(b"".join(blobs), dtype=_STORED).reshape(len(blobs), -1).astype(np.float32)
