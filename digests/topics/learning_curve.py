"""How quickly a new series' topics are learned: its lines alone, then so many verdicts, judged on papers kept aside."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from digests.models import Topic
from digests.topics.judged import Label
from digests.topics.lines import LineJudgement, Lines
from digests.topics.model import OFF, OTHER
from digests.topics.scores import score_topics
from digests.topics.verdicts import learn, softmax
from tracker.encoder import Encoder
from tracker.errors import GalleyError
from tracker.models import Paper

VERDICTS = (0, 10, 30, 100, 200)
_ORDERS = 10  # random orders in which the verdicts come; figures are their means


class UnreadableSeries(GalleyError):
    """The file doesn't describe a series."""


def read_new_series(path: Path) -> Lines:
    """The lines of a series that needn't be stored, from JSON in the form of Galley's own. Raises UnreadableSeries."""
    try:
        told = json.loads(path.read_text())
        topics = tuple(
            Topic(position=place, **{key: one[key] for key in ("slug", "name", "description", "examples")})
            for place, one in enumerate(told["topics"])
        )
        return Lines.of(topics, told["scope"], told["outside"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UnreadableSeries(f"{path} describes no series with scope, outside and topics: {error}.") from error


def learning_curve(
    lines: Lines, labels: Sequence[Label], papers: Sequence[Paper], matrix: np.ndarray, encoder: Encoder
) -> dict[str, dict[str, Any]]:
    """Accuracy and macro F1 after each number of verdicts, on the papers that give no verdict even at the most."""
    believed = LineJudgement.of(lines, papers, matrix, encoder).log_chances
    classes = [*(topic.slug for topic in lines.topics), OTHER, OFF]
    groups = np.array([classes.index(label.topic) for label in labels])
    counts = [count for count in VERDICTS if count <= len(labels) // 2]
    found: dict[int, list[tuple[float, float]]] = {count: [] for count in counts}
    for order in range(_ORDERS):
        shuffled = np.random.default_rng(order).permutation(len(labels))
        judged = shuffled[counts[-1] :]
        truth = [labels[place] for place in judged]
        for count in counts:
            chances = softmax(believed[judged] + _learned(believed, matrix, groups, shuffled[:count], judged))
            figures = score_topics(chances, classes, truth)
            found[count].append((figures["accuracy"], figures["macro_f1"]))
    means = {count: np.mean(pairs, axis=0) for count, pairs in found.items()}
    return {
        str(count): {"accuracy": round(float(accuracy), 4), "macro_f1": round(float(f1), 4)}
        for count, (accuracy, f1) in means.items()
    }


def _learned(
    believed: np.ndarray, matrix: np.ndarray, groups: np.ndarray, verdicts: np.ndarray, judged: np.ndarray
) -> np.ndarray | float:
    if not len(verdicts):
        return 0.0
    return learn(believed[verdicts], matrix[verdicts], groups[verdicts]).shift(matrix[judged])
