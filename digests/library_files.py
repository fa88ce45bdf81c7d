"""A reader's library as a file to take along: BibTeX, CSV or JSON."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from digests.export.citations import citation_of, to_bibtex
from digests.models import SavedPaper
from tracker import tex


@dataclass(frozen=True)
class LibraryFile:
    """One way to write a library, from rows of `SavedPaper.objects.with_rows()`."""

    name: str
    content_type: str
    write: Callable[[Sequence[SavedPaper]], str]


def _facts(saved: SavedPaper) -> dict[str, Any]:
    paper = saved.paper
    return {
        "arxiv_id": paper.arxiv_id,
        "title": tex.to_unicode(paper.title),
        "authors": [tex.to_unicode(authorship.author.name) for authorship in paper.authorships.all()],
        "url": paper.abstract_url,
        "announced_on": paper.announced_on.isoformat() if paper.announced_on else "",
        "saved_at": saved.saved_at.isoformat(),
        "read": bool(saved.is_read),  # type: ignore[attr-defined]  # annotated by with_rows
        "tags": [tag.name for tag in saved.tags.all()],
        "note": saved.note,
    }


def to_json(rows: Sequence[SavedPaper]) -> str:
    """A list of objects, the latest saved first."""
    return json.dumps([_facts(saved) for saved in rows], ensure_ascii=False, indent=2) + "\n"


def to_csv(rows: Sequence[SavedPaper]) -> str:
    """One paper a line; authors and tags with semicolons between."""
    written = io.StringIO()
    columns = ["arxiv_id", "title", "authors", "url", "announced_on", "saved_at", "read", "tags", "note"]
    table = csv.DictWriter(written, columns)
    table.writeheader()
    for saved in rows:
        facts = _facts(saved)
        table.writerow(facts | {"authors": "; ".join(facts["authors"]), "tags": "; ".join(facts["tags"])})
    return written.getvalue()


def to_bib(rows: Sequence[SavedPaper]) -> str:
    """One BibTeX entry a paper."""
    return to_bibtex([citation_of(saved.paper) for saved in rows])


FILES = {
    "bib": LibraryFile("BibTeX", "application/x-bibtex; charset=utf-8", to_bib),
    "csv": LibraryFile("CSV", "text/csv; charset=utf-8", to_csv),
    "json": LibraryFile("JSON", "application/json", to_json),
}
