"""How many of a week's picks a ranking puts first: ours, and other trackers' trained on the same past picks."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digests.ranking.baselines import ArxivSanityLite, zotero_arxiv_daily
from digests.ranking.picks import NoPicks, PastPicks, add_papers, by_week, candidates, read_papers
from digests.ranking.prior import Prior
from tracker.encoder import Encoder
from tracker.records import Record, paper_text
from tracker.vectors import top_k
from tracker.weeks import Week

DEPTHS = (20, 60, 200)
LIBRARY = 500  # past picks that zotero-arxiv-daily's cosines go to, the latest: encoding is slow
MOSTLY = 0.9  # of a file's listed papers: when so many are of one week, it is that week's file
_ENDINGS = (".jsonl", ".jsonl.gz")
Scorer = Callable[[Week, Sequence[Record]], np.ndarray]


def weeks_in(files: Iterable[Path], first_day: dt.date | None = None) -> dict[Week, list[Record]]:
    """The weeks that the files hold, from the day on; where some are files of one week each, only those weeks.

    So a week is judged alone where the file of its years stands beside it. Raises UnreadableFile.
    """
    merged: dict[str, Record] = {}
    own: set[Week] = set()
    for path in files:
        papers = read_papers([path])
        add_papers(merged, papers.values())
        weeks = by_week(papers.values())
        listed = sum(map(len, weeks.values()))
        own |= {week for week, papers_of in weeks.items() if len(papers_of) >= MOSTLY * listed}
    return {
        week: papers_of
        for week, papers_of in by_week(merged.values()).items()
        if (not own or week in own) and (first_day is None or week.monday >= first_day)
    }


def files_beside(files: Sequence[Path]) -> list[Path]:
    """Other files of papers in the folder of the first: what lies beside a week's file tells of the weeks before."""
    asked = {path.resolve() for path in files}
    names = sorted(path for path in files[0].resolve().parent.iterdir() if path.name.endswith(_ENDINGS))
    return [path for path in names if path not in asked]


def judged_weeks(weeks: Mapping[Week, Sequence[Record]], picks: PastPicks) -> dict[Week, Sequence[Record]]:
    """The weeks that hold picked papers. Raises NoPicks."""
    judged = {week: papers for week, papers in weeks.items() if any(paper.arxiv_id in picks for paper in papers)}
    if not judged:
        raise NoPicks("None of the picks is among the papers: give the file of the week that they were picked from.")
    return judged


def recalls(weeks: Mapping[Week, Sequence[Record]], picks: PastPicks, scorer: Scorer | None) -> dict[str, Any]:
    """Recall at each depth by week, and its `mean` over the weeks; None throughout where there is no scorer."""
    told = {str(week): _recall(week, papers, picks, scorer) for week, papers in weeks.items()}
    told["mean"] = {name: _mean(row[name] for row in told.values()) for name in _names()}
    return told


def _recall(week: Week, papers: Sequence[Record], picks: PastPicks, scorer: Scorer | None) -> dict[str, float | None]:
    if scorer is None:
        return dict.fromkeys(_names())
    picked = np.array([paper.arxiv_id in picks for paper in papers])
    order = top_k(scorer(week, papers), len(papers))
    return {
        name: float(picked[order[:depth]].sum() / picked.sum()) for name, depth in zip(_names(), DEPTHS, strict=True)
    }


def by_chance(weeks: Mapping[Week, Sequence[Record]]) -> dict[str, Any]:
    """What a random order finds on average, in the form of `recalls`."""
    told: dict[str, dict[str, float | None]] = {
        str(week): {f"recall_at_{depth}": min(1.0, depth / len(papers)) for depth in DEPTHS}
        for week, papers in weeks.items()
    }
    told["mean"] = {name: _mean(row[name] for row in told.values()) for name in _names()}
    return told


def _names() -> list[str]:
    return [f"recall_at_{depth}" for depth in DEPTHS]


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def galley(prior: Prior, *, use_author_record: bool = True) -> Scorer:
    return lambda week, papers: prior.log_odds(papers, week.monday, use_author_record=use_author_record)


def arxiv_sanity_lite(pool: Sequence[Record], picks: PastPicks) -> Scorer | None:
    """Trained on the pool; None where it holds no picks, or nothing else."""
    picked = [paper.arxiv_id in picks for paper in pool]
    if len(set(picked)) < 2:
        return None
    model = ArxivSanityLite(pool, picked)
    return lambda week, papers: model.scores(papers)


def zotero(
    pool: Sequence[Record], picks: PastPicks, encoder: Encoder, *, on_batch: Callable[[int], None] | None = None
) -> Scorer | None:
    """Cosines to the latest picks of the pool; None where it holds none."""
    library = sorted((paper for paper in pool if paper.arxiv_id in picks), key=lambda paper: paper.arxiv_id)
    library.sort(key=lambda paper: picks.day_of[paper.arxiv_id], reverse=True)
    if not library:
        return None
    rows = encoded(library[:LIBRARY], encoder, on_batch)
    return lambda week, papers: zotero_arxiv_daily(encoded(papers, encoder, on_batch), rows)


def encoded(papers: Sequence[Record], encoder: Encoder, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
    return encoder.encode([paper_text(paper.title, paper.abstract) for paper in papers], on_batch=on_batch)


def training_pool(papers: Iterable[Record], first: Week) -> list[Record]:
    """What may be learnt from: papers listed before the first week that is judged."""
    return candidates(papers, first.monday)
