"""Records from files: our JSON Lines, arXiv's bulk metadata snapshot, saved Atom; plain or gzipped.

What a file holds is told from its content, never from its name.
"""

import datetime as dt
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from tracker.arxiv_client import ArxivRefused, NotAtom, read_atom
from tracker.errors import GalleyError
from tracker.records import (
    AbstractKind,
    MalformedId,
    Record,
    arxiv_categories,
    clean_names,
    clean_text,
    is_withdrawal,
    parse_arxiv_id,
)

_GZIP_MAGIC = b"\x1f\x8b"
_PATIENCE = 100  # bad lines in a row at the start until the file is held to be no file of papers
_ID_LENGTH = 32
_EARLIEST, _LATEST = dt.date(1986, 1, 1), dt.date(2099, 12, 31)  # arXiv holds papers dated before its own beginning
_NOON = dt.time(12, tzinfo=dt.UTC)


class UnreadableFile(GalleyError):
    """The file is missing, can't be read, or holds no papers in a form that Galley knows."""


class BadRecord(GalleyError):
    """A line or entry that makes no paper."""


@dataclass(frozen=True)
class BadLine:
    """A line (or an entry of a feed), counted from 1, that was passed over, and why."""

    number: int
    reason: str


def read_records(path: Path) -> Iterator[Record | BadLine]:
    """The file's papers in their order, one at a time. Raises UnreadableFile, at the latest at the first one."""
    told = _read(path)
    bad: list[BadLine] = []
    for item in told:  # until the first paper: a file that begins with nothing but bad lines is no file of papers
        if isinstance(item, Record):
            yield from bad
            yield item
            yield from told
            return
        bad.append(item)
        if len(bad) == _PATIENCE:
            break
    reason = f"line {bad[0].number}: {bad[0].reason}" if bad else "it is empty."
    raise UnreadableFile(f"{path} holds no papers that Galley can read: {reason}")


def count_records(path: Path) -> int:
    """How many records the file has, good or bad, without reading them. Raises UnreadableFile."""
    with _opened(path) as lines:
        if _is_xml(lines):
            return sum(1 for _ in _feed(lines.read(), path))
        return sum(1 for line in lines if line.strip())


def _read(path: Path) -> Iterator[Record | BadLine]:
    with _opened(path) as lines:
        yield from _feed(lines.read(), path) if _is_xml(lines) else _lines(lines)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, unzipped; whatever goes wrong while they are read is told as UnreadableFile."""
    try:
        with path.open("rb") as file:
            start = file.read(4096)
            file.seek(0)
            if start.startswith(_GZIP_MAGIC):
                yield cast(BinaryIO, gzip.GzipFile(fileobj=file))
            elif b"\0" in start:
                raise UnreadableFile(f"{path} is no text. Give JSON Lines or a saved Atom feed, gzipped or not.")
            else:
                yield file
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableFile(f"{path} can't be read: {reason}.") from error


def _is_xml(lines: BinaryIO) -> bool:
    start = lines.read(256).removeprefix(b"\xef\xbb\xbf").lstrip()
    lines.seek(0)
    return start.startswith(b"<")


def _feed(body: bytes, path: Path) -> Iterator[Record | BadLine]:
    try:
        page = read_atom(body)
    except (NotAtom, ArxivRefused) as error:
        raise UnreadableFile(f"{path} is no saved answer of arXiv's API: {error}") from error
    yield from page.records
    yield from (BadLine(number, reason) for number, reason in enumerate(page.unreadable, 1))


def _lines(lines: BinaryIO) -> Iterator[Record | BadLine]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _record(json.loads(line.decode("utf-8-sig")))
            except UnicodeDecodeError:
                yield BadLine(number, "it isn't UTF-8 text.")
            except (json.JSONDecodeError, RecursionError):
                yield BadLine(number, "it isn't JSON, one object a line.")
            except (BadRecord, MalformedId) as error:
                yield BadLine(number, str(error))


def _record(told: Any) -> Record:
    """One JSON object as a record. Raises BadRecord, MalformedId."""
    if not isinstance(told, dict):
        raise BadRecord("it isn't a JSON object with a paper's id, title and abstract.")
    return _bulk_record(told) if "versions" in told or "authors_parsed" in told else _own_record(told)


def _own_record(told: dict[str, Any]) -> Record:
    """A line in the form of Galley's own files; `../shared/data/README.md` tells the keys."""
    categories = _strings(told, "categories")
    primary = _text(told, "primary") or (categories[0] if categories else "")
    kind = AbstractKind.TRUNCATED if told.get("abstract_truncated") else AbstractKind.AUTHORS
    if "abstract_kind" in told:
        kind = _abstract_kind(told["abstract_kind"])
    announced = _text(told, "announced")
    return _checked(
        told,
        authors=_strings(told, "authors"),
        categories=arxiv_categories(primary, categories),
        abstract_kind=kind,
        submitted_at=_own_submission(told),
        updated_at=_instant(_text(told, "updated")),
        announced_on=_day(announced) if announced else None,
        version=_version(told.get("version")),
        comment=_text(told, "comment"),
        journal_ref=_text(told, "journal_ref"),
        licence=_text(told, "licence"),
        partial=frozenset(name for name in ("authors", "categories") if told.get(f"{name}_partial")),
    )


def _own_submission(told: dict[str, Any]) -> dt.datetime | None:
    """The submission instant, if `published` is one: it may also be a listing day, or a guess from the id."""
    if told.get("published_kind") in ("announced", "estimated_from_id"):
        return None
    return _instant(_text(told, "published"))


def _bulk_record(told: dict[str, Any]) -> Record:
    """A line of the metadata snapshot that arXiv publishes on Kaggle."""
    versions = told.get("versions") or []
    if not isinstance(versions, list) or not all(isinstance(version, dict) for version in versions):
        raise BadRecord("its versions are no list of objects.")
    created = [_mail_date(_text(version, "created")) for version in versions]
    primary, *others = _text(told, "categories").split() or [""]
    return _checked(
        told,
        authors=_bulk_authors(told),
        categories=arxiv_categories(primary, others),
        submitted_at=created[0] if created else None,
        updated_at=created[-1] if created else _instant(_text(told, "update_date")),
        version=_version(_text(versions[-1], "version")) if versions else None,
        comment=_text(told, "comments"),
        journal_ref=_text(told, "journal-ref"),
        licence=_text(told, "license"),
    )


def _bulk_authors(told: dict[str, Any]) -> list[str]:
    """Names from `authors_parsed`, a list of [last, first, suffix, affiliation…], or else from `authors`, a line."""
    parsed = told.get("authors_parsed")
    if not parsed:
        return [name.strip() for name in re.split(r",| and ", _text(told, "authors")) if name.strip()]
    if not isinstance(parsed, list) or not all(isinstance(name, list) and name for name in parsed):
        raise BadRecord("its authors_parsed is no list of names.")
    return [" ".join(str(part) for part in [*name[1:2], name[0], *name[2:3]] if part) for name in parsed]


def _checked(
    told: dict[str, Any], *, authors: list[str], version: int | None, comment: str, journal_ref: str, **known: Any
) -> Record:
    """The record, with what both forms have in common. Raises BadRecord, MalformedId."""
    arxiv_id, id_version = parse_arxiv_id(_text(told, "id"))
    title, abstract = _text(told, "title"), _text(told, "abstract")
    if len(arxiv_id) > _ID_LENGTH:
        raise BadRecord("its id is too long to be arXiv's.")
    if not title or not abstract:
        raise BadRecord(f"{arxiv_id} has no {'abstract' if title else 'title'}.")
    return Record(
        arxiv_id=arxiv_id,
        title=title,
        abstract=abstract,
        authors=clean_names(authors),
        version=version or id_version or 1,
        comment=comment,
        journal_ref=journal_ref,
        doi=_text(told, "doi"),
        withdrawn=is_withdrawal(abstract=abstract, comment=comment, journal_ref=journal_ref),
        **known,
    )


def _text(told: dict[str, Any], key: str) -> str:
    value = told.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRecord(f"its {key} is no text.")
    return clean_text(value)


def _strings(told: dict[str, Any], key: str) -> list[str]:
    values = told.get(key) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadRecord(f"its {key} are no list of texts.")
    return values


def _abstract_kind(value: Any) -> AbstractKind:
    try:
        return AbstractKind(value)
    except ValueError as error:
        raise BadRecord(f"its abstract_kind must be one of {', '.join(AbstractKind)}.") from error


def _version(value: Any) -> int | None:
    """A version from 2, "2" or "v2"; None where none is told."""
    if value in (None, ""):
        return None
    digits = str(value).removeprefix("v")
    if not digits.isdecimal() or not 0 < int(digits) < 1000:
        raise BadRecord(f"its version “{value}” is no number.")
    return int(digits)


def _day(text: str) -> dt.date:
    try:
        return _plausible(dt.date.fromisoformat(text))
    except ValueError as error:
        raise BadRecord(f"“{text}” is no date: write it like 2023-11-20.") from error


def _instant(text: str) -> dt.datetime | None:
    """An instant in UTC; noon where only the day is told; None for no text."""
    if not text:
        return None
    if len(text) == len("2023-11-20"):
        return dt.datetime.combine(_day(text), _NOON)
    try:
        return _utc(dt.datetime.fromisoformat(text))
    except ValueError as error:
        raise BadRecord(f"“{text}” is no instant: write it like 2023-11-20T14:00:00Z.") from error


def _mail_date(text: str) -> dt.datetime | None:
    """An instant as the bulk snapshot writes it: `Mon, 2 Apr 2007 19:18:42 GMT`."""
    if not text:
        return None
    try:
        return _utc(parsedate_to_datetime(text))
    except ValueError as error:
        raise BadRecord(f"“{text}” is no date.") from error


def _utc(moment: dt.datetime) -> dt.datetime:
    _plausible(moment.date())
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _plausible(day: dt.date) -> dt.date:
    if not _EARLIEST <= day <= _LATEST:
        raise ValueError("no day on which a paper came to arXiv")
    return day
