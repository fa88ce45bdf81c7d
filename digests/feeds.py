"""Feeds of what was published, for a series or one of its topics: an item for each digest, or for each paper."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Max
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from digests.export.document import Document, DocumentEntry, build_document
from digests.markdown import to_plain
from digests.models import Digest, Entry, Series, Topic
from digests.models.digests import DigestQuerySet

DIGESTS = 20  # of which a feed tells
JSON_VERSION = "https://jsonfeed.org/version/1.1"
_NEVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Item:
    """A digest, or a paper in one. The id stays the same whatever becomes of addresses and titles."""

    id: str
    url: str
    title: str
    summary: str  # plain text
    html: str
    published_at: dt.datetime
    updated_at: dt.datetime
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    """A feed, whichever way it is written."""

    title: str
    subtitle: str
    page_url: str
    url: str
    author: str
    items: Sequence[Item]


def digests_told(series: Series, topic: Topic | None) -> DigestQuerySet:
    """The newest digests of the series, or those of them that have something under the topic."""
    published = Digest.objects.published().filter(series=series)
    if topic is not None:
        published = published.filter(sections__topic=topic, sections__entries__isnull=False).distinct()
    return published[:DIGESTS]


def feed_of(series: Series, topic: Topic | None, *, by_paper: bool, url: str) -> Feed:
    """The newest digests of the series, with all sections or with the topic's alone."""
    digests = list(digests_told(series, topic).with_contents())
    edited = last_edits([digest.pk for digest in digests])
    items: list[Item] = []
    for digest in digests:
        document = _document(digest, topic)
        assert digest.published_at is not None
        times = (digest.published_at, max(digest.published_at, edited.get(digest.pk, digest.published_at)))
        items += _papers(digest, document, times) if by_paper else [_digest(digest, document, times, topic)]
    page = reverse("topic", args=[series.slug, topic.slug]) if topic else series.get_absolute_url()
    name = f"{series.name}: {topic.name}" if topic else series.name
    return Feed(
        title=f"{name}, paper by paper" if by_paper else name,
        subtitle=topic.description if topic else "Each week’s papers, chosen and summarised.",
        page_url=settings.SITE_URL + page,
        url=settings.SITE_URL + url,
        author=series.name,
        items=items,
    )


def last_edits(keys: Sequence[int]) -> dict[int, dt.datetime]:
    """When each of the digests, or an entry of it, was last changed by hand."""
    of_digests = Digest.history.filter(id__in=keys).order_by().values_list("id").annotate(Max("history_date"))
    of_entries = Entry.history.filter(digest__in=keys).order_by().values_list("digest").annotate(Max("history_date"))
    last = dict(of_digests)
    for key, edited in of_entries:
        last[key] = max(edited, last.get(key, edited))
    return last


def _document(digest: Digest, topic: Topic | None) -> Document:
    document = build_document(digest)
    if topic is None:
        return document
    told = zip(document.sections, digest.filled_sections, strict=True)
    about = [section for section, row in told if row.topic_id == topic.pk]
    return replace(document, sections=tuple(about), intro="", sign_off="")


def _digest(digest: Digest, document: Document, times: tuple[dt.datetime, dt.datetime], topic: Topic | None) -> Item:
    return Item(
        id=_tag(digest, f"digest/{digest.pk}" + (f"/topic/{topic.pk}" if topic else "")),
        url=document.url,
        title=document.headline,
        summary=document.subtitle or to_plain(document.intro),
        html=render_to_string("digests/feeds/digest.html", {"document": document}),
        published_at=times[0],
        updated_at=times[1],
        tags=tuple(section.title for section in document.sections),
    )


def _papers(digest: Digest, document: Document, times: tuple[dt.datetime, dt.datetime]) -> Iterator[Item]:
    for section in document.sections:
        for entry in section.entries:
            yield _paper(digest, document, entry, times, section.title)


def _paper(
    digest: Digest, document: Document, entry: DocumentEntry, times: tuple[dt.datetime, dt.datetime], section: str
) -> Item:
    return Item(
        id=_tag(digest, f"digest/{digest.pk}/paper/{entry.arxiv_id}"),
        url=f"{document.url}#{entry.anchor}",
        title=entry.heading,
        summary=to_plain(entry.summary),
        html=render_to_string("digests/feeds/entry.html", {"document": document, "entry": entry}),
        published_at=times[0],
        updated_at=times[1],
        authors=entry.authors,
        tags=(section,),
    )


def _tag(digest: Digest, thing: str) -> str:
    """An id by RFC 4151: of this site at the digest's Monday, of a row whose key never changes."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{digest.week_start:%Y-%m-%d}:{thing}"


class FullTextAtom(Atom1Feed):
    """Django's Atom, with the full text as `content` and one name as the feed's author."""

    def latest_post_date(self) -> dt.datetime:
        dates = [item["updateddate"] for item in self.items]
        return max(dates, default=_NEVER)

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        summary, item["description"] = item["description"], None
        super().add_item_elements(handler, item)
        handler.addQuickElement("summary", summary, {"type": "text"})
        handler.addQuickElement("content", item["html"], {"type": "html"})
        for name in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")


def to_atom(feed: Feed) -> str:
    """Atom 1.0 (RFC 4287)."""
    atom = FullTextAtom(
        title=feed.title,
        link=feed.page_url,
        description="",
        subtitle=feed.subtitle,
        feed_url=feed.url,
        feed_guid=feed.url,
        author_name=feed.author,
        language=settings.LANGUAGE_CODE,
    )
    for item in feed.items:
        atom.add_item(
            title=item.title,
            link=item.url,
            description=item.summary,
            unique_id=item.id,
            pubdate=item.published_at,
            updateddate=item.updated_at,
            categories=item.tags,
            html=item.html,
            authors=item.authors,
        )
    return atom.writeString("utf-8")


def to_json_feed(feed: Feed) -> dict[str, Any]:
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    return {
        "version": JSON_VERSION,
        "title": feed.title,
        "description": feed.subtitle,
        "home_page_url": feed.page_url,
        "feed_url": feed.url,
        "language": settings.LANGUAGE_CODE,
        "authors": [{"name": feed.author}],
        "items": [
            {
                "id": item.id,
                "url": item.url,
                "title": item.title,
                "summary": item.summary,
                "content_html": item.html,
                "date_published": item.published_at.isoformat(),
                "date_modified": item.updated_at.isoformat(),
                "authors": [{"name": name} for name in item.authors or (feed.author,)],
                "tags": list(item.tags),
            }
            for item in feed.items
        ],
    }
