"""Papers like a paper: the nearest by their vectors, each with what the two have in common."""

from dataclasses import dataclass

from django.conf import settings

from tracker import tex
from tracker.encoder import model_name_of
from tracker.matrix import shelf
from tracker.models import Authorship, Paper, first_authors_of
from tracker.search.terms import shared_terms

_WITHDRAWN_AMONG = 5  # so many more are read, since withdrawn papers are left out
_AUTHORS_NAMED = 3
_AUTHORS_READ = 100


@dataclass(frozen=True)
class SimilarPaper:
    """A paper near another: how near (the cosine, up to 1), and why, in a few words each."""

    paper: Paper
    similarity: float
    reasons: list[str]


def similar_papers(paper: Paper, limit: int = 5) -> list[SimilarPaper]:
    """The papers nearest to this one of the whole corpus, the nearest first, without withdrawn ones.

    None where the paper has no vector of the current encoder yet. Two queries, and one look at an index.
    """
    matrix = shelf(model_name_of(settings.ENCODER_MODEL)).matrix()
    vector = matrix.row_of(paper.pk)
    if vector is None:
        return []
    near = matrix.nearest(vector, limit + 1 + _WITHDRAWN_AMONG)
    papers = _with_authors([*near.paper_ids, paper.pk])
    this = papers.pop(paper.pk)
    ranked = [(papers.get(key), cosine) for key, cosine in zip(near.paper_ids, near.cosines, strict=True)]
    standing = [(other, cosine) for other, cosine in ranked if other is not None and not other.withdrawn]
    return [SimilarPaper(other, cosine, _reasons(this, other)) for other, cosine in standing[:limit]]


def _with_authors(keys: list[int]) -> dict[int, Paper]:
    return Paper.objects.prefetch_related(first_authors_of(_AUTHORS_READ)).in_bulk(keys)


def _reasons(paper: Paper, other: Paper) -> list[str]:
    reasons = []
    if authors := _shared_authors(paper, other):
        named = [tex.to_unicode(name) for name in authors[:_AUTHORS_NAMED]]
        more = [f"{len(authors) - len(named)} more"] if len(authors) > len(named) else []
        reasons.append(f"shares {_listed(named + more)}")
    if terms := shared_terms(paper, other):
        reasons.append(f"both on {_listed([f'“{term}”' for term in terms])}")
    return reasons or ["near in meaning, in other words"]


def _shared_authors(paper: Paper, other: Paper) -> list[str]:
    names = {authorship.author.name for authorship in _first_authorships(other)}
    return [authorship.author.name for authorship in _first_authorships(paper) if authorship.author.name in names]


def _first_authorships(paper: Paper) -> list[Authorship]:
    first: list[Authorship] = paper.first_authorships  # type: ignore[attr-defined]  # prefetched above
    return first


def _listed(things: list[str]) -> str:
    """
    >>> _listed(["one", "two", "three"])
    'one, two and three'
    """
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"
