"""Galley's JSON, read back exactly. Pure."""

import datetime as dt
import json
from typing import Any

from digests.export.structured import SCHEMA
from digests.importing.parsed import ImportedDigest, ImportedEntry, ImportedSection, UnreadableFile
from tracker.weeks import MalformedWeek, Week


def read_json(text: str) -> ImportedDigest:
    """The digest. Raises UnreadableFile."""
    try:
        data = json.loads(text)
        if data.get("schema") != SCHEMA:
            raise UnreadableFile(f"This JSON isn't a digest of Galley's: its “schema” must be “{SCHEMA}”.")
        return _digest(data)
    except json.JSONDecodeError as error:
        raise UnreadableFile(f"This isn't JSON: {error.msg} in line {error.lineno}.") from error
    except KeyError as error:
        raise UnreadableFile(
            f"This digest lacks {error}: static/schema/digest-1.json tells what it must hold."
        ) from error
    except (AttributeError, TypeError, ValueError, MalformedWeek) as error:
        raise UnreadableFile(f"This digest isn't as static/schema/digest-1.json wants it: {error}.") from error


def _digest(data: dict[str, Any]) -> ImportedDigest:
    published_at = data["published_at"]
    return ImportedDigest(
        headline=_words(data["headline"]),
        subtitle=_words(data["subtitle"]),
        intro=_words(data["intro"]["markdown"]),
        sign_off=_words(data["sign_off"]["markdown"]),
        sections=tuple(_section(section) for section in data["sections"]),
        series_slug=_words(data["series"]["slug"]),
        week=Week.parse(data["week"]),
        published_at=dt.datetime.fromisoformat(published_at) if published_at else None,
    )


def _section(section: dict[str, Any]) -> ImportedSection:
    return ImportedSection(_words(section["title"]), tuple(_entry(entry) for entry in section["entries"]))


def _entry(entry: dict[str, Any]) -> ImportedEntry:
    summary = entry["summary"]
    return ImportedEntry(
        heading=_words(entry["heading"]["tex"]),
        summary=_words(summary["markdown"]),
        arxiv_id=_words(entry["paper"]["arxiv_id"]),
        is_draft_text=summary["by"] == "machine",
    )


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{json.dumps(value)[:40]} stands where a text should")
    return value
