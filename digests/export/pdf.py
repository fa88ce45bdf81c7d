"""A digest as PDF, set by WeasyPrint: an outline, page numbers, links and metadata."""

from importlib import import_module
from typing import Any

from django.template.loader import render_to_string

from digests.export.document import Document
from digests.export.formats import ExportUnavailable, Format, Purpose
from digests.export.html import sentences


def render(document: Document) -> bytes:
    """The file. Nothing is fetched for it. Raises ExportUnavailable where WeasyPrint or Pango is missing."""
    page = render_to_string("digests/export/print.html", {"document": document, **sentences()})
    weasyprint = _weasyprint()
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    pdf: bytes = weasyprint.HTML(string=page, url_fetcher=nothing).write_pdf()
    return pdf


def _weasyprint() -> Any:
    """WeasyPrint, imported only here: it takes a second, and many installations go without."""
    try:
        return import_module("weasyprint")
    except ImportError:
        raise ExportUnavailable(
            "PDF needs WeasyPrint: install it with `.venv/bin/pip install -c constraints.txt -e '.[pdf]'`."
        ) from None
    except OSError:  # its bindings look for Pango's libraries while they are imported
        raise ExportUnavailable(
            "PDF needs Pango: install Debian's packages libpango-1.0-0 and libpangoft2-1.0-0."
        ) from None


FORMAT = Format("pdf", "PDF", Purpose.READ, "pdf", "application/pdf", render, "to print", is_slow=True)
