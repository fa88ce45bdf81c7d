"""Which papers a file means: by arXiv id, or by a title that is theirs or nearly theirs.

The database looks for titles that share words; only its best few are compared letter by letter.
"""

import unicodedata
from collections.abc import Collection
from difflib import SequenceMatcher

from django.db.models import Case, IntegerField, QuerySet, Value, When

from tracker import tex
from tracker.models import Paper

NEAR = 0.87  # of 1: titles alike enough to be one paper's
_WORDS_ASKED = 6  # of a title, the longest, which are the rarest
_COMPARED = 40


def papers_by_id(arxiv_ids: Collection[str]) -> dict[str, Paper]:
    """The stored papers of these ids."""
    return {paper.arxiv_id: paper for paper in Paper.objects.filter(arxiv_id__in=set(arxiv_ids) - {""})}


def paper_by_title(title: str) -> Paper | None:
    """The paper whose title it is, up to case, accents and punctuation; or one whose title is near enough."""
    wanted = _key(title)
    if not wanted:
        return None
    scored = [(_likeness(wanted, _key(paper.title)), paper) for paper in _sharing_words(wanted)]
    likeness, paper = max(scored, key=lambda pair: (pair[0], pair[1].arxiv_id), default=(0.0, None))
    return paper if likeness >= NEAR else None


def _key(title: str) -> str:
    """A title's words in lower case, without accents and punctuation."""
    plain = unicodedata.normalize("NFKD", tex.to_unicode(title)).casefold()
    kept = (letter if letter.isalnum() else "" if unicodedata.combining(letter) else " " for letter in plain)
    return " ".join("".join(kept).split())


def _likeness(wanted: str, known: str) -> float:
    """Between 0 and 1."""
    if wanted == known:
        return 1.0
    # "benchmark" and "bench mark" are one title, and so are two that differ in their spaces alone
    matcher = SequenceMatcher(None, wanted.replace(" ", ""), known.replace(" ", ""), autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= NEAR else 0.0


def _sharing_words(wanted: str) -> QuerySet[Paper]:
    """The papers whose titles share most of its longest words: one query, which the database answers alone."""
    words = sorted(set(wanted.split()), key=len, reverse=True)[:_WORDS_ASKED]
    shared = sum(
        (Case(When(title__icontains=word, then=1), default=0, output_field=IntegerField()) for word in words),
        start=Value(0),
    )
    likely = Paper.objects.annotate(shared=shared).filter(shared__gte=(len(words) + 1) // 2)
    return likely.only("arxiv_id", "title").order_by("-shared", "-pk")[:_COMPARED]
