"""The terms of a paper as the topic model counts them: words and pairs of words of its title and abstract. Pure."""

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

# TeX commands and the marks of formulas, which would glue themselves to the words beside them.
_TEX = re.compile(r"\\[a-z]+\{?|[{}$]")
_WORD = re.compile(r"[a-z0-9][a-z0-9-]*[a-z0-9]|[a-z0-9]")
_STOP_WORDS = re.compile(
    r"an?|also|and|are|as|at|be|been|between|both|by|can|for|from|has|have|in|into|is|its?|more|not|of|on|or|our|than"
    r"|that|the|their|these|they|this|to|used?|using|via|was|we|were|which|while|with"
)
_WORDS_KEPT = 50_000  # of which it is remembered what they become
TITLE_COUNTS = 2  # as often as the abstract's words are the title's counted


def paper_terms(title: str, abstract: str) -> Counter[str]:
    """How often each term stands in a paper, its title counted twice.

    A term is a word in lower case, cut to the singular, or two neighbours; a hyphened word also gives its parts. Words
    that say nothing are left out, pairs of them too.
    """
    counts = Counter({term: TITLE_COUNTS * count for term, count in Counter(terms(title)).items()})
    counts.update(terms(abstract))
    return counts


def terms(text: str) -> list[str]:
    """The terms of a text, single words first."""
    words = [_singular(word) for word in _WORD.findall(_TEX.sub(" ", text.lower()))]
    found = [word for word in words if not _is_stop_word(word)]
    for word in words:
        if "-" in word:
            found += filter(None, word.split("-"))
    found += [f"{one} {other}" for one, other in pairwise(words) if not (_is_stop_word(one) and _is_stop_word(other))]
    return found


def says_something(term: str) -> bool:
    """Whether an editor would make something of the term alone: no single letter, number or half-empty pair."""
    return all(len(word) > 1 and not word.isdecimal() and not _is_stop_word(word) for word in term.split())


@lru_cache(maxsize=_WORDS_KEPT)
def _is_stop_word(word: str) -> bool:
    return _STOP_WORDS.fullmatch(word) is not None


@lru_cache(maxsize=_WORDS_KEPT)
def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
