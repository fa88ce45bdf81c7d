"""`manage.py weekly`: a week from arXiv, or from a file, to a draft digest in one go."""

import resource
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from digests import weekly
from digests.management.options import add_week_options, chosen_series, chosen_week
from digests.models import WeeklyRun
from tracker.management.base import GalleyCommand
from tracker.snapshot import read_records


class Command(GalleyCommand):
    help = "Harvest, embed, sort, rank and draft a week. Run it again to go on where it stopped, or to refresh."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_week_options(parser)
        parser.add_argument("--file", type=Path, help="take the records from this file instead of arXiv")

    def run(self, **options: Any) -> dict[str, Any]:
        series, week = chosen_series(options["series"]), chosen_week(options["week"])
        source = weekly.ARXIV
        if options["file"]:
            next(read_records(options["file"]))  # a file without papers is told before the run is opened anew
            source = str(options["file"].resolve())
        run = weekly.request_run(series, week, source=source)
        figures: dict[str, Any] = {"series": series.slug, "week": str(week)}
        for step in WeeklyRun.Step:
            done = weekly.run_step(run, step, progress=self.progress, take_over=True, should_stop=self.should_stop)
            figures[step.value] = (done or {}) | {
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            }
        return figures
