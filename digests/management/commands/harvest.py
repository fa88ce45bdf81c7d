"""`manage.py harvest`: the papers of a week from arXiv, or those of a file, into the corpus."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from digests.management.options import add_week_options, chosen_series, chosen_week
from tracker.harvest import harvest_file, harvest_week
from tracker.management.base import GalleyCommand


class Command(GalleyCommand):
    help = "Store the papers that arXiv announced in a week, or those of a file. Goes on where it stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_week_options(parser)
        parser.add_argument("--file", type=Path, help="take the records from this file instead of arXiv")

    def run(self, **options: Any) -> dict[str, Any]:
        began = time.monotonic()
        if options["file"]:
            row = harvest_file(options["file"].resolve(), progress=self.progress, should_stop=self.should_stop)
        else:
            series, week = chosen_series(options["series"]), chosen_week(options["week"])
            row = harvest_week(week, series.categories, progress=self.progress, should_stop=self.should_stop)
        return {**row.counts(), "seconds": round(time.monotonic() - began, 1)}
