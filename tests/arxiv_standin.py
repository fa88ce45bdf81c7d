"""A stand-in for arXiv's API on loopback: real HTTP, the query language as Galley uses it, today's Atom form.

It serves papers told as in the JSON Lines of `../shared/data`, and misbehaves on demand:

    with ArxivStandin.serving(papers, faults=[Fault.RATE_EXCEEDED, None, Fault.CUT_FEED]) as standin:
        settings.ARXIV_API_URL = standin.url

Each request takes the next fault; None, or the end of the list, means a proper answer. Instead of a list, a function
may choose the fault by the request's parameters. `standin.asked` tells what was asked, when and by whom.
To try things by hand: `python -m tests.arxiv_standin FILE… --port 8100`.
"""

import argparse
import datetime as dt
import gzip
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import format_datetime
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, quoteattr

from tracker.announcements import NEW_YORK, listing_day
from tracker.records import MalformedId, parse_arxiv_id


class Fault(Enum):
    """What may go wrong with one answer."""

    RATE_EXCEEDED = auto()  # 429, `Rate exceeded.`
    RATE_EXCEEDED_200 = auto()  # the same words with status 200
    BUSY = auto()  # 503, Retry-After: 1
    BUSY_UNTIL = auto()  # 503, Retry-After: a date one second ahead
    BUSY_LONG = auto()  # 503, Retry-After: 3600
    EMPTY_PAGE = auto()  # no entries, though the total says there are
    NOTHING = auto()  # no entries, and a total of 0
    CUT_FEED = auto()  # the first half of the answer, in a well-formed HTTP response
    BROKEN_OFF = auto()  # half of the announced length, then the connection closes
    STALL = auto()  # half of the answer, then silence
    TRICKLE = auto()  # a byte at a time
    HTML = auto()  # a web page, with status 200
    DUPLICATES = auto()  # the page begins with what ended the page before
    PAPER_ADDED = auto()  # before answering, a paper comes in at the front of the result
    PAPER_GONE = auto()  # before answering, the first paper of the result leaves it


Faults = Sequence[Fault | None] | Callable[[dict[str, str]], Fault | None]


@dataclass
class Asked:
    """One request: its parameters, who asked, and when it came and was answered (time.time(); 0 until then)."""

    params: dict[str, str]
    user_agent: str
    fault: Fault | None
    began: float
    ended: float = 0.0


class BadQuery(Exception):
    """What the API answers with status 400."""


@dataclass
class Paper:
    """One paper of the stand-in, with all that an entry shows."""

    told: dict
    arxiv_id: str
    version: int
    submitted: dt.datetime
    updated: dt.datetime
    categories: tuple[str, ...]


class ArxivStandin:
    """The server. `papers` are dicts in the form of `../shared/data`."""

    def __init__(self, papers: Iterable[dict], faults: Faults = (), *, port: int = 0) -> None:
        self.papers = with_instants(list({paper["id"]: paper for paper in papers}.values()))  # the last of an id
        self.faults = faults if callable(faults) else list(faults)
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._server = _Server(self, port)
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/query"

    @classmethod
    @contextmanager
    def serving(cls, papers: Iterable[dict], faults: Faults = ()) -> Iterator[Self]:
        """A stand-in that answers until the block ends."""
        standin = cls(papers, faults)
        thread = threading.Thread(target=standin.serve, daemon=True)
        thread.start()
        try:
            yield standin
        finally:
            standin.closing.set()
            standin._server.shutdown()
            standin._server.server_close()
            thread.join()

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    @contextmanager
    def logged(self, params: dict[str, str], user_agent: str) -> Iterator[Fault | None]:
        """Note a request from its beginning to its end, and give it its fault."""
        with self._lock:
            asked = Asked(params, user_agent, self._next_fault(params), time.time())
            self.asked.append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield asked.fault
        finally:
            with self._lock:
                self._at_once -= 1
                asked.ended = time.time()

    def _next_fault(self, params: dict[str, str]) -> Fault | None:
        if callable(self.faults):
            return self.faults(params)
        return self.faults.pop(0) if self.faults else None

    def found(self, params: dict[str, str]) -> list[Paper]:
        """The whole result of a query, sorted. Raises BadQuery."""
        if ids := params.get("id_list", ""):
            found = [paper for text in ids.split(",") if (paper := self._by_id(text))]
        else:
            wanted = parse_query(params.get("search_query", ""))
            found = [paper for paper in self.papers if wanted(paper)]
        sorts = {"submittedDate": lambda paper: paper.submitted, "lastUpdatedDate": lambda paper: paper.updated}
        if key := sorts.get(params.get("sortBy", "relevance")):
            found.sort(key=key, reverse=params.get("sortOrder", "descending") == "descending")
        return found

    def _by_id(self, text: str) -> Paper | None:
        try:
            arxiv_id, version = parse_arxiv_id(text)
        except MalformedId as error:
            raise BadQuery(f"incorrect id format for {text}") from error
        return next(
            (p for p in self.papers if p.arxiv_id == arxiv_id and (version is None or version == p.version)), None
        )

    def disturb(self, fault: Fault | None, params: dict[str, str]) -> None:
        """Move the result while it is read."""
        if fault in (Fault.PAPER_GONE, Fault.PAPER_ADDED) and (found := self.found(params)):
            if fault is Fault.PAPER_GONE:
                self.papers.remove(found[0])
            else:
                self.papers.append(self._newcomer_before(found[0]))

    def _newcomer_before(self, first: Paper) -> Paper:
        arxiv_id = f"{first.arxiv_id[:5]}{int(first.arxiv_id[5:]) + 50_000}"
        told = {**first.told, "id": arxiv_id, "title": "A paper that came late"}
        submitted = first.submitted - dt.timedelta(seconds=1)
        return Paper(told, arxiv_id, 1, submitted, submitted, first.categories)

    def feed(self, params: dict[str, str], fault: Fault | None) -> str:
        """The answer's Atom. Raises BadQuery."""
        start, size = _number(params, "start", 0, 30_000), _number(params, "max_results", 10, 2_000)
        found = self.found(params)
        shown = found[start : start + size]
        if fault in (Fault.EMPTY_PAGE, Fault.NOTHING):
            shown = []
        elif fault is Fault.DUPLICATES:
            shown = found[max(start - 3, 0) : start - 3 + size]
        return atom(params, shown, total=0 if fault is Fault.NOTHING else len(found), start=start, size=size)


def _number(params: dict[str, str], name: str, default: int, limit: int) -> int:
    text = params.get(name, str(default))
    if not text.isdigit() or int(text) > limit:
        raise BadQuery(f"{name} must be a number from 0 to {limit}")
    return int(text)


# Submission instants --------------------------------------------------------------------------------------------


def with_instants(told: list[dict]) -> list[Paper]:
    """Papers with a submission instant each: their own, or one that arXiv's schedule maps to their listing day.

    As in arXiv's own batches, instants rise with the ids of a listing: from one exact instant to the next.
    """
    by_day: defaultdict[dt.date, list[dict]] = defaultdict(list)
    for paper in sorted(told, key=lambda paper: paper["id"]):
        if paper.get("announced"):
            by_day[dt.date.fromisoformat(paper["announced"])].append(paper)
    spread = {}
    for day, listing in by_day.items():
        spread |= _spread(listing, _closing(day))
    return [_paper(paper, spread.get(paper["id"])) for paper in told]


def _spread(listing: list[dict], closing: dt.datetime) -> dict[str, dt.datetime]:
    """An instant for each paper of a listing, evenly between those that are exact and in order."""
    known = [(-1, closing - dt.timedelta(hours=23))]
    for place, paper in enumerate(listing):
        if paper.get("published_kind") == "exact" and known[-1][1] <= (exact := _exact(paper)) < closing:
            known.append((place, exact))
    known.append((len(listing), closing))
    instants = {}
    for (first, start), (last, end) in pairwise(known):
        for place in range(first + 1, last):
            instants[listing[place]["id"]] = start + (end - start) * (place - first) / (last - first)
    return instants


def _exact(paper: dict) -> dt.datetime:
    return dt.datetime.fromisoformat(paper["published"].replace("Z", "+00:00"))


def _closing(announced: dt.date) -> dt.datetime:
    """When the batch closed that was announced on the day."""
    for back in range(1, 6):
        day = announced - dt.timedelta(days=back)
        closing = dt.datetime(day.year, day.month, day.day, 14, tzinfo=NEW_YORK)
        if listing_day(closing - dt.timedelta(minutes=1)) == announced and day.weekday() < 5:
            return closing.astimezone(dt.UTC)
    return dt.datetime(announced.year, announced.month, announced.day, tzinfo=dt.UTC)  # a day without a listing


def _paper(told: dict, spread: dt.datetime | None) -> Paper:
    published = told.get("published", "")
    if told.get("published_kind") == "exact_day" or (spread is None and len(published) == 10):
        submitted = dt.datetime.fromisoformat(f"{published}T12:00:00+00:00")
    elif spread is not None and told.get("published_kind") != "exact":
        submitted = spread
    else:
        submitted = _exact(told)
    submitted = submitted.astimezone(dt.UTC).replace(microsecond=0)
    updated = told.get("updated", "")
    return Paper(
        told=told,
        arxiv_id=told["id"],
        version=told.get("version", 1),
        submitted=submitted,
        updated=dt.datetime.fromisoformat(f"{updated[:10]}T12:00:00+00:00") if updated else submitted,
        categories=tuple(told.get("categories", ["cs.CL"])),
    )


# The query language ---------------------------------------------------------------------------------------------

_TOKEN = re.compile(r'\s*(\(|\)|submittedDate:\[\d{12} TO \d{12}\]|[a-z]+:(?:"[^"]*"|[^\s()]+)|ANDNOT\b|AND\b|OR\b)')
Wanted = Callable[[Paper], bool]


def parse_query(text: str) -> Wanted:
    """What a `search_query` asks for: terms joined by AND, OR, ANDNOT and parentheses. Raises BadQuery."""
    tokens, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise BadQuery(f"can't read the query at “{text[position : position + 30]}”")
        tokens.append(match[1])
        position = match.end()
    if not tokens:
        raise BadQuery("the query is empty")
    wanted = _any_of(tokens)
    if tokens:
        raise BadQuery(f"can't read the query at “{tokens[0]}”")
    return wanted


def _any_of(tokens: list[str]) -> Wanted:
    wanted = _all_of(tokens)
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        wanted = _either(wanted, _all_of(tokens))
    return wanted


def _all_of(tokens: list[str]) -> Wanted:
    wanted = _term(tokens)
    while tokens and tokens[0] in ("AND", "ANDNOT"):
        negated = tokens.pop(0) == "ANDNOT"
        wanted = _both(wanted, _term(tokens), negated)
    return wanted


def _either(a: Wanted, b: Wanted) -> Wanted:
    return lambda paper: a(paper) or b(paper)


def _both(a: Wanted, b: Wanted, negated: bool) -> Wanted:
    return lambda paper: a(paper) and b(paper) != negated


def _term(tokens: list[str]) -> Wanted:
    token = tokens.pop(0) if tokens else ")"
    if token == "(":
        wanted = _any_of(tokens)
        if not tokens or tokens.pop(0) != ")":
            raise BadQuery("a parenthesis is not closed")
        return wanted
    field, _, value = token.partition(":")
    value = value.strip('"')
    if field == "submittedDate":
        first, last = (f"{day}" for day in value.strip("[]").split(" TO "))
        return lambda paper: first <= f"{paper.submitted:%Y%m%d%H%M}" <= last
    if field == "cat":
        return lambda paper: value in paper.categories
    if field in ("ti", "abs", "all"):
        keys = {"ti": ("title",), "abs": ("abstract",), "all": ("title", "abstract")}[field]
        return lambda paper: any(value.lower() in paper.told[key].lower() for key in keys)
    raise BadQuery(f"unknown field in “{token}”")


# Answers --------------------------------------------------------------------------------------------------------

_HEAD = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">
"""


def atom(params: dict[str, str], papers: Sequence[Paper], *, total: int, start: int, size: int) -> str:
    """A page of results in the form that arXiv answers with today."""
    query = f"search_query={params.get('search_query', '')}&id_list={params.get('id_list', '')}"
    link = quoteattr(f"https://arxiv.org/api/query?{query}&start={start}&max_results={size}")
    return (
        f"{_HEAD}  <id>https://arxiv.org/api/standin</id>\n"
        f"  <title>arXiv Query: {escape(f'{query}&start={start}&max_results={size}')}</title>\n"
        f"  <updated>{_instant(dt.datetime.now(dt.UTC))}</updated>\n"
        f'  <link href={link} type="application/atom+xml"/>\n'
        f"  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults>{total}</opensearch:totalResults>\n"
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>\n" + "".join(map(entry, papers)) + "</feed>\n"
    )


def entry(paper: Paper) -> str:
    told, name = paper.told, f"{paper.arxiv_id}v{paper.version}"
    optional = [
        f"    <arxiv:{tag}>{escape(told[key])}</arxiv:{tag}>\n"
        for tag, key in (("comment", "comment"), ("journal_ref", "journal_ref"), ("doi", "doi"))
        if told.get(key)
    ]
    primary = told.get("primary", paper.categories[0])
    return "".join(
        [
            f"  <entry>\n    <id>http://arxiv.org/abs/{name}</id>\n    <title>{escape(told['title'])}</title>\n",
            f"    <updated>{_instant(paper.updated)}</updated>\n",
            f'    <link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>\n',
            f'    <link href="https://arxiv.org/pdf/{name}" rel="related" type="application/pdf" title="pdf"/>\n',
            f"    <summary>{escape(told['abstract'])}</summary>\n",
            *(
                f'    <category term={quoteattr(code)} scheme="http://arxiv.org/schemas/atom"/>\n'
                for code in paper.categories
            ),
            f"    <published>{_instant(paper.submitted)}</published>\n",
            *optional[:1],
            f"    <arxiv:primary_category term={quoteattr(primary)}/>\n",
            *optional[1:],
            *(
                f"    <author>\n      <name>{escape(author)}</name>\n    </author>\n"
                for author in told.get("authors", ["A. N. Author"])
            ),
            "  </entry>\n",
        ]
    )


def error_feed(message: str) -> str:
    """An error in the form that arXiv answers with today."""
    address = escape(f"https://arxiv.org/api/errors#{message.replace(' ', '_')}")
    return (
        f"{_HEAD}  <id>https://arxiv.org/</id>\n  <title>arXiv Search Results</title>\n"
        "  <opensearch:totalResults>1</opensearch:totalResults>\n"
        f"  <entry>\n    <id>{address}</id>\n    <title>Error</title>\n"
        f"    <updated>{_instant(dt.datetime.now(dt.UTC))}</updated>\n    <summary>{escape(message)}</summary>\n"
        "    <author>\n      <name>arXiv api core</name>\n    </author>\n  </entry>\n</feed>\n"
    )


def _instant(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, standin: ArxivStandin, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.standin = standin


class _Handler(BaseHTTPRequestHandler):
    """One connection: each request gets its answer, or what its fault makes of it."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the client's acknowledgement

    def do_GET(self) -> None:
        params = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        with self.server.standin.logged(params, self.headers.get("User-Agent", "")) as fault:
            try:
                self._answer(params, fault)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client lost its patience

    def _answer(self, params: dict[str, str], fault: Fault | None) -> None:
        if fault in (Fault.RATE_EXCEEDED, Fault.RATE_EXCEEDED_200):
            status = 429 if fault is Fault.RATE_EXCEEDED else 200
            return self._send(status, "Rate exceeded.", "text/plain")
        if fault in (Fault.BUSY, Fault.BUSY_UNTIL, Fault.BUSY_LONG):
            soon = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1), usegmt=True)
            after = {Fault.BUSY: "1", Fault.BUSY_UNTIL: soon, Fault.BUSY_LONG: "3600"}[fault]
            return self._send(503, "Service Unavailable", "text/plain", {"Retry-After": after})
        if fault is Fault.HTML:
            return self._send(200, "<!DOCTYPE html><html><body><h1>arXiv</h1></body></html>", "text/html")
        self.server.standin.disturb(fault, params)
        try:
            body = self.server.standin.feed(params, fault)
        except BadQuery as error:
            return self._send(400, error_feed(str(error)))
        if fault is Fault.CUT_FEED:
            body = body[: len(body) // 2]
        return self._send(200, body, fault=fault)

    def _send(
        self,
        status: int,
        text: str,
        content_type: str = "application/atom+xml; charset=utf-8",
        headers: dict[str, str] | None = None,
        fault: Fault | None = None,
    ) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": len(body), **(headers or {})}.items():
            self.send_header(name, str(value))
        self.end_headers()
        if fault in (Fault.STALL, Fault.BROKEN_OFF):
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            if fault is Fault.STALL:
                self.server.standin.closing.wait(60)
            self.close_connection = True
        elif fault is Fault.TRICKLE:
            for byte in body:
                self.wfile.write(bytes([byte]))
                self.server.standin.closing.wait(0.02)
        else:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


# By hand --------------------------------------------------------------------------------------------------------


def read_papers(path: Path) -> list[dict]:
    """The papers of a JSON Lines file, compressed or not."""
    body = path.read_bytes()
    text = (gzip.decompress(body) if path.suffix == ".gz" else body).decode()
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Answer as arXiv's API would, from files.")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--port", type=int, default=8100)
    options = parser.parse_args()
    standin = ArxivStandin([paper for path in options.files for paper in read_papers(path)], port=options.port)
    print(f"{len(standin.papers)} papers; set ARXIV_API_URL={standin.url} (Ctrl-C ends)", flush=True)
    try:
        standin.serve()
    except KeyboardInterrupt:
        print("ended")


if __name__ == "__main__":
    main()
