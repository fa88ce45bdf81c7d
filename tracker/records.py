"""A paper as a source tells it, before it is stored: the one shape that the API and files are read into. Pure."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.errors import GalleyError

_NEW_ID = r"\d{4}\.\d{4,5}"
_OLD_ID = r"[a-z][a-z-]*(?:\.[A-Z]{2})?/\d{7}"
# Where people copy a paper's address from, besides arXiv itself; and how arXiv's own pages say to cite.
_PLACES = (
    r"(?:[a-z-]+\.)?arxiv\.org/(?:abs|pdf|html|format|ps|src|e-print)/",
    r"(?:www\.)?alphaxiv\.org/(?:abs|overview|pdf)/",
    r"huggingface\.co/papers/",
    r"(?:dx\.)?doi\.org/10\.48550/arxiv\.",
)
_ID = re.compile(
    rf"(?:(?:https?://)?(?:{'|'.join(_PLACES)})|arxiv:\s*)?(?P<id>{_NEW_ID}|{_OLD_ID})"
    r"(?:v(?P<version>[1-9]\d*))?(?:\.pdf)?/?(?:[?#].*|\s+\[[a-z.-]+\].*)?",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"[a-z][a-z-]{1,15}(?:\.[A-Za-z-]{2,15})?")

# How authors and arXiv word a withdrawal: at the start of a text, or as a sentence of its own that goes on with
# who or why. “We study withdrawn papers” and “withdrawn from the workshop” are neither.
_WORK = r"(?:paper|article|submission|manuscript|pre-?print|e-?print|work|document|report|note|thesis|draft|version)"
_PASSIVE = r"(?:has|have|is|was)(?:\s+(?:now|been|being))*(?:\s+\w+ly)?"
_SAYS_WHY = r"(?=\s*(?:$|[.,;:!)\]]|by\b|due\b|because\b|as\b|since\b|for\b|until\b|pending\b|from\s+arxiv\b))"
_WITHDRAWN_AT_START = re.compile(
    rf"\W*(?:(?:(?:this|the|our)\s+)?(?:arxiv\s+)?{_WORK}\s+(?:{_PASSIVE}\s+)?)?withdrawn{_SAYS_WHY}", re.IGNORECASE
)
_WITHDRAWN_SENTENCE = re.compile(
    rf"(?:^|[.;:,(])\s*(?:this|the)\s+(?:arxiv\s+)?{_WORK}\s+{_PASSIVE}\s+withdrawn{_SAYS_WHY}", re.IGNORECASE
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
    >>> parse_arxiv_id("math.GT/0309136")
    ('math/0309136', None)

    An old-style id comes as arXiv's own records write it: in lower case, without the subject class. Addresses at
    alphaXiv, Hugging Face and doi.org will do, with or without `https://`. Raises MalformedId.
    """
    match = _ID.fullmatch(text.strip())
    if match is None:
        raise MalformedId(f"“{text.strip()[:80]}” is no arXiv id: write one like 2311.12983 or hep-th/9901001.")
    archive, slash, number = match["id"].partition("/")
    arxiv_id = f"{archive.partition('.')[0].lower()}/{number}" if slash else archive
    return arxiv_id, int(match["version"]) if match["version"] else None


def paper_text(title: str, abstract: str) -> str:
    """What the encoder reads of a paper: title and abstract, a line each, with white space collapsed."""
    return f"{' '.join(title.split())}\n{' '.join(abstract.split())}"


def text_hash(title: str, abstract: str) -> str:
    """SHA-256 of `paper_text`, in hex: vectors made from the same text carry the same hash."""
    return hashlib.sha256(paper_text(title, abstract).encode()).hexdigest()


def arxiv_categories(primary: str, codes: Iterable[str]) -> tuple[str, ...]:
    """A record's categories, the primary one first, each once.

    arXiv mixes ACM and MSC classes (`I.2.7; H.3.3`, `68T50`) among them: those are left out.
    """
    return tuple(code for code in dict.fromkeys([primary, *codes]) if _CATEGORY.fullmatch(code))


def is_withdrawal(*, abstract: str, comment: str, journal_ref: str) -> bool:
    """Whether a paper's texts say that it is withdrawn: arXiv has no field for it."""
    return any(_WITHDRAWN_AT_START.match(text) or _WITHDRAWN_SENTENCE.search(text) for text in (comment, abstract)) or (
        bool(_WITHDRAWN_AT_START.match(journal_ref))
    )


def is_withdrawal_notice(abstract: str) -> bool:
    """Whether the abstract is nothing but a notice of withdrawal, so that an older one is worth keeping."""
    return bool(_WITHDRAWN_AT_START.match(abstract))


def clean_names(names: Iterable[str]) -> tuple[str, ...]:
    """Authors' names as printed. arXiv takes the colon of "GLM-5 Team: Aohan Zeng" for an author: it is left out.

    >>> clean_names(["GLM-5 Team", ":", "Aohan  Zeng"])
    ('GLM-5 Team', 'Aohan Zeng')
    """
    return tuple(name for name in map(clean_text, names) if any(map(str.isalnum, name)))


def clean_text(text: str) -> str:
    """The text with white space collapsed, and without what no database or encoder takes."""
    return " ".join(text.replace("\0", " ").encode(errors="ignore").decode().split())
