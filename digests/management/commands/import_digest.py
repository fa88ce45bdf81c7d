"""`manage.py import_digest`: a digest from a file, so that a back catalogue comes along."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from digests.importing import UnreadableFile, import_digest, read
from digests.management.options import chosen_series
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand
from tracker.weeks import Week

STANDARD_INPUT = "-"
_LARGEST = 20_000_000  # bytes


class NoSuchFile(GalleyError):
    """The file can't be read."""


class Command(GalleyCommand):
    help = "Read a digest back: Galley's JSON or Markdown, or a roundup in plain text."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file; - is standard input")
        parser.add_argument("--series", help="the series' slug; needed only where there are several")
        parser.add_argument("--week", help="the ISO week, like 2023-W47; needed only where the file doesn't tell it")
        parser.add_argument("--replace", action="store_true", help="put it in the place of what editors have written")
        parser.add_argument(
            "--publish", action="store_true", help="make it public, as of its own day; nobody is mailed"
        )
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")

    def run(self, **options: Any) -> dict[str, Any]:
        parsed = read(_text(options["file"]))
        series = chosen_series(options["series"] or parsed.series_slug or None)
        imported = import_digest(
            parsed,
            series,
            week=Week.parse(options["week"]) if options["week"] else None,
            replace=options["replace"],
            publish=options["publish"],
            dry_run=options["dry_run"],
            source=Path(options["file"]).name,
        )
        for line in imported.notes:
            self.progress.note(line)
        return {
            "series": series.slug,
            "week": str(imported.week),
            "state": imported.state,
            "dry_run": options["dry_run"],
            "found": imported.found,
            "kept_as_text": imported.kept_as_text,
        }


def _text(name: str) -> str:
    try:
        content = sys.stdin.buffer.read(_LARGEST + 1) if name == STANDARD_INPUT else Path(name).read_bytes()
    except OSError as error:
        raise NoSuchFile(f"{name} can't be read: {error.strerror}.") from error
    if len(content) > _LARGEST:
        raise UnreadableFile(f"{name} has more than {_LARGEST // 1_000_000} MB: that is no digest.")
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{name} isn't text in UTF-8: byte {error.start} can't be read.") from error
