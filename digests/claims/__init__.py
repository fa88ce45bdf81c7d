"""The claim check: what a summary says that its abstract doesn't – numbers, percentages, names. Pure.

It judges words, not truth: a number that the abstract has elsewhere passes, wherever the summary puts it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from digests.claims.names import Vocabulary, addresses, find_names
from digests.claims.numbers import Number, Quantity, find_numbers, implied_quantities
from digests.summarise import split_sentences
from tracker import tex

CONTEXT_WORDS = 3  # on either side of a claim, that belong to what was accepted
_NEAR_WORDS = 12  # on either side of a claim, by which the abstract is searched
_WORD = re.compile(r"\w+(?:[-.,’']\w+)*%?")
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_ENUMERATOR = re.compile(r"(?<!\w)\([1-9]\)|(?<!\S)[1-9]\)(?=\s)|^\d{1,2}\.(?=\s)", re.MULTILINE)
_UNCLAIMED = frozenset({"one", "zero", "a"})
_POINTS_BACK = re.compile(r"\b(?:the|these|those|all|other)\s$", re.IGNORECASE)
_STOPS = re.compile(r"\s*(?:[.,;:)?!]|$)")


class Kind(StrEnum):
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True)
class Claim:
    """Something that the summary says and the abstract doesn't; `start` and `end` are places in the summary's words.

    `key` is the claim with the words around it: what an editor accepts, so that an edit there is a new claim.
    """

    kind: Kind
    text: str
    start: int
    end: int
    key: str
    nearby: str  # the abstract's sentence that is most about the same; empty if none is


_Found = tuple[Kind, int, int]  # what it is, where it starts and ends


@lru_cache(maxsize=2_000)
def check_claims(summary: str, title: str, abstract: str) -> tuple[Claim, ...]:
    """What the summary, in plain words, claims beyond title and abstract, which are as arXiv gives them."""
    source = _Source(f"{tex.to_unicode(title)}.\n{tex.to_unicode(abstract)}")
    found = _joined(summary, sorted(_beyond(summary, source), key=lambda one: one[1]))
    return tuple(
        Claim(kind, summary[start:end], start, end, _key(summary, start, end), source.nearby(summary, start, end))
        for kind, start, end in found
    )


def _beyond(summary: str, source: "_Source") -> Iterator[_Found]:
    closed = [*addresses(summary), *(match.span() for match in _ENUMERATOR.finditer(summary))]
    numbers = find_numbers(summary)
    for name in find_names(summary):
        closed.append((name.start, name.end))
        if name.text not in source.names:
            yield Kind.NAME, name.start, name.end
    for number in numbers:
        if any(number.start < end and start < number.end for start, end in closed):
            continue
        if not _counts_nothing(summary, number) and not source.has(number.readings):
            yield Kind.NUMBER, number.start, number.end


def _counts_nothing(text: str, number: Number) -> bool:
    """Whether a number that is spelled out is said without counting: `one of the best`, `or both of the two.`"""
    if text[number.start : number.end].lower() in _UNCLAIMED:
        return True
    return bool(_POINTS_BACK.search(text[max(0, number.start - 10) : number.start]) and _STOPS.match(text, number.end))


def _joined(summary: str, found: Sequence[_Found]) -> list[_Found]:
    """What was found, with names that only a space parts made one: `Claude 3.5` and `Sonnet`."""
    joined: list[_Found] = []
    for kind, start, end in found:
        if joined and kind is Kind.NAME is joined[-1][0] and summary[joined[-1][2] : start] == " ":
            joined[-1] = (kind, joined[-1][1], end)
        else:
            joined.append((kind, start, end))
    return joined


class _Source:
    """Title and abstract, with what they name and number."""

    def __init__(self, text: str) -> None:
        self.names = Vocabulary(text)
        self._quantities = set(implied_quantities(text))
        names = list(find_names(text))
        for number in find_numbers(text):
            in_name = any(name.start <= number.start and number.end <= name.end for name in names)
            if not in_name or number.is_sized:  # `GPT-4` tells of no four things, `Llama-8B` of eight billion
                self._quantities |= number.readings
        self._sentences = [(sentence, set(_telling(sentence))) for sentence in split_sentences(" ".join(text.split()))]

    def has(self, readings: frozenset[Quantity]) -> bool:
        """Whether one of the quantities is told. A bare `92.3` tells 92.3 % and 92.3 times as well."""
        return any(
            quantity in self._quantities or (quantity.has_fraction and Quantity(quantity.value) in self._quantities)
            for quantity in readings
        )

    def nearby(self, summary: str, start: int, end: int) -> str:
        words = set(_telling(_around(summary, start, end, _NEAR_WORDS)))
        scored = [(len(words & telling) / (8 + len(telling)), sentence) for sentence, telling in self._sentences]
        score, sentence = max(scored, key=lambda one: one[0], default=(0.0, ""))
        return sentence if score > 0 else ""


def _telling(text: str) -> Iterator[str]:
    """The words that say what a sentence is about, cut so that their forms agree."""
    return (word.lower()[:6] for word in _WORD.findall(text) if len(word) > 3)


def _around(text: str, start: int, end: int, count: int) -> str:
    before = [match[0] for match in _WORD.finditer(text[max(0, start - 40 * count) : start])][-count:]
    after = [match[0] for match in _WORD.finditer(text[end : end + 40 * count])][:count]
    return " ".join([*before, *after])


def _key(text: str, start: int, end: int) -> str:
    """The claim with the words next to it in its sentence."""
    before = _WORD.findall(_SENTENCE_END.split(text[max(0, start - 120) : start])[-1])[-CONTEXT_WORDS:]
    after = _WORD.findall(_SENTENCE_END.split(text[end : end + 120])[0])[:CONTEXT_WORDS]
    return " ".join([*before, f"[{text[start:end]}]", *after]).lower()
