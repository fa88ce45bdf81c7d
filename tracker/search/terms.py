"""Which words two papers share that few others use: why they are alike, in the papers' own words."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from django.utils import timezone

from tracker import tex
from tracker.models import Paper
from tracker.words import STOP_WORDS, Word, words_of

_SAMPLE = 2_000  # papers from which it is learnt how common each word is
_FEW = 100  # papers that teach nothing about it
_COMMON = 0.1  # of papers: a word that more of them use is no reason
_COMMON_IN_PAIR = 0.3
_MOST_WORDS = 2_000  # of one text


@dataclass(frozen=True)
class Rarity:
    """How many of the sampled papers use each word."""

    papers: int
    uses: Mapping[str, int]

    def of(self, stem: str) -> float:
        """Inverse document frequency, above 0 even for a word in every paper."""
        return math.log((2 + self.papers) / (1 + self.uses.get(stem, 0)))

    def is_common(self, stem: str, share: float = _COMMON) -> bool:
        return self.papers >= _FEW and self.uses.get(stem, 0) > share * self.papers


def rarity() -> Rarity:
    """Of words in the newest papers; counted once a day in each process."""
    return _rarity(timezone.now().date())


def forget() -> None:
    """Count anew at the next question."""
    _rarity.cache_clear()


@lru_cache(maxsize=1)
def _rarity(_day: dt.date) -> Rarity:
    newest = Paper.objects.order_by("-pk").values_list("title", "abstract")[:_SAMPLE]
    uses: Counter[str] = Counter()
    papers = 0
    for title, abstract in newest:
        uses.update({word.stem for word in words_of(f"{title}\n{abstract}", _MOST_WORDS)})
        papers += 1
    return Rarity(papers, uses)


def shared_terms(paper: Paper, other: Paper, limit: int = 3) -> list[str]:
    """Words and pairs of words that both papers use and few others do, the rarest first, as the first one writes them.

    Titles and abstracts are read. A word that stands in a pair isn't named again.
    """
    known, text = rarity(), _text(paper)
    words, others = _words(text), _words(_text(other))
    other_stems = {word.stem for word in others}
    other_pairs = {(first.stem, second.stem) for first, second in pairwise(others)}
    weighed: dict[tuple[str, ...], tuple[float, str]] = {}
    for term in _terms(words, text, known):
        stems = tuple(word.stem for word in term)
        if (stems in other_pairs) if len(stems) > 1 else (stems[0] in other_stems):
            weighed.setdefault(stems, (sum(map(known.of, stems)), text[term[0].start : term[-1].end]))
    told: dict[tuple[str, ...], str] = {}
    for stems, (_, written) in sorted(weighed.items(), key=lambda one: -one[1][0]):
        if len(told) < limit and not any(set(stems) & set(before) for before in told):
            told[stems] = written
    return list(told.values())


@lru_cache(maxsize=64)
def _words(text: str) -> tuple[Word, ...]:
    """Kept for the page: one paper is compared with each that is like it."""
    return tuple(words_of(text, _MOST_WORDS))


def _terms(words: tuple[Word, ...], text: str, known: Rarity) -> Iterator[tuple[Word, ...]]:
    for word in words:
        if _tells(word, known, _COMMON):
            yield (word,)
    for first, second in pairwise(words):
        joined = text[first.end : second.start] in (" ", "-")
        if joined and all(_tells(word, known, _COMMON_IN_PAIR) for word in (first, second)):
            yield first, second


def _tells(word: Word, known: Rarity, share: float) -> bool:
    is_word = len(word.stem) > 2 and not word.stem.isdigit() and word.stem not in STOP_WORDS
    return is_word and not known.is_common(word.stem, share)


def _text(paper: Paper) -> str:
    return f"{tex.to_unicode(paper.title)}\n{tex.to_unicode(paper.abstract)}"
