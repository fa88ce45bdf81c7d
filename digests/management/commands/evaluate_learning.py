"""`manage.py evaluate_learning`: what an editor's verdicts add to the prior, week by week."""

import datetime as dt
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digests.ranking.evaluation import judged_weeks
from digests.ranking.picks import PastPicks, by_week, is_news, read_papers, read_picks
from digests.ranking.prior import load_prior, shipped_prior
from digests.ranking.verdicts_played import learning_curve
from tracker.encoder import get_encoder
from tracker.encoder_cache import CachedEncoder
from tracker.management.base import GalleyCommand
from tracker.records import Record
from tracker.weeks import Week


class Command(GalleyCommand):
    help = "Play a list of picks as an editor's verdicts, and tell each week's recall at 60 with and without them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("picks", type=Path, metavar="PICKS.csv", help="columns id and date (or week)")
        parser.add_argument("--papers", nargs="+", type=Path, required=True, metavar="FILE", help="the weeks")
        parser.add_argument("--weights", type=Path, help="weights by train_ranker, in place of the shipped ones")

    def run(self, **options: Any) -> dict[str, Any]:
        self.progress.start("Reading", None)
        picks = read_picks([options["picks"]])
        weeks = judged_weeks(_covered(by_week(filter(is_news, read_papers(options["papers"]).values())), picks), picks)
        prior = load_prior(options["weights"]) if options["weights"] else shipped_prior()
        self.progress.start("Encoding and playing the weeks", None)
        encoder = CachedEncoder(get_encoder())
        curve = learning_curve(weeks, picks, prior, encoder, on_batch=self.progress.advance)
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


def _covered(weeks: Mapping[Week, Sequence[Record]], picks: PastPicks) -> dict[Week, Sequence[Record]]:
    """The weeks that begin no later than the list's last day: what is picked of later ones is a stray."""
    last = max(picks.day_of.values(), default=dt.date.min)
    return {week: papers for week, papers in weeks.items() if week.monday <= last}
