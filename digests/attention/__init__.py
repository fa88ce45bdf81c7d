"""Signs of importance from outside, each from one service: off unless ATTENTION names them.

A service that is away, slow or changed leaves its sign out; a week is ranked all the same.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings

from digests.attention import citations, repositories, upvotes
from digests.attention.door import AttentionUnavailable, Source
from tracker.errors import GalleyError
from tracker.models import Paper
from tracker.progress import Progress

logger = logging.getLogger(__name__)

SOURCES: dict[str, Source] = {source.name: source for source in (upvotes.SOURCE, citations.SOURCE, repositories.SOURCE)}


class UnknownSource(GalleyError):
    """ATTENTION names a source that there is none of."""


@dataclass(frozen=True)
class Sign:
    """What one source adds to each paper's log-odds, (n,), and how that is said of each."""

    added: np.ndarray
    words: Sequence[str]


def signs(papers: Sequence[Paper], *, progress: Progress) -> list[Sign]:
    """The signs of the sources that are on and answer. Asks over the network where its cache doesn't know."""
    return [sign for source in _chosen() if (sign := _sign(source, papers, progress)) is not None]


def labels() -> list[str]:
    """The sources that are on, in words."""
    return [source.label for source in _chosen()]


def _chosen() -> list[Source]:
    if unknown := set(settings.ATTENTION) - SOURCES.keys():
        raise UnknownSource(
            f"ATTENTION names {', '.join(sorted(unknown))}, but there is only {', '.join(SOURCES)}: correct it in .env."
        )
    return [SOURCES[name] for name in settings.ATTENTION]


def _sign(source: Source, papers: Sequence[Paper], progress: Progress) -> Sign | None:
    try:
        counts = source.counts(papers, progress)
    except AttentionUnavailable as error:
        logger.warning("Ranked without %s: %s", source.label, error)
        progress.note(f"Ranked without {source.label}: {error}")
        return None
    value = np.log1p(np.array([counts.get(paper.arxiv_id, 0) for paper in papers], dtype=float))
    words = [source.words(counts.get(paper.arxiv_id, 0)) for paper in papers]
    return Sign(source.weight * value, words)
