"""A digest's papers as references: BibTeX, RIS and CSL-JSON."""

from functools import partial

from digests.export.citations import CITATION_FORMATS, CitationFormat
from digests.export.document import Document
from digests.export.formats import Format, Purpose


def render(document: Document, form: CitationFormat) -> bytes:
    """The papers in their order. They are facts of the papers, with no word of the editor's in them."""
    return form.write([entry.citation for entry in document.entries]).encode()


def _format(key: str, name: str, hint: str) -> Format:
    form = CITATION_FORMATS[name]
    return Format(
        key,
        form.name,
        Purpose.CITE,
        form.suffix,
        form.content_type,
        partial(render, form=form),
        hint,
        holds_words=False,
    )


FORMATS = (
    _format("bib", "bibtex", "for LaTeX"),
    _format("ris", "ris", "for EndNote and Mendeley"),
    _format("csl", "csl", "for Zotero and citeproc"),
)
