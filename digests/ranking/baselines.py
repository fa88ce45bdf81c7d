"""Other trackers' ways to rank a week by past picks, to stand beside ours in an evaluation.

Written anew after their published methods: https://github.com/karpathy/arxiv-sanity-lite ranks by a linear SVM over
TF-IDF, https://github.com/TideDra/zotero-arxiv-daily by cosines to the papers of a library, newer ones weighing more.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from tracker.records import Record
from tracker.vectors import cosine


class ArxivSanityLite:
    """TF-IDF of title, abstract and authors, 20,000 words and pairs; a balanced linear SVM of picked against not."""

    def __init__(self, papers: Sequence[Record], picked: Sequence[bool]) -> None:
        self._counter = TfidfVectorizer(
            strip_accents="unicode",
            stop_words="english",
            token_pattern=r"(?u)\b[a-zA-Z_][a-zA-Z0-9_]+\b",  # noqa: S106 (no password: what a word is)
            ngram_range=(1, 2),
            max_features=20_000,
            sublinear_tf=True,
        )
        rows = self._counter.fit_transform(_text(paper) for paper in papers)
        self._model = LinearSVC(C=0.01, class_weight="balanced", tol=1e-6, max_iter=10_000, random_state=0)
        self._model.fit(rows, np.array(picked, dtype=bool))

    def scores(self, papers: Sequence[Record]) -> np.ndarray:
        """How far each paper lies on the picked side, (n,)."""
        return self._model.decision_function(self._counter.transform(_text(paper) for paper in papers))


def _text(paper: Record) -> str:
    return " ".join([paper.title, paper.abstract, *paper.authors])


def zotero_arxiv_daily(rows: np.ndarray, library: np.ndarray) -> np.ndarray:
    """The mean cosine of each unit row (n, d) to the past picks (m, d), newest first.

    The i-th newest weighs 1 / (1 + log10(i)), counted from 1.
    """
    weights = 1 / (1 + np.log10(np.arange(1, len(library) + 1)))
    return cosine(rows, library) @ (weights / weights.sum())
