"""How often the authors of a paper had papers picked before: the record of past picks by author. Pure.

Names are kept as 32-bit hashes, only of authors who had a paper picked. arXiv has no author ids, so namesakes share a
record; that is why the share of a name's papers that were picked counts beside their number.
"""

import datetime as dt
import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

import numpy as np

HALF_LIFE = 480.0  # days after which a pick counts half in what is recent
_BASE_RATE = 0.045  # of a week's papers: how many are picked
_DOUBT = 3.0  # papers' worth of the base rate mixed into each name's own rate
_ELSEWHERE = 0.3  # what a pick weighs whose field's other papers aren't known: it counts less than one among many
_LETTERS = re.compile(r"[^\w\s]")

NAMES = (
    "authors picked, logarithm",
    "authors picked twice, logarithm",
    "authors picked four times, logarithm",
    "any picked",
    "two picked",
    "share picked",
    "recent picks, logarithm",
    "rates above the usual, summed",
    "highest rate",
    "second rate",
    "third rate",
    "first author's rate",
    "last author's rate",
)


@lru_cache(maxsize=200_000)
def name_hash(name: str) -> int:
    """A name's hash, 32 bits, the same however it is cased, dotted and spaced."""
    plain = " ".join(_LETTERS.sub(" ", name.lower()).split())
    return int.from_bytes(hashlib.blake2b(plain.encode(), digest_size=4).digest(), "little")


@dataclass
class AuthorRecord:
    """Per hashed name: picks and papers (for the rate), all picks, and recent picks as they stood on a day."""

    as_of: dt.date
    picks: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    papers: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    count: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    recent: dict[int, float] = field(default_factory=lambda: defaultdict(float))  # as if all were dated `as_of`

    def add_pick(self, names: Iterable[str], day: dt.date, *, among_known: bool) -> None:
        """Count a picked paper; `among_known` says that `add_papers` counts it, too."""
        for key in {name_hash(name) for name in names}:
            self.count[key] += 1
            self.recent[key] += 0.5 ** ((self.as_of - day).days / HALF_LIFE)
            self.picks[key] += 1.0 if among_known else _ELSEWHERE
            if not among_known:
                self.papers[key] += _ELSEWHERE

    def add_paper(self, names: Iterable[str]) -> None:
        """Count a paper of a week gone by, picked or not."""
        for key in {name_hash(name) for name in names}:
            self.papers[key] += 1

    def rows(self, teams: Sequence[Sequence[str]], day: dt.date) -> np.ndarray:
        """What the record says on that day of each list of authors, in the order of NAMES, (n, len(NAMES))."""
        aged = 0.5 ** ((day - self.as_of).days / HALF_LIFE)
        return np.array([self._row(team, aged) for team in teams], dtype=np.float32).reshape(-1, len(NAMES))

    def picked_authors(self, names: Sequence[str]) -> list[str]:
        """Those of the names who had a paper picked, in their order."""
        return [name for name in names if self.count.get(name_hash(name))]

    def _row(self, names: Sequence[str], aged: float) -> list[float]:
        if not names:
            return [0.0] * len(NAMES)
        keys = [name_hash(name) for name in names]
        counts = [self.count.get(key, 0) for key in keys]
        rates = [self._rate(key) for key in keys]
        best = [*sorted((max(rate, 0.0) for rate in rates), reverse=True), 0.0, 0.0]
        known, twice, often = (sum(count >= least for count in counts) for least in (1, 2, 4))
        recent = aged * sum(self.recent.get(key, 0.0) for key in keys)
        return [
            math.log1p(known),
            math.log1p(twice),
            math.log1p(often),
            known >= 1,
            known >= 2,
            known / len(names),
            math.log1p(recent),
            min(sum(best), 12.0),
            *best[:3],
            max(rates[0], 0.0),
            max(rates[-1], 0.0),
        ]

    def _rate(self, key: int) -> float:
        """The logarithm of how many times the base rate a name's papers were picked; 0 of an unknown name."""
        if not self.count.get(key):
            return 0.0
        rate = (self.picks[key] + _DOUBT * _BASE_RATE) / (self.papers[key] + _DOUBT)
        return math.log(rate / _BASE_RATE)

    def packed(self) -> dict[str, np.ndarray]:
        """The record of authors who had a paper picked, as arrays ordered by hash."""
        keys = sorted(key for key, count in self.count.items() if count)
        return {
            "author_hash": np.array(keys, dtype="<u4"),
            "author_count": np.array([min(self.count[key], 255) for key in keys], dtype=np.uint8),
            "author_picks": np.array([self.picks[key] for key in keys], dtype="<f2"),
            "author_papers": np.array([self.papers[key] for key in keys], dtype="<f2"),
            "author_recent": np.array([self.recent[key] for key in keys], dtype="<f2"),
            "author_as_of": np.array(self.as_of.isoformat()),
        }

    @classmethod
    def unpacked(cls, arrays: dict[str, np.ndarray]) -> Self:
        keys = arrays["author_hash"].tolist()

        def table(name: str) -> dict[int, float]:
            return dict(zip(keys, arrays[name].tolist(), strict=True))

        return cls(
            dt.date.fromisoformat(str(arrays["author_as_of"])),
            picks=table("author_picks"),
            papers=table("author_papers"),
            count={key: int(count) for key, count in table("author_count").items()},
            recent=table("author_recent"),
        )
