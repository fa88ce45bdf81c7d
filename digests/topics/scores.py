"""How good suggested topics are beside people's labels: the figures of `manage.py evaluate_topics`. Pure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from digests.topics.judged import Label

_SUREST = 0.7


def decide(chances: np.ndarray) -> np.ndarray:
    """The class told of each paper, (n,), from its chances (n, classes): first whether it is outside (the last)."""
    inside = chances[:, :-1].argmax(axis=1)
    return np.where(chances[:, -1] > 0.5, chances.shape[1] - 1, inside)


def score_topics(chances: np.ndarray, classes: Sequence[str], labels: Sequence[Label]) -> dict[str, Any]:
    """Figures from 0 to 1 for papers with chances (n, classes), the last class meaning “outside the series”.

    `accuracy_either` takes a second label for right too. `accuracy_at_70` is over the surest 70 %.
    `macro_f1` is the mean over the classes that some paper has.
    """
    told = decide(chances)
    first = np.array([classes.index(label.topic) for label in labels])
    right = told == first
    either = [classes[group] in {label.topic, *label.also} for group, label in zip(told, labels, strict=True)]
    sureness = chances[np.arange(len(told)), told]
    surest = np.argsort(-sureness, kind="stable")[: max(1, round(_SUREST * len(told)))]
    outside = len(classes) - 1
    per_topic = {name: _class_score(told, first, group) for group, name in enumerate(classes)}
    return {
        "papers": len(told),
        "accuracy": _rounded(right.mean()),
        "macro_f1": _rounded(np.mean([told_of["f1"] for told_of in per_topic.values() if told_of["papers"]])),
        "accuracy_either": _rounded(np.mean(either)),
        "llm_accuracy": _rounded(((told == outside) == (first == outside)).mean()),
        "accuracy_at_70": _rounded(right[surest].mean()),
        "per_topic": per_topic,
    }


def score_suggestions(
    chances: np.ndarray, classes: Sequence[str], labels: Sequence[Label], threshold: float
) -> tuple[int, float]:
    """How many papers get a topic suggested where it takes that surety, and the share of them that is right."""
    told = decide(chances)
    topics = len(classes) - 2
    suggested = (told < topics) & (chances[np.arange(len(told)), told] >= threshold)
    right = [classes[group] == label.topic for group, label in zip(told, labels, strict=True)]
    return int(suggested.sum()), _rounded(np.mean(np.array(right)[suggested]) if suggested.any() else 0.0)


def _class_score(told: np.ndarray, first: np.ndarray, group: int) -> dict[str, float]:
    both = int(((told == group) & (first == group)).sum())
    named, papers = int((told == group).sum()), int((first == group).sum())
    return {
        "papers": papers,
        "precision": _rounded(both / named if named else 0.0),
        "recall": _rounded(both / papers if papers else 0.0),
        "f1": _rounded(2 * both / (named + papers) if named + papers else 0.0),
    }


def _rounded(figure: float | np.floating[Any]) -> float:
    return round(float(figure), 4)
