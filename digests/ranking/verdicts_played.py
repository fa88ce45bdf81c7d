"""A list of picks played as an editor's verdicts, week by week: what they add to the prior."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from digests.ranking.evaluation import encoded
from digests.ranking.picks import PastPicks
from digests.ranking.prior import Prior
from digests.ranking.taste import JudgedWeek, learn
from tracker.encoder import Encoder
from tracker.records import Record
from tracker.vectors import top_k
from tracker.weeks import Week

DEPTH = 60
WITHIN_REACH = 2 * DEPTH  # of a week by the prior: what verdicts may move; what stands lower stays there
UNPICKED = 40  # papers passed over that a week teaches by, as at the desk


def learning_curve(
    weeks: Mapping[Week, Sequence[Record]],
    picks: PastPicks,
    prior: Prior,
    encoder: Encoder,
    *,
    on_batch: Callable[[int], None] | None = None,
) -> list[dict[str, Any]]:
    """Each week's recall by the prior alone, and by the prior with what the weeks before it taught.

    Only the papers within reach, and those that a week teaches by, are encoded.
    """
    told: list[dict[str, Any]] = []
    past: list[JudgedWeek] = []
    for week, papers in weeks.items():
        log_odds = prior.log_odds(papers, week.monday)
        picked = np.array([paper.arxiv_id in picks for paper in papers])
        first = top_k(log_odds, WITHIN_REACH)
        rows = encoded([papers[place] for place in first], encoder, on_batch)
        learnt = log_odds.copy()
        learnt[first] += learn(past, rows.shape[1]).added(rows)
        found = [float(picked[top_k(scores, DEPTH)].sum() / picked.sum()) for scores in (log_odds, learnt)]
        told.append({"week": str(week), "picks": int(picked.sum()), "prior": found[0], "learnt": found[1]})
        past.append(_verdicts(papers, log_odds, picked, encoder, on_batch))
    return told


def _verdicts(
    papers: Sequence[Record],
    log_odds: np.ndarray,
    picked: np.ndarray,
    encoder: Encoder,
    on_batch: Callable[[int], None] | None,
) -> JudgedWeek:
    """What the desk would keep of the week: its picks, and papers passed over, evenly from all of it."""
    over = np.flatnonzero(~picked)
    places = [*np.flatnonzero(picked), *over[:: max(1, len(over) // UNPICKED)]]
    rows = encoded([papers[place] for place in places], encoder, on_batch)
    return JudgedWeek(rows, log_odds[places], picked[places], [papers[place].arxiv_id for place in places])
