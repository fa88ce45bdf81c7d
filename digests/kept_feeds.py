"""Feeds kept as they were written, for readers of feeds that come every hour: written anew only where they changed.

Whether one changed is told by the rows that it is written from, read each time; nothing has to remember to say so.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import QuerySet

from digests.feeds import digests_told, feed_of, last_edits, to_atom, to_json_feed
from digests.models import Correction, Entry, Section, Series, Topic

WRITING = 1  # counts up when what feeds are written by changes, templates too, so that no kept feed outlives it
KEPT_FOR = 7 * 24 * 3600  # seconds

_OF_DIGEST = ("pk", "week_start", "headline", "subtitle", "intro", "sign_off", "sample", "published_at")
_OF_SECTION = ("pk", "digest", "topic", "title", "position")
_OF_ENTRY = (
    "pk", "section", "position", "heading", "summary", "draft_summary", "summarised_version",
    "paper", "paper__arxiv_id", "paper__version", "paper__title", "paper__withdrawn", "paper__abstract_kind",
    "paper__changed_at",  # whatever else a harvest changed of it, authors too
)  # fmt: skip
_OF_CORRECTION = ("pk", "digest", "entry", "told", "made_at")


@dataclass(frozen=True)
class Address:
    """One of the feeds: whose, of what kind, in which form, and where."""

    series: Series
    topic: Topic | None
    by_paper: bool
    is_json: bool
    path: str


@dataclass(frozen=True)
class KeptFeed:
    """A feed as it was written. `since` is when it was first found so, in seconds since 1970."""

    version: str
    since: int
    body: bytes


def feed_version(address: Address) -> str:
    """A name for what the feed says now: another wherever any of it changed. Six queries, and nothing is written."""
    rows = hashlib.sha256()
    for part in _rows(address):
        rows.update(repr(part).encode("utf-8", "surrogatepass"))
    return rows.hexdigest()


def _rows(address: Address) -> Iterator[object]:
    series, topic = address.series, address.topic
    yield WRITING, settings.SITE_URL, address.path, address.by_paper, address.is_json
    yield series.name, series.slug, topic and (topic.pk, topic.name, topic.slug, topic.description)
    digests = list(digests_told(series, topic).values_list(*_OF_DIGEST))
    keys = [digest[0] for digest in digests]
    yield digests
    yield _values(Section.objects.filter(digest__in=keys), _OF_SECTION)
    yield _values(Entry.objects.filter(digest__in=keys), _OF_ENTRY)
    yield _values(Correction.objects.filter(digest__in=keys), _OF_CORRECTION)
    yield sorted(last_edits(keys).items())


def _values(rows: "QuerySet[Any]", names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    return list(rows.order_by("pk").values_list(*names))


def kept_feed(address: Address, version: str) -> KeptFeed:
    """The feed of that version: as it is kept, or written now and kept in place of the one before."""
    name = f"feed:{hashlib.sha256(address.path.encode()).hexdigest()}"
    kept: KeptFeed | None = cache.get(name)
    if kept is None or kept.version != version:
        # Later than the one before by a second at least, as HTTP's dates tell no less apart.
        since = max(int(time.time()), kept.since + 1 if kept else 0)
        kept = KeptFeed(version, since, _written(address))
        cache.set(name, kept, KEPT_FOR)
    return kept


def _written(address: Address) -> bytes:
    feed = feed_of(address.series, address.topic, by_paper=address.by_paper, url=address.path)
    written = json.dumps(to_json_feed(feed)) if address.is_json else to_atom(feed)
    return written.encode()
