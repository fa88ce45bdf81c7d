"""The language of the search box: words, “quotes”, -without, and fields such as `ti:` and `week:`. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from tracker.records import MalformedId, parse_arxiv_id
from tracker.weeks import MalformedWeek, Week
from tracker.words import STOP_WORDS, category_words, fold, stems_of

MOST_CHARACTERS = 1_000  # what the encoder reads, about; the rest of a longer query is left unread
MOST_CONDITIONS = 24
_SHORTEST = 3  # letters that make the beginning of a word worth looking for

_PART = re.compile(r'(?P<minus>-)?(?:(?P<field>[A-Za-z]{2,5}):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))')
_TYPOGRAPHIC = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "−": "-", "\0": " "})


class Field(StrEnum):
    """Where words are to stand."""

    TITLE = "ti"
    AUTHORS = "au"
    ABSTRACT = "abs"
    CATEGORY = "cat"


_NAMES = {Field.AUTHORS, Field.CATEGORY}  # which mean nothing to the encoder


class Facet(StrEnum):
    """What else a paper may be asked for, besides its words."""

    ID = "id"
    TOPIC = "topic"
    WEEK = "week"


@dataclass(frozen=True)
class Condition:
    """Words that stand beside each other, in one field or anywhere."""

    stems: tuple[str, ...]
    field: Field | None = None
    quoted: bool = False
    written: str = ""

    @property
    def is_strict(self) -> bool:
        """Whether a paper without them is no answer, however near in meaning."""
        return self.quoted or self.field is not None

    @property
    def sense(self) -> object:
        """The same for all ways of writing it."""
        return self.stems, self.field, self.quoted

    @property
    def beginning(self) -> str:
        """What the words begin with, as they may be half typed."""
        return fold(self.written)


@dataclass(frozen=True)
class Filter:
    """A facet's value that a paper has to have, or must not have."""

    facet: Facet
    value: str
    negative: bool = False

    @property
    def sense(self) -> object:
        return self


@dataclass(frozen=True)
class WeekRange:
    """From the first week to the last; an open end is None."""

    first: Week | None
    last: Week | None

    @classmethod
    def parse(cls, text: str) -> "WeekRange":
        """A week, or two with two dots between, of which either may be left out. Raises MalformedWeek."""
        start, dots, end = text.partition("..")
        first = Week.parse(start) if start or not dots else None
        return cls(first, (Week.parse(end) if end else None) if dots else first)


@dataclass(frozen=True)
class Query:
    """What somebody looks for."""

    text: str = ""  # as it was written, so far as it is read
    wanted: tuple[Condition, ...] = ()
    unwanted: tuple[Condition, ...] = ()
    categories: tuple[Condition, ...] = ()
    filters: tuple[Filter, ...] = ()
    words: str = ""  # what the encoder reads of it
    arxiv_id: str = ""  # where the whole of it is an arXiv id, or an address of one
    notices: tuple[str, ...] = ()  # what of it could not be taken as it was meant

    @property
    def is_empty(self) -> bool:
        return not (self.wanted or self.unwanted or self.categories or self.filters)

    @property
    def strict(self) -> tuple[Condition, ...]:
        """What a paper must hold to be an answer, by meaning too."""
        return (*self.categories, *(condition for condition in self.wanted if condition.is_strict))

    @property
    def may_go_on(self) -> bool:
        """Whether the last word may be half typed."""
        last = self.wanted[-1] if self.wanted else None
        return last is not None and len(last.stems) == 1 and not last.quoted and len(last.beginning) >= _SHORTEST

    def values(self, facet: Facet, *, negative: bool = False) -> list[str]:
        """What the facet is to be, or with `negative` what not."""
        return [one.value for one in self.filters if one.facet is facet and one.negative is negative]


def parse_query(text: str) -> Query:
    """Read a query. Nothing is refused: what makes no sense as a field is looked for as words, and told."""
    whole = " ".join(text[: MOST_CHARACTERS * 2].translate(_TYPOGRAPHIC).split())
    read = whole[:MOST_CHARACTERS]
    if len(whole) > len(read):
        read = read.rpartition(" ")[0] or read
    notices = [f"Only the first {MOST_CHARACTERS:,} characters are looked for."] if len(whole) > len(read) else []
    if arxiv_id := _as_arxiv_id(read):
        return Query(text=read, filters=(Filter(Facet.ID, arxiv_id),), arxiv_id=arxiv_id)
    parts = list(_parts(read))
    conditions = [(part, condition) for part in parts if (condition := part.condition)]
    wanted = [one for part, one in conditions if not part.negative and one.field is not Field.CATEGORY]
    telling = [one for one in wanted if one.is_strict or not set(one.stems) <= STOP_WORDS]
    return Query(
        text=read,
        wanted=_some(telling or wanted),
        unwanted=_some(one for part, one in conditions if part.negative),
        categories=_some(one for part, one in conditions if not part.negative and one.field is Field.CATEGORY),
        filters=_some(one for part in parts if (one := part.filter)),
        words=" ".join(part.value for part, one in conditions if not part.negative and one.field not in _NAMES),
        notices=tuple(dict.fromkeys([*notices, *(part.problem for part in parts if part.problem)])),
    )


_Asked = TypeVar("_Asked", Condition, Filter)


def _some(asked: Iterable[_Asked]) -> tuple[_Asked, ...]:
    """Each once, and no more than a database should be asked."""
    return tuple({one.sense: one for one in asked}.values())[:MOST_CONDITIONS]


@dataclass(frozen=True)
class _Part:
    value: str
    negative: bool
    field: Field | None
    facet: Facet | None
    quoted: bool

    @property
    def condition(self) -> Condition | None:
        """Several words without a blank, such as `chain-of-thought`, stand beside each other too."""
        if self.facet is not None:
            return None
        stems = tuple(category_words([self.value]) if self.field is Field.CATEGORY else stems_of(self.value))
        return Condition(stems, self.field, self.quoted, self.value) if stems else None

    @property
    def filter(self) -> Filter | None:
        return Filter(self.facet, self.value, self.negative) if self.facet and not self.problem else None

    @property
    def problem(self) -> str:
        """What is wrong with a facet's value, in a sentence; nothing where all is well."""
        try:
            if self.facet is Facet.WEEK:
                WeekRange.parse(self.value)
            elif self.facet is Facet.ID:
                parse_arxiv_id(self.value)
        except (MalformedWeek, MalformedId) as error:
            return str(error)
        return ""


def _parts(text: str) -> Iterator[_Part]:
    for found in _PART.finditer(text):
        name = (found["field"] or "").lower()
        value = found["quoted"] if found["quoted"] is not None else found["plain"]
        known, facet = name in set(Field), name in set(Facet)
        if name and not known and not facet:
            value = f"{found['field']}:{value}"
        yield _Part(
            value=value,
            negative=bool(found["minus"]),
            field=Field(name) if known else None,
            facet=Facet(name) if facet else None,
            quoted=found["quoted"] is not None,
        )


def _as_arxiv_id(text: str) -> str:
    try:
        return parse_arxiv_id(text)[0]
    except MalformedId:
        return ""
