"""`manage.py train_ranker`: learn the prior for importance from lists of past picks."""

import datetime as dt
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from digests.management.options import day
from digests.ranking.picks import SHIPPED_PICKS, read_papers, read_picks
from digests.ranking.prior import SHIPPED
from digests.ranking.training import train_prior
from tracker.management.base import GalleyCommand


class Command(GalleyCommand):
    help = "Learn which papers get picked from lists of past picks, and write the weights that Galley ships."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "picks",
            nargs="*",
            type=Path,
            metavar="PICKS.csv",
            help="columns id and date (or week); else those Galley ships",
        )
        parser.add_argument(
            "--papers", nargs="+", type=Path, required=True, metavar="FILE", help="what was picked from"
        )
        parser.add_argument("--without", nargs="+", type=Path, default=[], metavar="FILE", help="papers kept aside")
        parser.add_argument("--before", type=day, help="know only what was known before this day, like 2026-02-09")
        parser.add_argument(
            "--output", type=Path, default=SHIPPED, help="where the weights go; the shipped file if left out"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        self.progress.start("Reading", None)
        aside = read_papers(options["without"]).keys()
        papers = {key: paper for key, paper in read_papers(options["papers"]).items() if key not in aside}
        picks = read_picks(options["picks"] or [SHIPPED_PICKS])
        for arxiv_id in aside:
            picks.day_of.pop(arxiv_id, None)
        before: dt.date = options["before"] or timezone.now().date()
        prior = train_prior(papers, picks, before, progress=self.progress)
        prior.save(options["output"])
        return {
            "papers": len(papers),
            "picks": len(picks.before(before).day_of),
            "authors": len(prior.authors.count),
            "terms": len(prior.lexicon.terms),
            "bytes": options["output"].stat().st_size,
            "output": str(options["output"]),
        }
