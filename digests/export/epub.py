"""A digest as an EPUB 3 book: navigation, a cover drawn here, formulas as MathML."""

import datetime as dt
import io
import textwrap
import unicodedata
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string

from digests.export.document import Document
from digests.export.formats import Format, Purpose
from digests.export.html import sentences

MIMETYPE = "application/epub+zip"
_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
# Of the cover's headline: so many letters at a size fill the width between the margins, in a wide font.
_COVER_SIZES = ((15, 86), (20, 66), (29, 46))
_COVER_HEIGHT, _COVER_LEADING = 820, 1.25


@dataclass(frozen=True)
class _Part:
    """One file of the text."""

    name: str
    content: str

    @property
    def has_formulas(self) -> bool:
        return "<math" in self.content


def render(document: Document) -> bytes:
    """The book. The same document gives the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        # The kind of file stands first and plain, for programs that look at the first bytes only.
        _add(book, document, "mimetype", MIMETYPE, zipfile.ZIP_STORED)
        for name, content in _files(document):
            _add(book, document, name, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _add(book: zipfile.ZipFile, document: Document, name: str, content: str, how: int) -> None:
    day = document.day
    info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
    info.compress_type = how
    book.writestr(info, content.encode())


def _files(document: Document) -> Iterator[tuple[str, str]]:
    parts = list(_parts(document))
    yield "META-INF/container.xml", _CONTAINER
    package = {
        "parts": parts,
        "identifier": uuid.uuid5(uuid.NAMESPACE_URL, document.url),
        "modified": _modified(document),
    }
    yield "EPUB/package.opf", _render("package.opf", document, package)
    yield "EPUB/nav.xhtml", _render("nav.xhtml", document)
    yield "EPUB/style.css", _render("style.css", document)
    yield "EPUB/cover.svg", _render("cover.svg", document, _cover(document))
    yield "EPUB/cover.xhtml", _render("cover.xhtml", document)
    for part in parts:
        yield f"EPUB/{part.name}.xhtml", part.content


def _parts(document: Document) -> Iterator[_Part]:
    yield _Part("front", _render("front.xhtml", document))
    for section in document.sections:
        yield _Part(f"section-{section.number}", _render("section.xhtml", document, {"section": section}))
    yield _Part("end", _render("end.xhtml", document))


def _render(name: str, document: Document, context: Mapping[str, Any] | None = None) -> str:
    words = {"document": document, **sentences(), **(context or {})}
    return render_to_string(f"digests/export/epub/{name}", words).lstrip()


def _modified(document: Document) -> str:
    instant = document.published_at or dt.datetime.combine(document.day, dt.time(), dt.UTC)
    return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cover(document: Document) -> dict[str, Any]:
    """The headline in the largest size at which it fits the cover."""
    letter_width = 2 if any(unicodedata.east_asian_width(letter) in "WF" for letter in document.headline) else 1
    for letters, size in _COVER_SIZES:
        lines = textwrap.wrap(document.headline, letters // letter_width)
        if len(lines) * size * _COVER_LEADING <= _COVER_HEIGHT:
            break
    fitting = lines[: int(_COVER_HEIGHT / size / _COVER_LEADING)]
    places = (480 + size + round(place * size * _COVER_LEADING) for place in range(len(fitting)))
    return {"size": size, "lines": [{"words": words, "y": y} for words, y in zip(fitting, places, strict=True)]}


FORMAT = Format("epub", "EPUB", Purpose.READ, "epub", MIMETYPE, render, "for e-readers")
