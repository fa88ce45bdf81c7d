"""`manage.py evaluate_claims`: what the claim check marks in edited summaries and drafts, and what it misses."""

import random
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from digests.claim_evaluation import CORRUPTIONS, Tally, marks_of, try_draft
from digests.summary_evaluation import read_roundup, title_key
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand
from tracker.records import Record
from tracker.snapshot import read_records


class NothingToCheck(GalleyError):
    """No summary and no draft could be made of what was given."""


class Command(GalleyCommand):
    help = "Check an edited roundup's summaries, and drafts true and made wrong, against their abstracts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("roundup", type=Path, nargs="?", help="plain text with lines like “1.1. Title”")
        parser.add_argument("--papers", type=Path, nargs="+", default=[], help="files with the roundup's abstracts")
        parser.add_argument("--drafts", type=Path, nargs="+", default=[], help="files with papers to draft and corrupt")
        parser.add_argument("--seed", type=int, default=1, help="of the chance that picks what to corrupt")

    def run(self, **options: Any) -> dict[str, Any]:
        figures = self._roundup(options["roundup"], options["papers"]) if options["roundup"] else {}
        if options["drafts"]:
            figures |= self._drafts(options["drafts"], random.Random(options["seed"]))  # noqa: S311  no secret
        if not figures:
            raise NothingToCheck("Name a roundup with its --papers, or papers to draft with --drafts.")
        return figures

    def _roundup(self, path: Path, papers: list[Path]) -> dict[str, Any]:
        try:
            edited = {title_key(summary.title): summary for summary in read_roundup(path.read_text(encoding="utf-8"))}
        except (OSError, UnicodeDecodeError) as error:
            raise NothingToCheck(f"{path} can't be read as text: {error}.") from error
        found, marks = 0, 0
        for record in _records(papers):
            if summary := edited.get(title_key(record.title)):
                found += 1
                for claim in marks_of("\n\n".join(summary.blocks), record):
                    marks += 1
                    self.progress.note(f"{record.arxiv_id}: “{claim.text}” ({claim.kind}). {claim.nearby}")
        if not found:
            raise NothingToCheck(f"No title of {path} is in the papers given: name the files that hold its papers.")
        return {"summaries": found, "marks_in_summaries": marks}

    def _drafts(self, paths: list[Path], chance: random.Random) -> dict[str, Any]:
        tallies = {kind: Tally() for kind in CORRUPTIONS}
        drafts = marks = 0
        for record in _records(paths):
            claims = try_draft(record, tallies, chance)
            drafts, marks = drafts + 1, marks + len(claims)
            for claim in claims:
                self.progress.note(f"{record.arxiv_id}: “{claim.text}” ({claim.kind})")
        made = {kind: {"made": one.made, "marked": one.marked, "recall": one.recall} for kind, one in tallies.items()}
        return {"drafts": drafts, "marks_in_drafts": marks, "mistakes": made}


def _records(paths: list[Path]) -> Iterator[Record]:
    for path in paths:
        yield from (record for record in read_records(path) if isinstance(record, Record))
