"""`manage.py import_subscribers`: take a list of subscribers in, or say what that would do."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from digests import subscriber_lists
from digests.management.options import chosen_series
from digests.subscriber_lists import UnreadableList
from tracker.management.base import GalleyCommand


class Command(GalleyCommand):
    help = "Take in subscribers from a CSV file of Galley, listmonk or Substack. Without --commit it only reports."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--series", help="the series' slug; needed only where there are several")
        parser.add_argument("--consent", required=True, help="where they agreed, such as “our Substack, 2024–26”")
        parser.add_argument("--commit", action="store_true", help="do it, rather than report what it would do")

    def run(self, **options: Any) -> dict[str, Any]:
        try:
            text = options["file"].read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableList(f"{options['file']} can't be read: {error}.") from error
        series = chosen_series(options["series"])
        report = subscriber_lists.take_in(text, series, consent=options["consent"], commit=options["commit"])
        for count, words, examples in report.lines:
            self.progress.note(f"{count} {words} ({'; '.join(examples)}{' …' if count > len(examples) else ''})")
        return {"series": series.slug, "committed": options["commit"], **report.counts}
