"""A digest as a file: one neutral document, one module a format, and here the list of them.

A new format is one module with `render(document) -> str`, and one line in `FORMATS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from digests.export.document import Document, build_document
from digests.export.html import render as render_html
from digests.export.markdown import render as render_markdown
from digests.models import Digest
from tracker.errors import GalleyError


class UnknownFormat(GalleyError):
    """No export format has this name."""


@dataclass(frozen=True)
class Format:
    """One way to write a document."""

    name: str  # as readers see it
    suffix: str
    content_type: str
    render: Callable[[Document], str]


@dataclass(frozen=True)
class Export:
    """A digest written in one format."""

    filename: str
    content_type: str
    content: bytes
    document: Document


FORMATS = {
    "md": Format("Markdown", "md", "text/markdown; charset=utf-8", render_markdown),
    "html": Format("HTML", "html", "text/html; charset=utf-8", render_html),
}


def find_format(name: str) -> Format:
    """The format of that name. Raises UnknownFormat."""
    if name not in FORMATS:
        raise UnknownFormat(f"“{name}” is no export format: choose one of {', '.join(FORMATS)}.")
    return FORMATS[name]


def export_digest(digest: Digest, format_name: str) -> Export:
    """The digest in a format; a draft says in its text that it is one. Raises UnknownFormat.

    Costs no query where the digest comes from `Digest.objects.with_contents()`.
    """
    form = find_format(format_name)
    document = build_document(digest)
    return Export(
        filename=f"{document.series_slug}-{document.week}.{form.suffix}",
        content_type=form.content_type,
        content=form.render(document).encode(),
        document=document,
    )
