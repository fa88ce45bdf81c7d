"""Which topic of a series a paper belongs to: a suggestion with its surety and reasons, or none where unsure.

Two models say what they believe: for the default topics the weights that come with Galley, for any others the series'
own lines. What the editors' verdicts have shown since is added to either. First whether the paper lies inside the
series, then its topic.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from digests.models import Series, Topic
from digests.topics.lines import UNSURE, LineJudgement, Lines
from digests.topics.model import TopicModel, model_for
from digests.topics.verdicts import Verdicts, learn, likeness, softmax
from tracker.embeddings import load_matrix
from tracker.encoder import Encoder
from tracker.models import Paper
from tracker.vectors import top_k

RULES_NAME = "topics-1"

_CLOSE = 0.25  # below this margin the runner-up is named
_WORTH_SAYING = 0.3  # of log-odds: what a verdict must add to be named


@dataclass(frozen=True)
class TopicSuggestion:
    """What the machine takes a paper to be about.

    `topic` is None where the paper lies outside the series, and where it is inside but no topic is sure enough.
    `score` (0 to 1) is the surety of what is said: of the topic, of the best guess where none is suggested, or of
    lying outside. `margin` (0 to 1) is how far that is ahead of the next. `belonging` (0 to 1) is the surety of
    lying inside the series.
    """

    topic: Topic | None
    inside: bool
    score: float
    margin: float
    reasons: list[str] = field(default_factory=list)
    belonging: float = 1.0


class Judgement(Protocol):
    """What a model says of some papers: their log-chances (n, topics + 2), the last two “no topic” and “outside”."""

    @property
    def log_chances(self) -> np.ndarray: ...

    def reasons(self, row: int, group: int) -> list[str]:
        """What speaks for the group in the paper of that row, weightiest first."""
        ...


@dataclass(frozen=True)
class Judge:
    """Who judges a series' papers: its topics in the order of the groups, and below which surety none is suggested."""

    topics: tuple[Topic, ...]
    by: TopicModel | Lines
    unsure: float

    @classmethod
    def of(cls, series: Series, encoder: Encoder) -> "Judge":
        """Trained weights where there are some of exactly the series' topics and the encoder, else its own lines."""
        topics = tuple(series.topics.all())
        named = {topic.slug: topic for topic in topics}
        model = model_for(series, named, encoder.model_name)
        if model is None:
            return cls.by_lines(series, topics)
        return cls(tuple(named[slug] for slug in model.classes[:-2]), model, model.threshold)

    @classmethod
    def by_lines(cls, series: Series, topics: Sequence[Topic]) -> "Judge":
        return cls(tuple(topics), Lines.of(tuple(topics), series.scope, series.outside), UNSURE)

    def judge(self, papers: Sequence[Paper], matrix: np.ndarray, encoder: Encoder) -> Judgement:
        if isinstance(self.by, TopicModel):
            return self.by.judge(papers, matrix)
        return LineJudgement.of(self.by, papers, matrix, encoder)


def suggest_topics(
    series: Series, papers: Sequence[Paper], matrix: np.ndarray, encoder: Encoder
) -> list[TopicSuggestion]:
    """A suggestion for each paper, in their order; `matrix` (n, d) holds their unit rows by the same encoder.

    What is suggested for one paper doesn't depend on the others. Raises what the encoder raises.
    """
    if not papers:
        return []
    judge = Judge.of(series, encoder)
    judgement = judge.judge(papers, matrix, encoder)
    taught = _Taught.of(series, judge, papers, matrix, encoder)
    chances = softmax(judgement.log_chances + taught.shift)
    return [_place(judge, judgement, taught, row, chances[row]) for row in range(len(papers))]


@dataclass(frozen=True)
class _Taught:
    """What the editors' verdicts on other papers say of these: how alike they are (n, v), and what that adds."""

    verdicts: Verdicts
    near: np.ndarray  # (n, v)
    weights: np.ndarray  # (v, groups)

    @classmethod
    def of(
        cls, series: Series, judge: Judge, papers: Sequence[Paper], matrix: np.ndarray, encoder: Encoder
    ) -> "_Taught":
        verdicts = Verdicts.of(series, judge.topics, encoder.model_name, besides=papers)
        groups = len(judge.topics) + 2
        if not verdicts.papers:
            return cls(verdicts, np.zeros((len(papers), 0)), np.zeros((0, groups)))
        rows = load_matrix([paper.pk for paper in verdicts.papers], encoder.model_name)
        believed = judge.judge(verdicts.papers, rows, encoder).log_chances
        return cls(verdicts, likeness(matrix, rows), learn(believed, rows, verdicts.groups).weights)

    @property
    def shift(self) -> np.ndarray:
        """What is added to the papers' log-chances, (n, groups)."""
        return self.near @ self.weights

    def reasons(self, topics: Sequence[Topic], row: int, group: int) -> list[str]:
        """The verdict that speaks most for the group in the paper of that row, if it says much."""
        added = self.near[row] * self.weights[:, group]
        if not added.size or added.max() < _WORTH_SAYING:
            return []
        verdict = int(added.argmax())
        topic = topics[self.verdicts.groups[verdict]]
        return [f"reads like {self.verdicts.papers[verdict].arxiv_id}, which you put under {topic.name}"]


def _place(judge: Judge, judgement: Judgement, taught: _Taught, row: int, chances: np.ndarray) -> TopicSuggestion:
    """The suggestion for the paper of that row, given its chances (topics + 2,)."""
    none, outside = len(judge.topics), len(judge.topics) + 1
    belonging = 1 - float(chances[outside])
    if belonging < 0.5:
        return _suggestion(None, False, 1 - belonging, 1 - 2 * belonging, judgement.reasons(row, outside), belonging)
    first, second = (int(group) for group in top_k(chances[:outside], 2)) if outside > 1 else (none, none)
    score = float(chances[first])
    margin = score - float(chances[second]) if first != second else score
    unsure = first != none and score < judge.unsure
    reasons = [] if unsure else [*taught.reasons(judge.topics, row, first), *judgement.reasons(row, first)]
    if unsure or (first != none and margin < _CLOSE):
        names = [*(topic.name for topic in judge.topics), "no topic"]
        reasons.append(f"between {names[first]} and {names[second]}")
    named = first != none and not unsure
    return _suggestion(judge.topics[first] if named else None, True, score, margin, reasons, belonging)


def _suggestion(
    topic: Topic | None, inside: bool, score: float, margin: float, reasons: list[str], belonging: float
) -> TopicSuggestion:
    """With figures to four places: what is left out depends on how many papers were multiplied at once."""
    return TopicSuggestion(topic, inside, round(score, 4), round(margin, 4), reasons, round(belonging, 4))
