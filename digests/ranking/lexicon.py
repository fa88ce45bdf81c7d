"""What a paper's words say of its chances: weights of words and pairs of words over TF-IDF. Pure.

The words of title and abstract, and the pairs of neighbours, are counted on a logarithmic scale, weighed by how rare
they are and scaled to length 1 over the words that the lexicon knows (sublinear TF-IDF, as in scikit-learn).
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from tracker.records import Record

_WORD = re.compile(r"[a-z][\w-]+")


def terms_of(record: Record) -> list[str]:
    """Words of the title and abstract, and pairs of neighbours, in lower case."""
    return terms_in(f"{record.title}. {record.abstract}")


def terms_in(text: str) -> list[str]:
    words = _WORD.findall(text.lower())
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def _stems(term: str) -> set[str]:
    """The words of a term, so that “videos” says nothing beside “video”."""
    return {word.rstrip("s") for word in term.split()}


@dataclass(frozen=True)
class Lexicon:
    """Terms with how rare each is and what it adds to a paper's score."""

    terms: tuple[str, ...]
    rarity: np.ndarray  # (t,), inverse document frequencies
    weights: np.ndarray  # (t,), per unit of TF-IDF
    titular: np.ndarray  # (t,), whether titles use it, so that it says something alone: “agents”, not “exhibits”

    @cached_property
    def _places(self) -> dict[str, int]:
        return {term: place for place, term in enumerate(self.terms)}

    def scores(self, records: Sequence[Record]) -> np.ndarray:
        """What the words of each record add up to, (n,)."""
        return np.array([sum(self._shares(record).values()) for record in records], dtype=np.float32)

    def telling(self, record: Record, count: int, *, raises: bool) -> list[str]:
        """Of the terms that mean something alone, those that add (or take away) the most, the weightiest first.

        A pair stands for its words.
        """
        shares = {term: share if raises else -share for term, share in self._shares(record).items()}
        told: list[str] = []
        for term in sorted(shares, key=lambda term: -shares[term]):
            if len(told) == count or shares[term] <= 0:
                break
            if self.titular[self._places[term]] and not any(_stems(term) & _stems(other) for other in told):
                told.append(term)
        return told

    def _shares(self, record: Record) -> dict[str, float]:
        counts = Counter(term for term in terms_of(record) if term in self._places)
        values = {term: (1 + math.log(count)) * self._rarity[self._places[term]] for term, count in counts.items()}
        length = math.sqrt(sum(value * value for value in values.values())) or 1.0
        return {term: value / length * self._weights[self._places[term]] for term, value in values.items()}

    @cached_property
    def _rarity(self) -> list[float]:
        return self.rarity.tolist()

    @cached_property
    def _weights(self) -> list[float]:
        return self.weights.tolist()

    def packed(self) -> dict[str, np.ndarray]:
        return {
            "terms": np.frombuffer("\n".join(self.terms).encode(), dtype=np.uint8),
            "term_rarity": self.rarity.astype("<f2"),
            "term_weights": self.weights.astype("<f2"),
            "term_titular": np.packbits(self.titular),
        }

    @classmethod
    def unpacked(cls, arrays: dict[str, np.ndarray]) -> "Lexicon":
        terms = arrays["terms"].tobytes().decode().split("\n")
        rarity, weights = arrays["term_rarity"].astype(np.float32), arrays["term_weights"].astype(np.float32)
        titular = np.unpackbits(arrays["term_titular"], count=len(terms)).astype(bool)
        return cls(tuple(terms), rarity, weights, titular)
