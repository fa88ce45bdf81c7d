"""A digest as JSON, in the form that `static/schema/digest-1.json` describes. Reads back as the same digest."""

import json
from typing import Any

from digests.export import wording
from digests.export.document import Document, DocumentEntry, DocumentSection
from digests.export.formats import Format, Purpose
from digests.markdown import blocks_to_html, blocks_to_plain, parse
from tracker import tex

SCHEMA = "urn:galley:digest:1"


def render(document: Document) -> bytes:
    return (json.dumps(to_data(document), ensure_ascii=False, indent=2) + "\n").encode()


def to_data(document: Document) -> dict[str, Any]:
    """The digest as what json writes."""
    return {
        "schema": SCHEMA,
        "url": document.url,
        "series": {"slug": document.series_slug, "name": document.series_name},
        "week": str(document.week),
        "week_start": document.week.monday.isoformat(),
        "week_end": document.week.sunday.isoformat(),
        "status": "draft" if document.is_draft else "published",
        "published_at": document.published_at.isoformat() if document.published_at else None,
        "sample": document.is_sample,
        "notices": [
            *([wording.DRAFT_NOTICE] if document.is_draft else []),
            *([wording.SAMPLE_NOTICE] if document.is_sample else []),
        ],
        "headline": document.headline,
        "subtitle": document.subtitle,
        "intro": _text(document.intro),
        "sections": [_section(section) for section in document.sections],
        "sign_off": _text(document.sign_off),
    }


def _section(section: DocumentSection) -> dict[str, Any]:
    return {
        "number": section.number,
        "title": section.title,
        "anchor": section.anchor,
        "entries": [_entry(entry) for entry in section.entries],
    }


def _entry(entry: DocumentEntry) -> dict[str, Any]:
    citation = entry.citation
    return {
        "number": entry.number,
        "heading": {"tex": entry.title, "text": entry.heading, "html": entry.heading_html},
        "summary": _text(entry.summary) | {"by": "machine" if entry.is_draft_text else "editor"},
        "notices": entry.notices,
        "paper": {
            "arxiv_id": entry.arxiv_id,
            "url": entry.url,
            "title": tex.to_unicode(citation.title),
            "authors": list(entry.authors),
            "primary_category": entry.primary_category or None,
            "submitted_on": citation.submitted_on.isoformat() if citation.submitted_on else None,
            "announced_on": entry.announced_on.isoformat() if entry.announced_on else None,
            "doi": citation.any_doi,
            "withdrawn": entry.withdrawn,
        },
    }


def _text(markdown: str) -> dict[str, str]:
    blocks = parse(markdown)
    return {"markdown": markdown, "html": str(blocks_to_html(blocks)), "text": blocks_to_plain(blocks)}


FORMAT = Format("json", "JSON", Purpose.DATA, "json", "application/json", render, "for programs; described by a schema")
