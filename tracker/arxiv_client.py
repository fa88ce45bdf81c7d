"""The only door to arXiv: a category and a day in, records out; with timeouts, manners and named errors.

What the `arxiv` package leaves open is closed here: it sets no timeout, ignores `Retry-After`, takes a page of
HTML or `Rate exceeded.` for an empty result and arXiv's error entries for papers, and parses cut XML silently.
"""

import contextlib
import datetime as dt
import random
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import arxiv  # noqa: TID251 - this is the door
import requests
import urllib3
from arxiv import _feed  # noqa: TID251
from django.conf import settings
from lxml import etree

from tracker.arxiv_turns import arxiv_turn
from tracker.batches import batches
from tracker.errors import GalleyError
from tracker.progress import Progress, Silent
from tracker.records import (
    MalformedId,
    Record,
    arxiv_categories,
    clean_names,
    clean_text,
    is_withdrawal,
    parse_arxiv_id,
)

_ATOM = "{http://www.w3.org/2005/Atom}"
_BUSY = {429, 500, 502, 503, 504}
_IDS_A_QUERY = 100  # keeps the address well under the 8 kB that servers take


class ArxivUnavailable(GalleyError):
    """arXiv gave no usable answer just now; the same question may do better later.

    `retry_after` is the number of seconds arXiv asked to wait, None where it named none.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ArxivUnreachable(ArxivUnavailable):
    """No connection to arXiv came about at all."""


class ArxivRefused(GalleyError):
    """arXiv holds the question to be wrong; asking again will not help."""


class NotAtom(ArxivUnavailable):
    """The answer isn't a whole Atom feed."""


@dataclass(frozen=True)
class Slice:
    """One query: the papers listed in a category and submitted on a day (UTC)."""

    category: str
    day: dt.date

    @property
    def query(self) -> str:
        return f"cat:{self.category} AND submittedDate:[{self.day:%Y%m%d}0000 TO {self.day:%Y%m%d}2359]"


@dataclass(frozen=True)
class Page:
    """One answer: its records, how many results arXiv says the whole query has, and the entries left out."""

    records: tuple[Record, ...]
    total: int
    size: int  # entries of the answer, readable or not
    unreadable: tuple[str, ...] = ()  # a sentence for each entry that makes no record


@dataclass(frozen=True)
class Patience:
    """How long to wait for arXiv, in seconds, and how often to ask."""

    connect: float = 10.0
    read: float = 30.0  # between two bytes
    whole: float = 60.0  # for one answer, whatever trickles in
    attempts: int = 6
    longest_pause: float = 120.0  # between two attempts; a longer Retry-After is left to the caller


class ArxivClient:
    """Asks arXiv politely. `sleep` is called for every wait, so that a caller can end one."""

    def __init__(
        self,
        *,
        patience: Patience = Patience(),
        sleep: Callable[[float], None] = time.sleep,
        progress: Progress | None = None,
    ) -> None:
        self._patience = patience
        self._sleep = sleep
        self._progress = progress or Silent()
        self._asker = _Asker(patience)

    def query_slice(self, part: Slice, start: int = 0, size: int = 500) -> Page:
        """Results `start` to `start + size` of the slice, oldest submission first.

        Raises ArxivUnavailable when arXiv keeps failing, ArxivRefused when it won't have the query.
        """
        search = arxiv.Search(
            query=part.query, sort_by=arxiv.SortCriterion.SubmittedDate, sort_order=arxiv.SortOrder.Ascending
        )
        page = self._patiently(search, start, size)
        if page.size == 0 and start == 0:  # arXiv at times finds nothing where there is something
            page = self._patiently(search, start, size)
        return page

    def fetch_ids(self, ids: Sequence[str]) -> list[Record]:
        """The papers of these ids (`2311.12983`, or `2311.12983v1` for a version), those that arXiv knows."""
        records: list[Record] = []
        for some in batches(ids, _IDS_A_QUERY):
            search = arxiv.Search(id_list=some)
            records += self._patiently(search, 0, _IDS_A_QUERY).records
        return records

    def _patiently(self, search: arxiv.Search, start: int, size: int) -> Page:
        """Ask until there is an answer, waiting longer each time; raises what came of the last attempt."""
        attempt = 1
        while True:
            try:
                return self._ask(search, start, size)
            except ArxivUnavailable as error:
                pause = self._pause(error, attempt)
                if pause is None:
                    raise
                self._progress.note(f"{error} Asking again in {pause:.0f} s.")
            self._sleep(pause)
            attempt += 1

    def _pause(self, error: ArxivUnavailable, attempt: int) -> float | None:
        """Seconds until the next attempt: doubling, with jitter, at least what arXiv asked for. None to give up."""
        attempts = 2 if isinstance(error, ArxivUnreachable) else self._patience.attempts
        asked = error.retry_after or 0.0
        if attempt >= attempts or asked > self._patience.longest_pause:
            return None
        doubling = settings.ARXIV_INTERVAL * 2**attempt
        jitter = random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        return max(asked, min(doubling * jitter, self._patience.longest_pause))

    def _ask(self, search: arxiv.Search, start: int, size: int) -> Page:
        lease = self._patience.whole + self._patience.read + 5  # the deadline is looked at between two reads
        with arxiv_turn(interval=settings.ARXIV_INTERVAL, lease=lease, sleep=self._sleep):
            page = _page(self._asker.feed(search, start, size))
        if page.size == 0 and (page.total > start or (start > 0 and page.total == 0)):
            raise ArxivUnavailable("arXiv sent an empty page where it has results.")
        return page


def read_atom(body: bytes) -> Page:
    """A saved answer of the API as a page. Raises NotAtom, or ArxivRefused where it is an error feed."""
    _check_feed(body)
    return _page(_feed.parse(body))


class _Asker(arxiv.Client):
    """The package's client, with our session and address, and one page at a time."""

    def __init__(self, patience: Patience) -> None:
        super().__init__(delay_seconds=0, num_retries=0)  # waits and retries are ours
        self.query_url_format = settings.ARXIV_API_URL + "?{}"
        self._session = _Session(patience)

    def feed(self, search: arxiv.Search, start: int, size: int) -> _feed.ParsedFeed:
        return self._parse_feed(self._format_url(search, start, size))


class _Session(requests.Session):
    """A session that names the installation, ends in time, and lets nothing through but a whole Atom feed."""

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._patience = patience

    def get(self, url: str | bytes, **kwargs: Any) -> requests.Response:
        kwargs["headers"] = {"User-Agent": user_agent()}  # the package's own doesn't say who asks
        deadline = time.monotonic() + self._patience.whole
        try:
            timeout = (self._patience.connect, self._patience.read)
            response = super().get(url, stream=True, timeout=timeout, **kwargs)
            with response:
                body = _read_until(response, deadline)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _connection_trouble(error) from error
        _check_answer(response, body)
        response._content = body  # what `response.content` hands to the package's parser
        return response


@cache
def galley_version() -> str:
    """The version that pyproject.toml names: Galley runs from its folder, and isn't installed as a package."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def user_agent() -> str:
    """Who asks: Galley's version, the installation's address and how to reach its operator."""
    contact = f"; {settings.ARXIV_CONTACT}" if settings.ARXIV_CONTACT else ""
    return f"Galley/{galley_version()} (+{settings.SITE_URL}{contact})"


def _read_until(response: requests.Response, deadline: float) -> bytes:
    """The body, as long as it is whole before `deadline` on the monotonic clock."""
    chunks = []
    while chunk := response.raw.read1(65_536, decode_content=True):
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise ArxivUnavailable("arXiv's answer trickled in too slowly.")
    return b"".join(chunks)


def _connection_trouble(error: Exception) -> ArxivUnavailable:
    # With no retries of its own, urllib3 gives up in this way only where no connection came about.
    if error.args and isinstance(error.args[0], urllib3.exceptions.MaxRetryError):
        return ArxivUnreachable(f"arXiv can't be reached at {settings.ARXIV_API_URL}. Is this machine online?")
    return ArxivUnavailable(f"arXiv's answer broke off or never came ({type(error).__name__}).")


def _check_answer(response: requests.Response, body: bytes) -> None:
    """Raises a named error unless the answer is a whole feed of results."""
    status = response.status_code
    if status in _BUSY:
        raise ArxivUnavailable(
            f"arXiv is busy (status {status}): try again later.",
            retry_after=_seconds(response.headers.get("Retry-After")),
        )
    if status != requests.codes.ok:
        with contextlib.suppress(NotAtom):
            _check_feed(body)
        raise ArxivRefused(f"arXiv refused the query with status {status}.")
    _check_feed(body)


def _seconds(retry_after: str | None) -> float | None:
    """`Retry-After` in seconds, from either of its forms: a number, or a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        then = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (then - dt.datetime.now(dt.UTC)).total_seconds())


def _check_feed(body: bytes) -> None:
    """Raises NotAtom for anything but a whole feed, ArxivRefused for a feed that tells an error."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser=parser)
    except etree.XMLSyntaxError as error:
        start = body[:40].decode(errors="replace").strip()
        raise NotAtom(f"arXiv's answer is not a whole feed (it begins “{start}”).") from error
    if root.tag != f"{_ATOM}feed":
        raise NotAtom("arXiv's answer is no Atom feed.")
    for entry in root.iterfind(f"{_ATOM}entry"):
        if "/api/errors" in entry.findtext(f"{_ATOM}id", ""):
            raise ArxivRefused(f"arXiv refused the query: {entry.findtext(f'{_ATOM}summary', '').strip()}.")


def _page(feed: _feed.ParsedFeed) -> Page:
    records, unreadable = [], []
    for result in feed.results:
        try:
            records.append(_record(result))
        except MalformedId as error:
            unreadable.append(str(error))
    return Page(tuple(records), feed.header.total_results, len(feed.results), tuple(unreadable))


def _record(result: arxiv.Result) -> Record:
    """The package's result in our words. Raises MalformedId."""
    arxiv_id, number = parse_arxiv_id(result.entry_id)
    abstract, comment, journal_ref = (
        clean_text(text or "") for text in (result.summary, result.comment, result.journal_ref)
    )
    return Record(
        arxiv_id=arxiv_id,
        version=number or 1,
        title=clean_text(result.title),
        abstract=abstract,
        authors=clean_names(author.name for author in result.authors),
        categories=arxiv_categories(result.primary_category, result.categories),
        submitted_at=result.published,
        updated_at=result.updated,
        comment=comment,
        journal_ref=journal_ref,
        doi=result.doi or "",
        withdrawn=is_withdrawal(abstract=abstract, comment=comment, journal_ref=journal_ref),
    )
