"""`manage.py draft_digest`: sort, rank and draft a week whose papers are stored and embedded."""

from argparse import ArgumentParser
from typing import Any

from digests import drafting
from digests.management.options import add_week_options, chosen_series, chosen_week
from tracker.encoder import get_encoder
from tracker.management.base import GalleyCommand


class Command(GalleyCommand):
    help = "Sort, rank and draft a week from the papers that are stored. Editors' decisions and words stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_week_options(parser)

    def run(self, **options: Any) -> dict[str, Any]:
        series, week = chosen_series(options["series"]), chosen_week(options["week"])
        drafting.week_papers(series, week)  # an empty week is told before the encoder is loaded
        self.progress.start("Sorting and ranking", None)
        digest = drafting.suggest(series, week, get_encoder(), progress=self.progress)
        self.progress.start("Drafting", None)
        figures = drafting.propose(digest)
        return {"series": series.slug, "week": str(week), **digest.candidates.suggestion_counts(), **figures}
