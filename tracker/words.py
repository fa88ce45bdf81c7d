"""Words as search compares them: without case, accents or endings, each with its place in the text. Pure.

Both databases are given these words rather than the text, so that both find the same.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

_WORD = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")
_LONGEST = 64  # characters of a word that count
_SHORT_PLURAL = range(3, 6)  # lengths of words such as LLMs and GPUs, which the stemmer leaves alone

# Words that say nothing of what is looked for. They count only where nothing else was asked.
_LITTLE_WORDS = (
    "a about an and are as at be by can do does for from has have how in into is it its of on or our than that the"
    " their these this those to via was we were what when which who why with"
)
STOP_WORDS = frozenset(_LITTLE_WORDS.split())


@dataclass(frozen=True)
class Word:
    """One word of a text: how it is compared, and where it stands."""

    stem: str
    start: int
    end: int


def words_of(text: str, limit: int | None = None) -> Iterator[Word]:
    """The words of the text in their order, the first `limit` of them."""
    for place, found in enumerate(_WORD.finditer(text)):
        if place == limit:
            return
        if stem := stem_of(found[0]):
            yield Word(stem, *found.span())


def stems_of(text: str, limit: int | None = None) -> list[str]:
    """How the words of the text are compared, in their order.

    >>> stems_of("Réseaux of LLMs: re-ranking")
    ['reseaux', 'of', 'llm', 're', 'rank']
    """
    return [word.stem for word in words_of(text, limit)]


def category_words(codes: Iterable[str]) -> list[str]:
    """A word for each category's code that no text holds.

    >>> category_words(["cs.CL"])
    ['categorycscl']
    """
    return [f"category{folded}" for code in codes if (folded := fold(code)[:_LONGEST])]


def fold(text: str) -> str:
    """The text in lower case and without accents; of letters and digits only."""
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text).casefold()
    return plain if plain.isalnum() else "".join(filter(str.isalnum, plain))


@lru_cache(maxsize=300_000)
def stem_of(word: str) -> str:
    """How one word is compared; empty where nothing of it can be."""
    folded = fold(word)[:_LONGEST]
    stem: str = snowballstemmer.stemmer("english").stemWord(folded)
    if stem == folded and len(stem) in _SHORT_PLURAL and stem.endswith("s") and not stem.endswith("ss"):
        return stem[:-1]
    return stem
