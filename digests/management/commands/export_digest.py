"""`manage.py export_digest`: a digest as a file, as a folder of all formats, or on standard output."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from digests.export import FORMATS, Export, ExportUnavailable, export_digest, find_format, thread
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


class LengthOutOfRange(GalleyError):
    """No post is that short or that long."""


class FiguresInTheWay(GalleyError):
    """Two things were asked onto standard output."""


class Command(GalleyCommand):
    help = "Write a published digest in one of the export formats, or in all of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("series", help="the series' slug, such as llm")
        parser.add_argument("week", help="the ISO week, such as 2023-W47")
        parser.add_argument("--format", default="md", help=f"{', '.join(FORMATS)} (default: md)")
        parser.add_argument("--output", default=STANDARD_OUTPUT, help="the file to write; - is standard output")
        parser.add_argument("--all", metavar="DIR", help="write every format into this folder instead")
        parser.add_argument("--draft", action="store_true", help="allow a digest that isn't published; it says so")
        parser.add_argument(
            "--length",
            type=int,
            default=thread.LENGTH,
            help="letters that a post of the thread may have (default: 280)",
        )

    def run(self, **options: Any) -> dict[str, Any]:
        """Figures of what was written. None where the digest itself goes to standard output."""
        form = find_format(options["format"])
        to_standard_output = options["output"] == STANDARD_OUTPUT and not options["all"]
        if to_standard_output and options["json"]:
            raise FiguresInTheWay("--json and the digest would mix on standard output: name a file with --output.")
        if not thread.SHORTEST <= options["length"] <= thread.LONGEST:
            raise LengthOutOfRange(f"--length must lie between {thread.SHORTEST} and {thread.LONGEST}.")
        series, week = chosen_series(options["series"]), Week.parse(options["week"])
        digest = _find_digest(series, week, drafts=options["draft"])
        if options["all"]:
            return self._write_all(digest, Path(options["all"]), options["length"])
        export = export_digest(digest, form.key, post_length=options["length"])
        if to_standard_output:
            self._print(export)
            return {}
        path = Path(options["output"])
        write_whole(path, export.content)
        return _figures(export, path)

    def _print(self, export: Export) -> None:
        """The file as it is, whatever the terminal's encoding; where output is captured, as text."""
        binary = getattr(sys.stdout, "buffer", None)
        if binary is not None:
            binary.write(export.content)
            binary.flush()
        else:
            self.stdout.write(export.content.decode(), ending="")

    def _write_all(self, digest: Digest, folder: Path, length: int) -> dict[str, Any]:
        """Every format. One that this installation can't make is named, and doesn't stop the others."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritten(f"{folder} can't be made: {error.strerror}. Name a folder that can be written.") from error
        written: dict[str, int] = {}
        missing: dict[str, str] = {}
        self.progress.start("Writing", len(FORMATS))
        for key in FORMATS:
            try:
                export = export_digest(digest, key, post_length=length)
                write_whole(folder / export.filename, export.content)
                written[export.filename] = len(export.content)
            except ExportUnavailable as error:
                missing[key] = str(error)
            self.progress.advance()
        return {"folder": str(folder), "files": written, "not_made": missing}


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
