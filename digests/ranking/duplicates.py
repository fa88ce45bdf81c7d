"""Clusters of nearly the same paper within a week, and papers of one lab. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from tracker.vectors import cosine

# A real week says little about these: of the 1,194 papers of 2026-W08 no pair is as near as the first, and of the
# three pairs as near as the second, the one whose titles share half of their words is one idea and the others are not.
SAME_TEXT = 0.90
SAME_IDEA = 0.80
SHARED_TITLE = 0.5
SAME_TEAM = 2  # authors in common that make two papers one lab's

_WORD = re.compile(r"[a-z0-9]{3,}")


class Titled(Protocol):
    """What has a title: a paper of the corpus, or a record of a file."""

    @property
    def title(self) -> str: ...


def clusters(papers: Sequence[Titled], matrix: np.ndarray) -> list[int]:
    """A number for each paper, the same for papers that are nearly the same; counted from 0 in their order.

    `matrix` (n, d) holds their unit rows. Two are taken for nearly the same where their texts' cosine is very high,
    or high and their titles share half of their words (Jaccard); so are those between which others make a chain.
    """
    words = [frozenset(_WORD.findall(paper.title.lower())) for paper in papers]
    leader = list(range(len(papers)))
    for first, second, near in _near_pairs(matrix):
        if near >= SAME_TEXT or _overlap(words[first], words[second]) >= SHARED_TITLE:
            low, high = sorted((_root(leader, first), _root(leader, second)))
            leader[high] = low
    roots = [_root(leader, place) for place in range(len(papers))]
    number = {root: count for count, root in enumerate(dict.fromkeys(roots))}
    return [number[root] for root in roots]


def _near_pairs(matrix: np.ndarray) -> list[tuple[int, int, float]]:
    if not len(matrix):
        return []
    near = np.triu(cosine(matrix, matrix), k=1)
    firsts, seconds = np.nonzero(near >= SAME_IDEA)
    return [(int(a), int(b), float(near[a, b])) for a, b in zip(firsts, seconds, strict=True)]


def _root(leader: list[int], place: int) -> int:
    while leader[place] != place:
        leader[place] = place = leader[leader[place]]
    return place


def _overlap(first: frozenset[str], second: frozenset[str]) -> float:
    """The share of two titles' words that both have."""
    return len(first & second) / len(first | second) if first | second else 0.0


class Labs:
    """The teams whose papers were taken, so that a proposal doesn't hold too many of one lab."""

    def __init__(self, teams: Mapping[int, set[int]], taken: Sequence[int]) -> None:
        """`teams` are the authors of each paper, `taken` the papers that are in already."""
        self._teams = teams
        self._taken = list(taken)

    def met(self, paper: int) -> int:
        """How many of the papers taken share at least two authors with this one."""
        team = self._teams[paper]
        return sum(len(team & self._teams[other]) >= SAME_TEAM for other in self._taken)

    def take(self, paper: int) -> None:
        self._taken.append(paper)
