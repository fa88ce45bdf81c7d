"""`manage.py export_digest`: a digest as a file, or on standard output."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from digests.export import FORMATS, Export, export_digest, find_format
from digests.management.options import chosen_series
from digests.models import Digest, Series
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand
from tracker.weeks import Week

STANDARD_OUTPUT = "-"


class NoSuchDigest(GalleyError):
    """The series has no digest of the week that may be exported."""


class NotWritten(GalleyError):
    """The file can't be written where it was asked for."""


class FiguresInTheWay(GalleyError):
    """Two things were asked onto standard output."""


class Command(GalleyCommand):
    help = "Write a published digest in one of the export formats."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("series", help="the series' slug, such as llm")
        parser.add_argument("week", help="the ISO week, such as 2023-W47")
        parser.add_argument("--format", default="md", help=f"{', '.join(FORMATS)} (default: md)")
        parser.add_argument("--output", default=STANDARD_OUTPUT, help="the file to write; - is standard output")
        parser.add_argument("--draft", action="store_true", help="allow a digest that isn't published; it says so")

    def run(self, **options: Any) -> dict[str, Any]:
        """Figures of what was written. None where the digest itself goes to standard output."""
        find_format(options["format"])
        if options["output"] == STANDARD_OUTPUT and options["json"]:
            raise FiguresInTheWay("--json and the digest would mix on standard output: name a file with --output.")
        series, week = chosen_series(options["series"]), Week.parse(options["week"])
        export = export_digest(_find_digest(series, week, drafts=options["draft"]), options["format"])
        if options["output"] == STANDARD_OUTPUT:
            self.stdout.write(export.content.decode(), ending="")
            return {}
        path = Path(options["output"])
        write_whole(path, export.content)
        return _figures(export, path)


def _find_digest(series: Series, week: Week, *, drafts: bool) -> Digest:
    digest = Digest.objects.filter(series=series).of_week(week).with_contents().first()
    if digest is None:
        raise NoSuchDigest(f"{series.slug} has no digest of {week}: draft one with `manage.py weekly --week {week}`.")
    if not digest.is_published and not drafts:
        raise NoSuchDigest(f"The digest {digest} is a draft: publish it at the desk, or add --draft to preview it.")
    return digest


def write_whole(path: Path, content: bytes) -> None:
    """Put the content at the path in one step: a failure leaves what was there. Raises NotWritten.

    A device or pipe, which is no file to be replaced, is written to as it is.
    """
    whole = path.resolve()  # where a link leads: the link itself stays
    unfinished = whole.with_name(f".{whole.name}.{os.getpid()}.part")
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            unfinished.write_bytes(content)
            unfinished.replace(whole)
    except OSError as error:
        raise NotWritten(f"{path} can't be written: {error.strerror}. Name a file in a folder that exists.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _figures(export: Export, path: Path) -> dict[str, Any]:
    document = export.document
    return {
        "series": document.series_slug,
        "week": str(document.week),
        "file": str(path),
        "sections": len(document.sections),
        "papers": sum(len(section.entries) for section in document.sections),
        "bytes": len(export.content),
        "draft": document.is_draft,
    }
