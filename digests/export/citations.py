"""Papers as citations: BibTeX, RIS, CSL-JSON and plain words. The paper's page and a digest's downloads share it."""

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pybtex.database import BibliographyData, Entry, Person
from pybtex.database.output.bibtex import Writer

from tracker import tex
from tracker.models import Paper

_NEW_STYLE_ID = re.compile(r"(?P<year>\d\d)(?P<month>\d\d)\.")
_OLD_STYLE_ID = re.compile(r"[a-z-]+(?:\.[A-Z]{2})?/(?P<year>\d\d)(?P<month>\d\d)")
_GROUP = re.compile(r"\b(?:team|group|collaboration|consortium|project|lab|labs|initiative)\b|\d", re.IGNORECASE)
_SUFFIXES = frozenset(("Jr", "Jr.", "Sr", "Sr.", "II", "III", "IV"))
_UNTELLING_WORDS = "a an the on of in for to and with is are do does can how what why when towards toward"
_UNTELLING = frozenset(_UNTELLING_WORDS.split())
_AUTHORS_IN_WORDS = 10


@dataclass(frozen=True)
class Name:
    """An author's name in parts, as it is read. A group, such as a collaboration, has a `family` alone."""

    family: str
    given: str = ""
    particle: str = ""
    suffix: str = ""

    @property
    def sorted_form(self) -> str:
        """Such as `van der Berg, Jan, Jr.`"""
        return ", ".join(part for part in (f"{self.particle} {self.family}".strip(), self.given, self.suffix) if part)


@dataclass(frozen=True)
class Citation:
    """What a citation says of a paper. `title`, `authors` and `journal_ref` are TeX, as arXiv gives them."""

    arxiv_id: str
    title: str
    authors: tuple[str, ...]
    primary_category: str
    submitted_on: dt.date | None
    doi: str
    journal_ref: str

    @property
    def url(self) -> str:
        return f"https://arxiv.org/abs/{self.arxiv_id}"

    @property
    def date(self) -> tuple[int, ...]:
        """Year, month and day of the first version; year and month, which the id tells, where the day is unknown."""
        if self.submitted_on is not None:
            return (self.submitted_on.year, self.submitted_on.month, self.submitted_on.day)
        told = _NEW_STYLE_ID.match(self.arxiv_id) or _OLD_STYLE_ID.match(self.arxiv_id)
        if told is None:
            return ()
        year = int(told["year"])
        return (1900 + year if year > 90 else 2000 + year, int(told["month"]))

    @property
    def any_doi(self) -> str:
        """The publisher's DOI, or the one that arXiv gives each paper."""
        return self.doi.split()[0] if self.doi.split() else f"10.48550/arXiv.{self.arxiv_id}"

    @property
    def key(self) -> str:
        """Such as `mialon2023gaia`."""
        names = [split_name(name) for name in self.authors[:1]]
        words = re.findall(r"[^\W_]+", tex.to_unicode(self.title))
        telling = next((word for word in words if word.lower() not in _UNTELLING), "")
        parts = (names[0].family if names else "", *map(str, self.date[:1]), telling)
        return "".join(_ascii(part) for part in parts) or _ascii(self.arxiv_id)


def citation_of(paper: Paper) -> Citation:
    """The paper's citation. Costs no query where its authors were prefetched by `authors_of`."""
    return Citation(
        arxiv_id=paper.arxiv_id,
        title=paper.title,
        authors=tuple(authorship.author.name for authorship in paper.authorships.all()),
        primary_category=paper.primary_category,
        submitted_on=paper.submitted_at.date() if paper.submitted_at else None,
        doi=paper.doi,
        journal_ref=paper.journal_ref,
    )


def split_name(name: str) -> Name:
    """The parts of a name as arXiv prints it, given names first. `name` may hold TeX."""
    plain = " ".join(tex.to_unicode(name).replace(",", " ").split())
    if _GROUP.search(plain) or " " not in plain:
        return Name(plain)
    words = plain.split()
    suffix = words.pop() if words[-1] in _SUFFIXES and len(words) > 2 else ""
    person = Person(" ".join(words))
    parts = (person.last_names, person.first_names + person.middle_names, person.prelast_names)
    family, given, particle = (" ".join(part) for part in parts)
    return Name(family, given, particle, suffix)


def to_bibtex(citations: Sequence[Citation]) -> str:
    """BibTeX, by pybtex: one `@misc` a paper, in LaTeX."""
    entries = {key: _bibtex_entry(citation) for key, citation in _keyed(citations)}
    return _LatexWriter().to_string(BibliographyData(entries=entries))


class _LatexWriter(Writer):
    """pybtex's writer, but for text that is LaTeX already: it would escape the escapes."""

    def _encode(self, text: str) -> str:
        return text


def _bibtex_entry(citation: Citation) -> Entry:
    fields = {"title": f"{{{tex.to_latex(citation.title)}}}"}
    if citation.date:
        fields["year"] = str(citation.date[0])
        fields["month"] = str(citation.date[1])
    fields |= {"eprint": citation.arxiv_id, "archiveprefix": "arXiv"}
    if citation.primary_category:
        fields["primaryclass"] = citation.primary_category
    fields |= {"doi": _bare(citation.any_doi), "url": citation.url}
    if citation.journal_ref:
        fields["note"] = f"Published in {tex.to_latex(citation.journal_ref)}"
    people = [_bibtex_person(split_name(name)) for name in citation.authors]
    return Entry("misc", fields=fields, persons={"author": people} if people else {})


def _bibtex_person(name: Name) -> Person:
    if not name.given:
        return Person(last=f"{{{tex.to_latex(name.family)}}}")
    parts = {"first": name.given, "prelast": name.particle, "last": name.family, "lineage": name.suffix}
    return Person(**{part: tex.to_latex(words) for part, words in parts.items()})


def to_ris(citations: Sequence[Citation]) -> str:
    """RIS: one `UNPB` record a paper, lines ended as its definition asks."""
    return "".join(f"{tag}  - {value}\r\n" for citation in citations for tag, value in _ris_lines(citation))


def _ris_lines(citation: Citation) -> Iterable[tuple[str, str]]:
    yield "TY", "UNPB"
    yield "TI", _one_line(citation.title)
    yield from (("AU", split_name(name).sorted_form) for name in citation.authors)
    if citation.date:
        yield "PY", str(citation.date[0])
        yield "DA", "/".join(f"{part:02d}" for part in citation.date)
    yield "PB", "arXiv"
    yield "AN", f"arXiv:{citation.arxiv_id}"
    if citation.primary_category:
        yield "KW", citation.primary_category
    yield "DO", citation.any_doi
    yield "UR", citation.url
    if citation.journal_ref:
        yield "N1", f"Published in {_one_line(citation.journal_ref)}"
    yield "ER", ""


def to_csl(citations: Sequence[Citation]) -> str:
    """CSL-JSON, as reference managers and citeproc read it."""
    return json.dumps([_csl_item(key, one) for key, one in _keyed(citations)], ensure_ascii=False, indent=2) + "\n"


def _csl_item(key: str, citation: Citation) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": key,
        "type": "article",
        "genre": "Preprint",
        "title": _one_line(citation.title),
        "author": [_csl_name(split_name(name)) for name in citation.authors],
        "publisher": "arXiv",
        "number": f"arXiv:{citation.arxiv_id}",
        "archive": "arXiv",
        "archive_location": citation.arxiv_id,
        "DOI": citation.any_doi,
        "URL": citation.url,
    }
    if citation.date:
        item["issued"] = {"date-parts": [list(citation.date)]}
    if citation.journal_ref:
        item["note"] = f"Published in {_one_line(citation.journal_ref)}"
    return item


def _csl_name(name: Name) -> dict[str, str]:
    if not name.given:
        return {"literal": name.family}
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
    }
    return {part: words for part, words in parts.items() if words}


def to_words(citations: Sequence[Citation]) -> str:
    """A reference a line, as it would stand in a list of references."""
    return "".join(f"{_words(citation)}\n" for citation in citations)


def _words(citation: Citation) -> str:
    names = [tex.to_unicode(name) for name in citation.authors]
    shown = ", ".join(names) if len(names) <= _AUTHORS_IN_WORDS else f"{', '.join(names[:_AUTHORS_IN_WORDS])} et al."
    year = f"({citation.date[0]})" if citation.date else ""
    category = f" [{citation.primary_category}]" if citation.primary_category else ""
    start = " ".join(part for part in (shown, year) if part).rstrip(".")
    title = _one_line(citation.title).rstrip(".")
    return f"{start + '. ' if start else ''}{title}. arXiv:{citation.arxiv_id}{category}. {citation.url}"


@dataclass(frozen=True)
class CitationFormat:
    """One way to write citations; a reader sees its name."""

    name: str
    suffix: str
    content_type: str
    write: Callable[[Sequence[Citation]], str]


CITATION_FORMATS = {
    "bibtex": CitationFormat("BibTeX", "bib", "application/x-bibtex; charset=utf-8", to_bibtex),
    "ris": CitationFormat("RIS", "ris", "application/x-research-info-systems; charset=utf-8", to_ris),
    "csl": CitationFormat("CSL-JSON", "csl.json", "application/vnd.citationstyles.csl+json", to_csl),
    "words": CitationFormat("Plain text", "txt", "text/plain; charset=utf-8", to_words),
}


def _keyed(citations: Sequence[Citation]) -> Iterable[tuple[str, Citation]]:
    """Each with a key of its own: where it would share one, a number goes behind it."""
    taken: set[str] = set()
    for citation in citations:
        key, number = citation.key, 1
        while key in taken:
            number += 1
            key = f"{citation.key}-{number}"
        taken.add(key)
        yield key, citation


def _one_line(text: str) -> str:
    return " ".join(tex.to_unicode(text).split())


def _bare(text: str) -> str:
    """Text with nothing in it that would end a BibTeX field or begin a comment."""
    return re.sub(r"[{}\\%\s]", "", text)


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", plain.lower())
