"""How many of a week's picks a ranking puts first: ours, and other trackers' trained on the same past picks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from digests.ranking.baselines import ArxivSanityLite, zotero_arxiv_daily
from digests.ranking.picks import NoPicks, PastPicks, candidates
from digests.ranking.prior import Prior
from digests.ranking.taste import JudgedWeek, learn
from tracker.encoder import Encoder
from tracker.records import Record, paper_text
from tracker.vectors import top_k
from tracker.weeks import Week

DEPTHS = (20, 60, 200)
LIBRARY = 500  # past picks that zotero-arxiv-daily's cosines go to, the latest: encoding is slow
Scorer = Callable[[Week, Sequence[Record]], np.ndarray]


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


def zotero(pool: Sequence[Record], picks: PastPicks, encoder: Encoder) -> Scorer | None:
    """Cosines to the latest picks of the pool; None where it holds none."""
    library = sorted((paper for paper in pool if paper.arxiv_id in picks), key=lambda paper: paper.arxiv_id)
    library.sort(key=lambda paper: picks.day_of[paper.arxiv_id], reverse=True)
    if not library:
        return None
    rows = _encoded(library[:LIBRARY], encoder)
    return lambda week, papers: zotero_arxiv_daily(_encoded(papers, encoder), rows)


def _encoded(papers: Sequence[Record], encoder: Encoder) -> np.ndarray:
    return encoder.encode([paper_text(paper.title, paper.abstract) for paper in papers])


def training_pool(papers: Iterable[Record], first: Week) -> list[Record]:
    """What may be learnt from: papers listed before the first week that is judged."""
    return candidates(papers, first.monday)


def learning_curve(
    weeks: Mapping[Week, Sequence[Record]], picks: PastPicks, prior: Prior, encoder: Encoder, *, depth: int = 60
) -> list[dict[str, Any]]:
    """The picks played as an editor's verdicts, week by week: each week's recall by the prior alone, and by the prior
    with what the weeks before it taught."""
    told: list[dict[str, Any]] = []
    past: list[JudgedWeek] = []
    for week, papers in weeks.items():
        rows, log_odds = _encoded(papers, encoder), prior.log_odds(papers, week.monday)
        picked = np.array([paper.arxiv_id in picks for paper in papers])
        learnt = log_odds + learn(past, rows.shape[1]).added(rows)
        found = [picked[top_k(scores, depth)].sum() / picked.sum() for scores in (log_odds, learnt)]
        told.append(
            {"week": str(week), "picks": int(picked.sum()), "prior": float(found[0]), "learnt": float(found[1])}
        )
        past.append(JudgedWeek(rows, log_odds, picked, [paper.arxiv_id for paper in papers]))
    return told
