"""An encoder for tests that need vectors but no model: quick, deterministic, without torch."""

import re
from collections.abc import Callable, Sequence
from zlib import crc32

import numpy as np

from tracker.vectors import normalise


class HashingEncoder:
    """Texts that share words get near vectors: each word adds one to the column that its checksum names."""

    model_name = "hashing"
    dimension = 256

    def __init__(self) -> None:
        self.asked: list[str] = []  # every text it was given, in order

    def encode(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.lower()):
                row[crc32(word.encode()) % self.dimension] += 1
        self.asked += texts
        if on_batch is not None and texts:
            on_batch(len(texts))
        return normalise(rows)


class QueryCopy:
    """The same for queries, as a web process has it."""

    def __init__(self, encoder: HashingEncoder) -> None:
        self._encoder, self.model_name = encoder, encoder.model_name

    def encode(self, text: str) -> np.ndarray:
        return self._encoder.encode([text])[0]
