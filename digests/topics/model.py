"""The shipped classifier of the default topics: linear weights over a paper's terms, its title's terms and its vector.

Made by `manage.py train_topics`; docs/topics.md tells from what, and how good it is.
"""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from django.conf import settings

from digests.models import Series
from digests.topics.words import paper_terms, says_something, terms
from tracker.errors import GalleyError
from tracker.models import Paper
from tracker.vectors import cosine, normalise

SHIPPED = Path(__file__).with_name("weights.npz")
OTHER, OFF = "other", "off"  # the last two classes: under none of the topics; not about the series' subject
_FORM = 1
_STRONGEST_TERMS = 3
_ALIKE = 0.3  # cosine of centred vectors from which on a paper reads like another
_WORTH_SAYING = 0.2  # of the sum that speaks for a class: what the words, or the vector, must give to be named


class UnreadableModel(GalleyError):
    """The file holds no topic model, or one of another form."""


@dataclass(frozen=True)
class Example:
    """A labelled paper typical of its class, to tell what another one reads like."""

    arxiv_id: str
    title: str


@dataclass(frozen=True, eq=False)
class TopicModel:
    """Weights as float32, a column for each class; the classes are topics' slugs, then OTHER and OFF.

    A paper's log-chances are the sum of its terms' values (tf-idf, of length 1) times `terms`, its title's times
    `title_terms`, its centred vector times `dense`, and `bias`, up to what makes the chances sum to 1.
    """

    classes: tuple[str, ...]
    name: str
    encoder_name: str
    threshold: float  # the surety below which no topic is suggested
    vocabulary: tuple[str, ...]
    idf: np.ndarray  # (v,)
    terms: np.ndarray  # (v, classes)
    title_terms: np.ndarray  # (v, classes)
    centre: np.ndarray  # (d,): what all papers have in common, taken off each vector
    dense: np.ndarray  # (d, classes)
    bias: np.ndarray  # (classes,)
    examples: tuple[Example, ...]
    example_classes: np.ndarray  # (e,)
    example_rows: np.ndarray  # (e, d), unit rows, centred
    index: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", {term: column for column, term in enumerate(self.vocabulary)})

    def judge(self, papers: Sequence[Paper], matrix: np.ndarray) -> "ModelJudgement":
        """What the model says of papers; `matrix` (n, d) holds their rows by the encoder it was made for."""
        rows = normalise(matrix - self.centre)
        logits = self.bias + rows @ self.dense
        parts = [self._parts(paper) for paper in papers]
        for row, (_, added) in enumerate(parts):
            logits[row] += added.sum(axis=0)
        return ModelJudgement(self, [paper.arxiv_id for paper in papers], parts, rows, logits - _log_sum(logits))

    def _parts(self, paper: Paper) -> tuple[np.ndarray, np.ndarray]:
        """The columns of the paper's known terms, and what each adds to each class's sum, (t, classes)."""
        columns, values = self.values(paper_terms(paper.title, paper.abstract))
        title_columns, title_values = self.values(Counter(terms(paper.title)))
        added = values[:, np.newaxis] * self.terms[columns]
        added[np.searchsorted(columns, title_columns)] += title_values[:, np.newaxis] * self.title_terms[title_columns]
        return columns, added

    def values(self, counts: Counter[str]) -> tuple[np.ndarray, np.ndarray]:
        """The columns of the known terms, in order, and their values: log counts times idf, of length 1."""
        known = sorted((self.index[term], count) for term, count in counts.items() if term in self.index)
        if not known:
            return np.zeros(0, dtype=int), np.zeros(0, dtype=np.float32)
        columns, found = np.array(known).T
        values = (1 + np.log(found)) * self.idf[columns]
        return columns, (values / np.linalg.norm(values)).astype(np.float32)

    def save(self, path: Path) -> None:
        """Write the model as an NPZ: weights as int8 with a scale for each class, everything else in plain arrays."""
        scale, title_scale = np.abs(self.terms).max(axis=0) / 127, np.abs(self.title_terms).max(axis=0) / 127
        told = {
            "form": _FORM,
            "classes": self.classes,
            "name": self.name,
            "encoder": self.encoder_name,
            "threshold": self.threshold,
            "examples": [[one.arxiv_id, one.title] for one in self.examples],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                about=_as_bytes(json.dumps(told, ensure_ascii=False)),
                vocabulary=_as_bytes("\n".join(self.vocabulary)),
                idf=self.idf.astype("<f2"),
                terms=np.round(self.terms / scale).astype(np.int8),
                title_terms=np.round(self.title_terms / title_scale).astype(np.int8),
                scales=np.stack([scale, title_scale]).astype("<f4"),
                centre=self.centre.astype("<f4"),
                dense=self.dense.astype("<f2"),
                bias=self.bias.astype("<f4"),
                example_classes=self.example_classes.astype("u1"),
                example_rows=self.example_rows.astype("<f2"),
            )


@dataclass(frozen=True)
class ModelJudgement:
    """What the model says of some papers: `log_chances` (n, classes), and why."""

    model: TopicModel
    arxiv_ids: list[str]
    parts: list[tuple[np.ndarray, np.ndarray]]  # of each paper, its terms' columns and what each adds to each class
    rows: np.ndarray
    log_chances: np.ndarray

    def reasons(self, row: int, group: int) -> list[str]:
        """The largest parts of the sum that speaks for the class in the paper of that row, weightiest first."""
        columns, added = self.parts[row]
        by_words, words = self._words(columns, _lead(added, group))
        by_vector = float(self.rows[row] @ _lead(self.model.dense, group))
        enough = _WORTH_SAYING * (by_words + max(by_vector, 0.0))
        opening = "outside the series by its words" if self.model.classes[group] == OFF else "its words"
        told = [(by_words, f"{opening}: {words}" if words else None), (by_vector, self._like(row, group))]
        return [
            reason for amount, reason in sorted(told, key=itemgetter(0), reverse=True) if reason and amount > enough
        ]

    def _words(self, columns: np.ndarray, terms: np.ndarray) -> tuple[float, str]:
        """What all terms that speak for a class add, and the strongest of them in words."""
        named: list[str] = []
        for place in np.argsort(-terms, kind="stable"):
            term = self.model.vocabulary[columns[place]]
            if terms[place] <= 0 or len(named) == _STRONGEST_TERMS:
                break
            if says_something(term) and not any(set(term.split()) & set(other.split()) for other in named):
                named.append(term)
        return float(terms[terms > 0].sum()), ", ".join(named)

    def _like(self, row: int, group: int) -> str | None:
        """The example of the class that the paper's vector is nearest to, if near enough and not the paper itself."""
        near = cosine(self.rows[row : row + 1], self.model.example_rows)[0]
        own = [example.arxiv_id == self.arxiv_ids[row] for example in self.model.examples]
        near[(self.model.example_classes != group) | own] = -1
        best = int(near.argmax())
        if near[best] < _ALIKE:
            return None
        return f"reads like “{self.model.examples[best].title}” ({self.model.examples[best].arxiv_id})"


def own_path(series: Series) -> Path:
    """Where a model trained for the series on this installation lies, if there is one."""
    return Path(settings.DATA_DIR) / f"topics-{series.slug}.npz"


def model_for(series: Series, topics: Collection[str], encoder_name: str) -> TopicModel | None:
    """The series' own model, or else the shipped one, if it is of exactly these topics' slugs and of that encoder.

    Raises UnreadableModel.
    """
    wanted = {*topics, OTHER, OFF}
    for path in (own_path(series), SHIPPED):
        if path.exists():
            model = _kept(path, path.stat().st_mtime_ns)
            if model.encoder_name == encoder_name and set(model.classes) == wanted:
                return model
    return None


def shipped_model() -> TopicModel:
    """The model that comes with Galley, read once per process. Raises UnreadableModel."""
    return _kept(SHIPPED, SHIPPED.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _kept(path: Path, changed_at: int) -> TopicModel:
    """The model, read once per process for as long as its file stays as it is."""
    return load_model(path)


def load_model(path: Path) -> TopicModel:
    """Read a model that `save` wrote. Raises UnreadableModel."""
    try:
        with np.load(path, allow_pickle=False) as told:
            about = json.loads(told["about"].tobytes())
            if about["form"] != _FORM:
                raise UnreadableModel(f"{path} was made by another version of Galley: run `manage.py train_topics`.")
            return TopicModel(
                classes=tuple(about["classes"]),
                name=about["name"],
                encoder_name=about["encoder"],
                threshold=about["threshold"],
                vocabulary=tuple(told["vocabulary"].tobytes().decode().split("\n")),
                idf=told["idf"].astype(np.float32),
                terms=told["terms"].astype(np.float32) * told["scales"][0],
                title_terms=told["title_terms"].astype(np.float32) * told["scales"][1],
                centre=told["centre"],
                dense=told["dense"].astype(np.float32),
                bias=told["bias"],
                examples=tuple(Example(*one) for one in about["examples"]),
                example_classes=told["example_classes"].astype(int),
                example_rows=told["example_rows"].astype(np.float32),
            )
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise UnreadableModel(f"{path} holds no topic model: run `manage.py train_topics` to make one.") from error


def _lead(weights: np.ndarray, group: int) -> np.ndarray:
    """How far weights (…, classes) for a class are ahead of the mean for all classes."""
    return weights[..., group] - weights.mean(axis=-1)


def _log_sum(logits: np.ndarray) -> np.ndarray:
    """What is taken off each row so that its chances sum to 1, (n, 1)."""
    most = logits.max(axis=1, keepdims=True)
    return most + np.log(np.exp(logits - most).sum(axis=1, keepdims=True))


def _as_bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)
