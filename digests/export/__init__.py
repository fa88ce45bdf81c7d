"""A digest as a file: one neutral document, one module a format, and here the list of them.

A new format is one module that ends with its `Format`, and one line in `FORMATS`.
"""

import hashlib
import time
from dataclasses import dataclass, replace
from functools import partial

from django.core.cache import cache

from digests.export import docx, epub, front_matter, html, markdown, paste, pdf, plain, references, structured, thread
from digests.export.document import Document, build_document
from digests.export.formats import ExportUnavailable, Format, Purpose
from digests.models import Digest
from tracker.errors import GalleyError

__all__ = [
    "FORMATS",
    "Export",
    "ExportBusy",
    "ExportUnavailable",
    "Format",
    "UnknownFormat",
    "export_digest",
    "export_document",
    "find_format",
    "fingerprint",
    "is_at_hand",
    "menu",
]

FORMATS = {
    form.key: form
    for form in (
        html.FORMAT,
        pdf.FORMAT,
        epub.FORMAT,
        docx.FORMAT,
        plain.FORMAT,
        markdown.FORMAT,
        front_matter.JEKYLL,
        front_matter.HUGO,
        *paste.FORMATS,
        thread.FORMAT,
        *references.FORMATS,
        structured.FORMAT,
    )
}
SHORT = 30  # papers of which even a slow format is made in some two seconds
_KEPT_FOR = 7 * 24 * 3600  # seconds
_PATIENCE = 8.0  # seconds that one waits for another who is making the same file
_LONGEST = 120  # seconds after which a maker is taken for dead


class UnknownFormat(GalleyError):
    """No export format has this name."""


class ExportBusy(GalleyError):
    """Somebody else has the file made just now."""


@dataclass(frozen=True)
class Export:
    """A digest written in one format."""

    filename: str
    content_type: str
    content: bytes
    document: Document


def find_format(name: str) -> Format:
    """The format of that name. Raises UnknownFormat."""
    if name not in FORMATS:
        raise UnknownFormat(f"“{name}” is no export format: choose one of {', '.join(FORMATS)}.")
    return FORMATS[name]


def menu() -> list[tuple[str, list[Format]]]:
    """The formats by what they are for, as a reader is offered them."""
    by_purpose = [(purpose, [form for form in FORMATS.values() if form.purpose is purpose]) for purpose in Purpose]
    return [(purpose.value, forms) for purpose, forms in by_purpose]


def export_digest(digest: Digest, format_name: str, *, post_length: int = thread.LENGTH) -> Export:
    """The digest in a format; a draft says in its text that it is one. `post_length` is that of a thread's posts.

    Costs no query where the digest comes from `Digest.objects.with_contents()`. Raises UnknownFormat,
    ExportUnavailable, ExportBusy.
    """
    form = find_format(format_name)
    if form is thread.FORMAT:
        form = replace(form, render=partial(thread.render, length=post_length))
    return export_document(build_document(digest), form)


def export_document(document: Document, form: Format) -> Export:
    """The document in a format. What takes seconds to make is kept for as long as the document stays the same."""
    content = _kept(document, form) if form.is_slow else form.render(document)
    return Export(form.filename(document), form.content_type, content, document)


def is_at_hand(document: Document, form: Format) -> bool:
    """Whether the file takes no time worth speaking of: because it never does, it is kept, or the digest is short."""
    is_short = sum(len(section.entries) for section in document.sections) <= SHORT
    return not form.is_slow or is_short or cache.get(_key(document, form)) is not None


def _key(document: Document, form: Format) -> str:
    return f"export:{form.key}:{fingerprint(document)}"


def _kept(document: Document, form: Format) -> bytes:
    """The file from the cache, or made once: whoever asks meanwhile waits for it, but not for long."""
    key = _key(document, form)
    give_up = time.monotonic() + _PATIENCE
    while (content := cache.get(key)) is None:
        if cache.add(f"{key}:maker", True, _LONGEST):
            try:
                content = form.render(document)
                cache.set(key, content, _KEPT_FOR)
            finally:
                cache.delete(f"{key}:maker")
            return content
        if time.monotonic() > give_up:
            raise ExportBusy(f"This {form.name} is being made just now: ask again in a few seconds.")
        time.sleep(0.1)
    kept: bytes = content
    return kept


def fingerprint(document: Document) -> str:
    """The same for documents that say the same."""
    return hashlib.sha256(repr(document).encode()).hexdigest()
