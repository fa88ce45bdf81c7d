"""Papers that answer a query: by their words and by their meaning, the two lists fused by rank."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from tracker import fulltext
from tracker.matrix import Neighbours, shelf
from tracker.models import Paper, PaperQuerySet
from tracker.query import Query
from tracker.query_encoder import get_query_encoder
from tracker.search.filters import filtered, restricted

MOST_HITS = 200
_FEW = 25  # where fewer papers hold all words, the last word may be half typed
_NEAR = 0.3  # the cosine from which a paper answers at all
_FUSION = 60  # the constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009)


class How(Enum):
    """How papers hold the words of a query."""

    ALL = "all"
    HALF_TYPED = "half typed"  # all, the last as the beginning of a word
    ANY = "any"
    NONE = "none"  # no words were asked for, or no paper holds any


@dataclass(frozen=True)
class Hit:
    """One answer: whether by its words, and how near in meaning (the cosine) if it is near."""

    paper_id: int
    by_words: bool
    similarity: float | None = None


@dataclass(frozen=True)
class Answer:
    """The best papers, the best first. `total` counts those that hold the words, or that a list without words has."""

    hits: list[Hit]
    total: int
    how: How
    without_meaning: bool = False  # the encoder couldn't answer, so words alone did


NOTHING = Answer([], 0, How.NONE)


def search(
    query: Query,
    *,
    within: PaperQuerySet | None = None,
    by_words: bool = True,
    by_meaning: bool = True,
    limit: int = MOST_HITS,
) -> Answer:
    """Answer a query, of all papers or of those `within`; filters by topic are the caller's to put into that.

    A query without words is a list of what its filters leave, the newest first.
    """
    allowed = filtered(within, query)
    if not query.wanted:
        return _listed(allowed, query, limit)
    found, how = _by_words(query, allowed, limit) if by_words else (fulltext.NOTHING, How.NONE)
    asks_meaning = by_meaning and bool(query.words)
    near = _by_meaning(query, allowed, limit) if asks_meaning else Neighbours([], [])
    hits = _fused(found.paper_ids, near or Neighbours([], []))[:limit]
    return Answer(hits, found.total, how, without_meaning=near is None)


def _listed(allowed: PaperQuerySet | None, query: Query, limit: int) -> Answer:
    if allowed is None and not (query.strict or query.unwanted):
        return NOTHING
    papers = restricted(Paper.objects.all() if allowed is None else allowed, query)
    newest = papers.newest_first().values_list("pk", flat=True)
    keys = list(newest[:limit])
    total = len(keys) if len(keys) < limit else papers.count()
    return Answer([Hit(key, by_words=False) for key in keys], total, How.NONE)


def _by_words(query: Query, allowed: PaperQuerySet | None, limit: int) -> tuple[fulltext.Found, How]:
    """Those that hold all words; where they are few, with the last as a beginning too; where there is none, any."""
    match = fulltext.Match(query.wanted, query.categories, query.unwanted)
    found, how = fulltext.find(match, limit=limit, within=allowed), How.ALL
    if found.total < _FEW and query.may_go_on:
        longer = fulltext.find(replace(match, half_typed=True), limit=limit, within=allowed)
        if longer.total > found.total:
            found, how = longer, How.HALF_TYPED
    if not found.total and len(query.wanted) > 1:
        match = replace(match, strict=query.strict, any_of_them=True)
        found, how = fulltext.find(match, limit=limit, within=allowed), How.ANY
    return found, how if found.total else How.NONE


def _by_meaning(query: Query, allowed: PaperQuerySet | None, limit: int) -> Neighbours | None:
    """The papers nearest to what the words mean; None where the encoder can't answer."""
    encoder = get_query_encoder()
    if encoder is None:
        return None
    among, without = _keys(query, allowed)
    vector = encoder.encode(query.words)
    near = shelf(encoder.model_name).matrix().nearest(vector, limit, among, without)
    answers = sum(cosine >= _NEAR for cosine in near.cosines)
    return Neighbours(near.paper_ids[:answers], near.cosines[:answers])


def _keys(query: Query, allowed: PaperQuerySet | None) -> tuple[Iterable[int] | None, Sequence[int]]:
    """Of the papers among which meaning may choose, None for all; and of those that it may not."""
    if allowed is not None:
        return restricted(allowed, query).order_by().values_list("pk", flat=True), ()
    if query.strict:
        return fulltext.matching(fulltext.Match(strict=query.strict, unwanted=query.unwanted)), ()
    if query.unwanted:
        return None, fulltext.matching(fulltext.Match(query.unwanted, any_of_them=True))
    return None, ()


def _fused(by_words: Sequence[int], near: Neighbours) -> list[Hit]:
    """Both lists in one order: a paper's score is the sum of 1 / (60 + rank) over the lists it stands in."""
    scores: dict[int, float] = {}
    for keys in (by_words, near.paper_ids):
        for rank, key in enumerate(keys, start=1):
            scores[key] = scores.get(key, 0.0) + 1 / (_FUSION + rank)
    similarity = dict(zip(near.paper_ids, near.cosines, strict=True))
    held = set(by_words)
    best = sorted(scores, key=lambda key: (-scores[key], -key))
    return [Hit(key, by_words=key in held, similarity=similarity.get(key)) for key in best]
