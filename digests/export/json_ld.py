"""A digest as JSON-LD: what a search engine reads in its page. An `Article` whose parts are `ScholarlyArticle`s."""

from typing import Any

from digests.export.document import Document, DocumentEntry

LONGEST_HEADLINE = 110  # search engines cut longer ones off


def article(document: Document, *, card_url: str) -> dict[str, Any]:
    """The whole digest, by the vocabulary of schema.org."""
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Article",
        "@id": document.url,
        "url": document.url,
        "mainEntityOfPage": document.url,
        "headline": document.headline[:LONGEST_HEADLINE],
        "description": document.subtitle,
        "datePublished": document.published_at and document.published_at.isoformat(),
        "image": card_url,
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "publisher": {"@type": "Organization", "name": document.series_name},
        "isPartOf": {"@type": "Periodical", "name": document.series_name},
        "articleSection": [section.title for section in document.sections],
        "hasPart": [_part(entry, document.url) for entry in document.entries],
    }
    return {name: value for name, value in told.items() if value}


def _part(entry: DocumentEntry, digest_url: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "@type": "ScholarlyArticle",
        "@id": f"{digest_url}#{entry.anchor}",
        "position": entry.number,
        "name": entry.heading,
        "headline": entry.heading[:LONGEST_HEADLINE],
        "url": entry.url,
        "sameAs": f"https://doi.org/10.48550/arXiv.{entry.arxiv_id}",
        "identifier": {"@type": "PropertyValue", "propertyID": "arXiv", "value": entry.arxiv_id},
        "author": [{"@type": "Person", "name": name} for name in entry.authors],
        "datePublished": entry.announced_on and entry.announced_on.isoformat(),
    }
    return {name: value for name, value in told.items() if value}
