"""The public archive as a folder of files that opens from disk and from any host of static files.

It asks the site itself for its pages, from the front page along the links as a stranger would, so that it follows
whatever addresses there are. What needs a server, such as search, leads to the site as it runs.
"""

import html
import os
import posixpath
import re
import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponseBase
from django.test import Client

from tracker.errors import GalleyError
from tracker.progress import Progress

# First words of addresses that need a server or a person.
LIVE = frozenset(("accounts", "admin", "api", "desk", "library", "mail", "search", "subscribe"))
SEEDS = ("/", "/robots.txt", "/sitemap.xml")
MARK = ".galley-site"  # tells a folder of ours, which may be written again
PAGES_TOLD = 50  # pages between two reports of progress
_LINK_ATTRIBUTES = ("href", "src", "action", "poster", "data-copy-from", "data-copy-words", "data-copy-citation")
_ATTRIBUTE = re.compile(r"(?P<start>\s(?P<name>[a-zA-Z-]+)=)(?P<quote>[\"'])(?P<value>.*?)(?P=quote)", re.DOTALL)
_DOWNLOAD = re.compile(r'attachment; filename="(?P<file>[\w.-]+)"')
_SHARED = re.compile(r'<meta [^>]*content="(https?://[^"]+)"')  # pictures for those who share a link
_STYLE_URL = re.compile(r"url\(\s*[\"']?(?P<value>[^\"')]+)[\"']?\s*\)")


class FolderInUse(GalleyError):
    """The folder holds something that isn't ours to replace."""


class BrokenPage(GalleyError):
    """A page of the site can't be had."""


@dataclass
class Written:
    """What the site came to."""

    pages: int = 0
    files: int = 0
    size: int = 0  # bytes
    live_links: set[str] = field(default_factory=set)  # addresses that lead to the running site


def export_site(folder: Path, *, progress: Progress) -> Written:
    """Write the site into the folder; one that an earlier call wrote is replaced once the new one is whole.

    Raises FolderInUse, BrokenPage.
    """
    folder = folder.resolve()
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise FolderInUse(f"{folder} holds other things: name a folder that is empty or new.")
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        fresh.mkdir(parents=True)
    except OSError as error:
        raise FolderInUse(f"{fresh.parent} can't be written: {error.strerror}.") from error
    try:
        written = _Site(fresh, progress).write()
        (fresh / MARK).write_text("Written by Galley's export_site, which replaces this folder when it runs again.\n")
        _swap(fresh, folder)
    finally:
        _remove(fresh)
    return written


def _swap(fresh: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.replace(old)
    fresh.replace(folder)
    _remove(old)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


class _Site:
    """One walk over the site. `places` tells of each address the file that holds it, or None where it stays live."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.folder, self.progress = folder, progress
        self.origin = settings.SITE_URL
        self.client = Client(headers={"host": urlsplit(self.origin).netloc})
        self.places: dict[str, str | None] = {}
        self.pages: deque[tuple[str, bytes, str]] = deque()
        self.waiting: deque[str] = deque()
        self.asked = 0
        self.written = Written()

    def write(self) -> Written:
        """Pages wait until all that they link to is known, so that each link is written once and right."""
        self.progress.start("Pages", None)
        for address in SEEDS:
            self._place(address)
        while self.waiting:
            self._fetch(self.waiting.popleft())
        for address, content, kind in self.pages:
            self._keep(address, self._rewritten(address, content, kind))
        return self.written

    def _place(self, address: str) -> str | None:
        """Where the address will be found in the folder. Asked for the first time, it is queued."""
        address = _spelt(address)
        if address not in self.places:
            is_live = address.lstrip("/").split("/")[0].split("?")[0] in LIVE
            self.places[address] = None if is_live else _file_of(address)
            if not is_live:
                self.waiting.append(address)
        return self.places[address]

    def _fetch(self, address: str) -> None:
        if address.startswith(_static_root()):
            content = _static_file(address)
            self._take(address, content, "text/css" if address.endswith(".css") else "")
            return
        response = self.client.get(address, secure=self.origin.startswith("https"))
        if response.status_code in (301, 302) and (target := self._own(address, response["Location"])):
            self.places[address] = self._place(target)  # the same file, by its one address
        elif response.status_code == 503:
            self.places[address] = None  # a file that a worker makes, or that can't be made here
        elif response.status_code != 200:
            raise BrokenPage(f"{address} answers {response.status_code}: put that right first.")
        elif response.cookies:
            self.places[address] = None  # a page that remembers its visitor needs a server
        elif name := _DOWNLOAD.match(response.get("Content-Disposition", "")):
            self.places[address] = posixpath.join(posixpath.dirname(_file_of(address)), name["file"])
            self._keep(address, _content(response))
        else:
            self._take(address, _content(response), response["Content-Type"].split(";")[0])
        self.asked += 1
        if self.asked % PAGES_TOLD == 0:
            self.progress.advance(PAGES_TOLD)

    def _take(self, address: str, content: bytes, kind: str) -> None:
        """Keep the content until its links can be written, or put it into the folder if it has none."""
        links = _FINDERS.get(kind)
        if links is None:
            self._keep(address, content)
            return
        self.written.pages += kind == "text/html"
        self.pages.append((address, content, kind))
        for link in links(content.decode()):
            if target := self._own(address, link):
                self._place(target)

    def _keep(self, address: str, content: bytes) -> None:
        place = self.places[address]
        assert place is not None
        path = self.folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.written.files += 1
        self.written.size += len(content)

    def _own(self, page: str, link: str) -> str | None:
        """The address on this site that a page's link leads to, without its fragment; None for any other."""
        whole = urlsplit(urljoin(self.origin + page, link.strip()))
        if f"{whole.scheme}://{whole.netloc}" != self.origin:
            return None
        return whole.path + (f"?{whole.query}" if whole.query else "")

    def _rewritten(self, address: str, content: bytes, kind: str) -> bytes:
        if kind == "text/css":
            text = _STYLE_URL.sub(lambda m: f'url("{self._link(address, m["value"])}")', content.decode())
            return text.encode()
        return _Page(content.decode(), lambda link: self._link(address, link)).text.encode()

    def _link(self, page: str, link: str) -> str:
        """The link as it works from the page's file: relative, or to the running site."""
        target = self._own(page, link)
        if target is None or link.startswith("#"):
            return link
        fragment = urldefrag(link)[1]
        place, here = self.places.get(_spelt(target)), self.places[page]
        if place is None or here is None:
            self.written.live_links.add(target)
            return urljoin(self.origin + page, link)
        relative = posixpath.relpath(place, posixpath.dirname(here) or ".")
        return _quoted(relative) + (f"#{fragment}" if fragment else "")


def _file_of(address: str) -> str:
    """The file for an address: a folder's index, and a query as part of the name."""
    path, _, query = address.partition("?")
    name = unquote(path).lstrip("/")
    name = f"{name}index.html" if not name or name.endswith("/") else name
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise BrokenPage(f"{address} can't be a file's name.")
    if query:
        stem, suffix = posixpath.splitext(name)
        name = f"{stem}-{re.sub(r'[^A-Za-z0-9]+', '-', unquote(query))}{suffix}"
    return name


def _spelt(address: str) -> str:
    """The address in the one spelling that it is known by: a page may quote a letter that another leaves as it is."""
    path, mark, query = address.partition("?")
    return quote(unquote(path), safe="/~") + mark + query


def _quoted(path: str) -> str:
    return re.sub(r"[%?#\"' ]", lambda match: f"%{ord(match[0]):02X}", path)


def _static_root() -> str:
    return urlsplit(settings.STATIC_URL).path


def _static_file(address: str) -> bytes:
    """A static file as collected, or else from where it is written."""
    name = unquote(address.removeprefix(_static_root()).partition("?")[0])
    collected = Path(settings.STATIC_ROOT) / name
    found = collected if collected.is_file() else finders.find(name)
    if not found:
        raise BrokenPage(f"{address} isn't there: run `manage.py collectstatic` first.")
    return Path(str(found)).read_bytes()


def _content(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


class _Page(HTMLParser):
    """A page written again letter by letter, with each link put through `change`, and without forms that post."""

    def __init__(self, source: str, change: Callable[[str], str]) -> None:
        super().__init__(convert_charrefs=False)
        self._change, self._pieces, self._in_form = change, [""], False
        self.feed(source)
        self.close()
        self.text = "".join(self._pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "form" and (dict(attrs).get("method") or "get").lower() == "post":
            self._in_form = True
        self._say(_ATTRIBUTE.sub(self._attribute, self.get_starttag_text() or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._say(_ATTRIBUTE.sub(self._attribute, self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._in_form:
            self._in_form = False
            return
        self._say(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._say(data)

    def handle_entityref(self, name: str) -> None:
        self._say(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._say(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._say(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._say(f"<!{decl}>")

    def _say(self, text: str) -> None:
        if not self._in_form:
            self._pieces.append(text)

    def _attribute(self, match: re.Match[str]) -> str:
        if match["name"].lower() not in _LINK_ATTRIBUTES:
            return match[0]
        changed = html.escape(self._change(html.unescape(match["value"])))
        return f"{match['start']}{match['quote']}{changed}{match['quote']}"


def _links_of_page(source: str) -> list[str]:
    links: list[str] = []

    def note(link: str) -> str:
        links.append(link)
        return link

    _Page(source, note)
    return links + [html.unescape(link) for link in _SHARED.findall(source)]


_FINDERS: dict[str, Callable[[str], list[str]]] = {
    "text/html": _links_of_page,
    "text/css": _STYLE_URL.findall,
}
