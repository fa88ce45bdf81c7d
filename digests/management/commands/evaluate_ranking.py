"""`manage.py evaluate_ranking`: how many of the weeks' picks come first, beside other trackers' rankings."""

import datetime as dt
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from digests.management.options import day
from digests.ranking import evaluation
from digests.ranking.picks import SHIPPED_PICKS, PastPicks, read_papers, read_picks
from digests.ranking.prior import Prior, load_prior, shipped_prior
from digests.ranking.training import train_prior
from tracker.encoder import get_encoder
from tracker.encoder_cache import CachedEncoder
from tracker.management.base import GalleyCommand
from tracker.records import Record
from tracker.weeks import Week

RANKINGS = ("galley", "arxiv_sanity_lite", "zotero_arxiv_daily", "random")


class Command(GalleyCommand):
    help = "Rank the weeks' papers and tell what share of the picks is among the first 20, 60 and 200."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("picks", type=Path, metavar="PICKS.csv", help="columns id and date (or week)")
        parser.add_argument("--papers", nargs="+", type=Path, required=True, metavar="WEEK.jsonl", help="the weeks")
        parser.add_argument(
            "--train-papers",
            nargs="*",
            type=Path,
            metavar="FILE",
            help="earlier papers; else what lies beside the week",
        )
        parser.add_argument(
            "--train-picks", nargs="*", type=Path, metavar="PICKS.csv", help="earlier picks; else those Galley ships"
        )
        parser.add_argument(
            "--train-before", type=day, help="learn anew, from before this day; else the shipped weights"
        )
        parser.add_argument("--weights", type=Path, help="weights by train_ranker, in place of the shipped ones")
        parser.add_argument("--without-authors", action="store_true", help="rank without the authors' record")
        parser.add_argument(
            "--without-encoder", action="store_true", help="leave out zotero_arxiv_daily, which is slow the first time"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        self.progress.start("Reading", None)
        before: dt.date | None = options["train_before"]
        judged = read_picks([options["picks"]])
        weeks = evaluation.judged_weeks(evaluation.weeks_in(options["papers"], before), judged)
        first = Week.of(before) if before else min(weeks)
        earlier = read_papers([*options["papers"], *self._train_papers(options)])
        past = read_picks([options["picks"], *self._train_picks(options)]).before(before or first.monday)
        prior = self._prior(earlier, past, options)
        for week, papers in weeks.items():
            self.progress.note(f"{week}: {sum(paper.arxiv_id in judged for paper in papers)} picks of {len(papers)}")
        self.progress.note(f"Ranked by {prior.version}")
        scorer = evaluation.galley(prior, use_author_record=not options["without_authors"])
        pool = evaluation.training_pool(earlier.values(), first)
        return {
            "weeks": [str(week) for week in weeks],
            "galley": evaluation.recalls(weeks, judged, scorer),
            **self._others(weeks, judged, pool, past, options),
        }

    def _train_papers(self, options: dict[str, Any]) -> list[Path]:
        if options["train_papers"] is not None:
            return list(options["train_papers"])
        beside = evaluation.files_beside(options["papers"])
        if beside:
            self.progress.note(f"Earlier papers are those of {', '.join(path.name for path in beside)}")
        return beside

    def _train_picks(self, options: dict[str, Any]) -> list[Path]:
        return [SHIPPED_PICKS] if options["train_picks"] is None else list(options["train_picks"])

    def _prior(self, earlier: dict[str, Record], past: PastPicks, options: dict[str, Any]) -> Prior:
        if options["train_before"]:
            return train_prior(earlier, past, options["train_before"], progress=self.progress)
        return load_prior(options["weights"]) if options["weights"] else shipped_prior()

    def _others(
        self,
        weeks: Mapping[Week, Sequence[Record]],
        judged: PastPicks,
        pool: Sequence[Record],
        past: PastPicks,
        options: dict[str, Any],
    ) -> dict[str, Any]:
        self.progress.start(f"Training arxiv-sanity-lite's ranking on {len(pool)} papers", None)
        sanity = evaluation.arxiv_sanity_lite(pool, past)
        zotero = None
        if not options["without_encoder"]:
            encoder = CachedEncoder(get_encoder())
            self.progress.start("Encoding for zotero-arxiv-daily's ranking", None)
            zotero = evaluation.zotero(pool, past, encoder, on_batch=self.progress.advance)
        return {
            "arxiv_sanity_lite": evaluation.recalls(weeks, judged, sanity),
            "zotero_arxiv_daily": evaluation.recalls(weeks, judged, zotero),
            "random": evaluation.by_chance(weeks),
        }

    def report(self, figures: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            super().report(figures, as_json=True)
            return
        self.stdout.write(f"{'':30}" + "".join(f"{f'@{d}':>8}" for d in evaluation.DEPTHS))
        for ranking in RANKINGS:
            for week, row in figures[ranking].items():
                cells = "".join("       –" if value is None else f"{value:8.3f}" for value in row.values())
                self.stdout.write(f"{ranking:20}{week:10}{cells}")
