"""A paper as a source tells it, before it is stored: the one shape that the API and files are read into. Pure."""

import datetime as dt
import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.errors import GalleyError

_NEW_ID = r"\d{4}\.\d{4,5}"
_OLD_ID = r"[a-z][a-z-]*(?:\.[A-Z]{2})?/\d{7}"
_ID = re.compile(
    rf"(?:https?://(?:[a-z-]+\.)?arxiv\.org/(?:abs|pdf|html|format)/|arxiv:)?(?P<id>{_NEW_ID}|{_OLD_ID})"
    r"(?:v(?P<version>[1-9]\d*))?(?:\.pdf)?/?(?:[?#].*)?",
    re.IGNORECASE,
)


class MalformedId(GalleyError):
    """The text is neither an arXiv id nor the address of one."""


class AbstractKind(StrEnum):
    """Whose words an abstract is in; a later kind is never replaced by an earlier one of the same version."""

    PARAPHRASE = "paraphrase"  # the bundled sample week's own wording
    TRUNCATED = "truncated"  # the authors' words, cut off by the source
    AUTHORS = "authors"  # the authors' words, whole

    @property
    def rank(self) -> int:
        return list(AbstractKind).index(self)


@dataclass(frozen=True)
class Record:
    """One paper as told by one source. Text is as arXiv gives it, TeX and all, with white space collapsed."""

    arxiv_id: str
    title: str
    abstract: str
    abstract_kind: AbstractKind = AbstractKind.AUTHORS
    version: int = 1
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # the primary category first
    submitted_at: dt.datetime | None = None  # aware UTC; a source that knows only the day says noon
    updated_at: dt.datetime | None = None
    announced_on: dt.date | None = None  # only where a listing said so
    comment: str = ""
    journal_ref: str = ""
    doi: str = ""
    licence: str = ""
    withdrawn: bool = False
    partial: frozenset[str] = field(default_factory=frozenset)  # fields the source left incomplete: authors, categories

    @property
    def primary_category(self) -> str:
        return self.categories[0] if self.categories else ""


def parse_arxiv_id(text: str) -> tuple[str, int | None]:
    """Split an arXiv id or address, old style or new, into id and version (None where it names none).

    >>> parse_arxiv_id("https://arxiv.org/pdf/2311.12983v2.pdf")
    ('2311.12983', 2)
    >>> parse_arxiv_id("hep-th/9901001")
    ('hep-th/9901001', None)

    Raises MalformedId.
    """
    match = _ID.fullmatch(text.strip())
    if match is None:
        raise MalformedId(f"“{text.strip()[:80]}” is no arXiv id: write one like 2311.12983 or hep-th/9901001.")
    return match["id"], int(match["version"]) if match["version"] else None


def paper_text(title: str, abstract: str) -> str:
    """What the encoder reads of a paper: title and abstract, a line each, with white space collapsed."""
    return f"{' '.join(title.split())}\n{' '.join(abstract.split())}"


def text_hash(title: str, abstract: str) -> str:
    """SHA-256 of `paper_text`, in hex: vectors made from the same text carry the same hash."""
    return hashlib.sha256(paper_text(title, abstract).encode()).hexdigest()
