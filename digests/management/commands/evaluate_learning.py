"""`manage.py evaluate_learning`: what an editor's verdicts add to the prior, week by week."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np

from digests.ranking.evaluation import judged_weeks, learning_curve
from digests.ranking.picks import by_week, read_papers, read_picks
from digests.ranking.prior import load_prior, shipped_prior
from tracker.encoder import get_encoder
from tracker.management.base import GalleyCommand


class Command(GalleyCommand):
    help = "Play a list of picks as an editor's verdicts, and tell each week's recall at 60 with and without them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("picks", type=Path, metavar="PICKS.csv", help="columns id and date (or week)")
        parser.add_argument("--papers", nargs="+", type=Path, required=True, metavar="FILE", help="the weeks")
        parser.add_argument("--weights", type=Path, help="weights by train_ranker, in place of the shipped ones")

    def run(self, **options: Any) -> dict[str, Any]:
        self.progress.start("Reading", None)
        picks = read_picks([options["picks"]])
        weeks = judged_weeks(by_week(read_papers(options["papers"]).values()), picks)
        prior = load_prior(options["weights"]) if options["weights"] else shipped_prior()
        self.progress.start("Encoding and playing the weeks", None)
        curve = learning_curve(weeks, picks, prior, get_encoder())
        means = {name: float(np.mean([row[name] for row in curve])) for name in ("prior", "learnt")}
        return {"model": prior.version, "weeks": curve, "mean": means}

    def report(self, figures: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            super().report(figures, as_json=True)
            return
        self.stdout.write(f"{'recall at 60':12}{'picks':>8}{'prior':>8}{'learnt':>8}")
        for row in figures["weeks"]:
            self.stdout.write(f"{row['week']:12}{row['picks']:8}{row['prior']:8.3f}{row['learnt']:8.3f}")
        self.stdout.write(f"{'mean':12}{'':8}{figures['mean']['prior']:8.3f}{figures['mean']['learnt']:8.3f}")
