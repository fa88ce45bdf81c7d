"""`manage.py evaluate_ranking`: how many of the weeks' picks come first, beside other trackers' rankings."""

import datetime as dt
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from digests.management.options import day
from digests.ranking import evaluation
from digests.ranking.picks import PastPicks, by_week, read_papers, read_picks
from digests.ranking.prior import load_prior, shipped_prior
from digests.ranking.training import train_prior
from tracker.encoder import get_encoder
from tracker.management.base import GalleyCommand
from tracker.records import Record
from tracker.weeks import Week

RANKINGS = ("galley", "arxiv_sanity_lite", "zotero_arxiv_daily", "random")


class Command(GalleyCommand):
    help = "Rank the weeks' papers and tell what share of the picks is among the first 20, 60 and 200."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("picks", type=Path, metavar="PICKS.csv", help="columns id and date (or week)")
        parser.add_argument("--papers", nargs="+", type=Path, required=True, metavar="WEEK.jsonl", help="the weeks")
        parser.add_argument("--train-papers", nargs="+", type=Path, default=[], metavar="FILE", help="earlier papers")
        parser.add_argument(
            "--train-picks", nargs="+", type=Path, default=[], metavar="PICKS.csv", help="earlier picks"
        )
        parser.add_argument(
            "--train-before", type=day, help="learn anew, from before this day; else the shipped weights"
        )
        parser.add_argument("--weights", type=Path, help="weights by train_ranker, in place of the shipped ones")
        parser.add_argument("--without-authors", action="store_true", help="rank without the authors' record")
        parser.add_argument(
            "--without-encoder", action="store_true", help="leave out zotero_arxiv_daily, which is slow"
        )

    def run(self, **options: Any) -> dict[str, Any]:
        self.progress.start("Reading", None)
        judged_picks = read_picks([options["picks"]])
        papers = read_papers(options["papers"])
        before: dt.date | None = options["train_before"]
        weeks = evaluation.judged_weeks(
            {week: listed for week, listed in by_week(papers.values()).items() if not before or week.monday >= before},
            judged_picks,
        )
        first = Week.of(before) if before else min(weeks)
        earlier = {**papers, **read_papers(options["train_papers"])}
        past = read_picks([options["picks"], *options["train_picks"]]).before(before or first.monday)
        prior = self._prior(earlier, past, options)
        told: dict[str, Any] = {
            "weeks": [str(week) for week in weeks],
            "papers": {str(week): len(listed) for week, listed in weeks.items()},
            "picks": {
                str(week): sum(paper.arxiv_id in judged_picks for paper in listed) for week, listed in weeks.items()
            },
            "model": prior.version,
            "galley": evaluation.recalls(
                weeks, judged_picks, evaluation.galley(prior, use_author_record=not options["without_authors"])
            ),
        }
        pool = evaluation.training_pool(earlier.values(), first)
        return told | self._others(weeks, judged_picks, pool, past, options)

    def _prior(self, earlier: dict[str, Record], past: PastPicks, options: dict[str, Any]) -> Any:
        if options["train_before"]:
            return train_prior(earlier, past, options["train_before"], progress=self.progress)
        return load_prior(options["weights"]) if options["weights"] else shipped_prior()

    def _others(
        self, weeks: Any, judged: PastPicks, pool: list[Record], past: PastPicks, options: dict[str, Any]
    ) -> dict[str, Any]:
        self.progress.start("Training arxiv-sanity-lite's ranking", None)
        sanity = evaluation.arxiv_sanity_lite(pool, past)
        self.progress.start("Encoding for zotero-arxiv-daily's ranking", None)
        zotero = None if options["without_encoder"] else evaluation.zotero(pool, past, get_encoder())
        return {
            "arxiv_sanity_lite": evaluation.recalls(weeks, judged, sanity),
            "zotero_arxiv_daily": evaluation.recalls(weeks, judged, zotero),
            "random": evaluation.by_chance(weeks),
        }

    def report(self, figures: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            super().report(figures, as_json=True)
            return
        self.stdout.write(
            f"model: {figures['model']}\n\n{'':20}{'':10}" + "".join(f"{f'@{d}':>8}" for d in evaluation.DEPTHS)
        )
        for ranking in RANKINGS:
            for week, row in figures[ranking].items():
                cells = "".join("       –" if value is None else f"{value:8.3f}" for value in row.values())
                self.stdout.write(f"{ranking:20}{week:10}{cells}")
        for week in figures["weeks"]:
            self.stdout.write(f"{week}: {figures['picks'][week]} picks among {figures['papers'][week]} papers")
