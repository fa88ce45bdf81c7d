"""`manage.py evaluate_search`: whether search finds a paper by half its title, and whether similar papers are so."""

import random
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from digests.topics.judged import read_labels
from tracker import tex
from tracker.embeddings import load_matrix
from tracker.encoder import model_name_of
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand
from tracker.models import Paper
from tracker.query import parse_query
from tracker.search import search
from tracker.vectors import cosine, top_k
from tracker.words import STOP_WORDS, stems_of

_AMONG = 10  # the paper must be among so many
_NEAREST = 5
_SHORTEST = 4  # words of a title that are worth halving
_WAYS = {"words": (True, False), "meaning": (False, True), "fused": (True, True)}


class NothingToSearch(GalleyError):
    """The corpus holds too little to be judged by."""


class Command(GalleyCommand):
    help = "Look for papers by half of their titles' words, and compare similar papers with shared words on labels."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("labels", type=Path, help="a CSV with the columns id and topic, of papers that are stored")
        parser.add_argument("--papers", type=int, default=200, help="how many titles to look for (200)")
        parser.add_argument("--seed", type=int, default=2023, help="which papers, and which of their words")

    def run(self, **options: Any) -> dict[str, Any]:
        return {
            **self._by_titles(options["papers"], random.Random(options["seed"])),  # noqa: S311 (no secret)
            **_by_topics(options["labels"]),
        }

    def _by_titles(self, count: int, dice: random.Random) -> dict[str, Any]:
        """The share of papers that half of their titles' words, shuffled, find among the first ten."""
        stored = Paper.objects.order_by("arxiv_id").values_list("pk", "title")
        titled = [(key, words) for key, title in stored if len(words := tex.to_unicode(title).split()) >= _SHORTEST]
        if not titled:
            raise NothingToSearch("No paper is stored. Harvest a week first.")
        chosen = dice.sample(titled, min(count, len(titled)))
        found = dict.fromkeys(_WAYS, 0)
        self.progress.start("Looking for papers", len(chosen))
        for key, words in chosen:
            query = parse_query(" ".join(dice.sample(words, len(words) // 2)))
            for way, (by_words, by_meaning) in _WAYS.items():
                hits = search(query, by_words=by_words, by_meaning=by_meaning, limit=_AMONG).hits
                found[way] += key in {hit.paper_id for hit in hits}
            self.progress.advance()
        shares = {f"found_by_{way}": round(number / len(chosen), 3) for way, number in found.items()}
        return {"papers": Paper.objects.count(), "titles": len(chosen), **shares}


def _by_topics(path: Path) -> dict[str, Any]:
    """The share of each labelled paper’s five nearest labelled ones that have its topic, by vectors and by words."""
    topics = {label.arxiv_id: label.topic for label in read_labels(path)}
    papers = list(Paper.objects.filter(arxiv_id__in=topics).order_by("arxiv_id"))
    if len(papers) <= _NEAREST:
        raise NothingToSearch("Too few of the labelled papers are stored: harvest a file that holds them, then embed.")
    matrix = load_matrix([paper.pk for paper in papers], model_name_of(settings.ENCODER_MODEL))
    named = np.array([topics[paper.arxiv_id] for paper in papers])
    return {
        "labelled": len(papers),
        "same_topic_by_similarity": _same_topic(cosine(matrix, matrix), named),
        "same_topic_by_shared_words": _same_topic(_overlap(papers), named),
        "same_topic_by_chance": round(float((named[:, None] == named).mean()), 3),
    }


def _same_topic(likeness: np.ndarray, topics: np.ndarray) -> float:
    np.fill_diagonal(likeness, -np.inf)
    nearest = [top_k(row, _NEAREST) for row in likeness]
    return round(float(np.mean([topics[near] == topic for near, topic in zip(nearest, topics, strict=True)])), 3)


def _overlap(papers: Sequence[Paper]) -> np.ndarray:
    """How much of their words each two share (Jaccard), little words left out."""
    words = [set(stems_of(f"{paper.title} {paper.abstract}")) - STOP_WORDS for paper in papers]
    return np.array([[len(one & other) / (len(one | other) or 1) for other in words] for one in words])
