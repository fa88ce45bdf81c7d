"""`manage.py evaluate_summaries`: draft summaries against those that an editor published."""

from argparse import ArgumentParser
from pathlib import Path
from statistics import mean
from typing import Any

from digests.summary_evaluation import Comparison, EditedSummary, compare, f1, read_roundup, title_key
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand
from tracker.records import Record
from tracker.snapshot import read_records


class NothingToCompare(GalleyError):
    """The roundup and the papers have no paper in common."""


class Command(GalleyCommand):
    help = "Compare drafts with an edited roundup in plain text: where they break, what they lose or invent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("roundup", type=Path, help="plain text with lines like “1.1. Title” and paragraphs")
        parser.add_argument("--papers", type=Path, nargs="+", required=True, help="files with the papers' abstracts")

    def run(self, **options: Any) -> dict[str, Any]:
        edited = read_roundup(_text(options["roundup"]))
        wanted = {title_key(summary.title): summary for summary in edited}
        found = _comparisons(options["papers"], wanted)
        if not found:
            raise NothingToCompare(
                f"No title of {options['roundup']} is in the papers given: name the files that hold its papers."
            )
        comparisons = list(found.values())
        return {
            "papers": len(comparisons),
            "unmatched": [summary.title for key, summary in wanted.items() if key not in found],
            "break_f1": {
                way: round(f1([comparison.cuts[way] for comparison in comparisons]), 3) for way in comparisons[0].cuts
            },
            "likeness": round(mean(comparison.likeness for comparison in comparisons), 3),
            "words_invented": sum(comparison.invented for comparison in comparisons),
            "words_lost": sum(comparison.lost for comparison in comparisons),
            "tex_left": sum(comparison.tex_left for comparison in comparisons),
        }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NothingToCompare(f"{path} can't be read as text: {error}.") from error


def _comparisons(paths: list[Path], wanted: dict[str, EditedSummary]) -> dict[str, Comparison]:
    """By title, each of the roundup's papers that the files hold."""
    found = {}
    for path in paths:
        for record in read_records(path):
            if isinstance(record, Record) and (summary := wanted.get(title_key(record.title))):
                found[title_key(record.title)] = compare(summary, record.abstract)
    return found
