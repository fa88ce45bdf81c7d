"""The series' own lines as a model of its topics: for any series, from the day its topics are written.

Nothing is trained. The topics' names, descriptions and examples, the series' scope, and its lines of what lies outside
are compared with each paper three times: by the cosine of their vectors, by that of their words weighed by rarity,
and by words that are commoner in one topic's lines than in all of them. Each reason names the line that decided.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from digests.models import Topic
from digests.topics.model import shipped_model
from digests.topics.words import paper_terms, terms
from tracker.encoder import Encoder
from tracker.models import Paper
from tracker.vectors import cosine, normalise

# Chosen by trying a few values of each on labels/topics-train.csv; everything else comes from the series' own lines.
_NEAREST = 5  # a group is as near as the mean of its nearest lines
_TOPIC_LEAD = 0.08  # how much nearer than the lines without a topic a topic's must be
_WORD_WEIGHT = 0.015  # of words commoner in a topic's lines, against cosines of vectors
_RARE_WORD_WEIGHT = 1.5  # of cosines of words weighed by rarity, against those
_ABSTRACT_WEIGHT = 0.2  # of a word in the abstract against one in the title
_SMOOTHING = 3.0  # lines' worth of doubt about how common a word is in a group
_TEMPERATURE = 0.07
UNSURE = 0.5  # below this surety no topic is suggested
_SUBJECT_WEIGHT = 0.4  # of naming the subject outright against cosines
_SUBJECT_MENTIONS = 3  # more mentions than these say no more
_SUBJECT_UNNAMED = 0.25  # share of those mentions taken for granted where a series' lines have no common phrase
_OUTSIDE_LEAD = -0.14  # of the lines outside, the subject unnamed, where inside and outside are as likely
_OUTSIDE_TEMPERATURE = 0.07
_FAINTEST = 1e-6  # no chance is held to be smaller

_STOP_WORDS = re.compile(
    r"an?|and|are|as|at|be|by|can|do|does|for|from|how|in|is|its?|more|most|not?|of|on|or|other|our|than|that|the|their"
    r"|them|these|they|this|those|to|we|what|when|which|who|with|without"
)


@dataclass(frozen=True)
class Lines:
    """A series' lines and the group of each: 0 to t-1 are its t topics, t is none of them, t+1 lies outside."""

    topics: tuple[Topic, ...]
    texts: tuple[str, ...]
    groups: np.ndarray

    @classmethod
    def of(cls, topics: tuple[Topic, ...], scope: str, outside: str) -> "Lines":
        """The lines of topics, of a scope and of what lies outside it, stored or not."""
        placed = [
            (text, group)
            for group, topic in enumerate(topics)
            for text in [f"{topic.name}. {topic.description}", *topic.examples.splitlines()]
        ]
        placed += [(text, len(topics)) for text in scope.splitlines()]
        placed += [(text, len(topics) + 1) for text in outside.splitlines()]
        placed = [(text.strip(), group) for text, group in placed if text.strip()]
        return cls(topics, tuple(text for text, _ in placed), np.array([group for _, group in placed], dtype=int))

    @property
    def none(self) -> int:
        return len(self.topics)

    @property
    def outside(self) -> int:
        return len(self.topics) + 1


@dataclass(frozen=True)
class LineJudgement:
    """What the lines say of some papers.

    `log_chances` (n, topics + 2): of each topic, of none of them, and of lying outside the series.
    """

    lines: Lines
    texts: list["_PaperWords"]
    near: np.ndarray  # (n, lines)
    words: "_WordWeights"
    log_chances: np.ndarray

    @classmethod
    def of(cls, lines: Lines, papers: Sequence[Paper], matrix: np.ndarray, encoder: Encoder) -> "LineJudgement":
        """`matrix` (n, d) holds the papers' unit rows by the encoder. Raises what the encoder raises."""
        texts = [_PaperWords.of(paper) for paper in papers]
        near = _nearness(matrix, lines, encoder)
        means = _group_means(near, lines)
        belonging = _belonging(means, _mentions(lines, texts), lines)[:, np.newaxis]
        words = _WordWeights.of(lines)
        told_by_words = _WORD_WEIGHT * words.scores(texts) + _RARE_WORD_WEIGHT * _rare_words(papers, lines)
        inside = _chances(means, told_by_words, lines)
        chances = np.hstack([inside * belonging, 1 - belonging])
        return cls(lines, texts, near, words, np.log(np.maximum(chances, _FAINTEST)))

    def reasons(self, row: int, group: int) -> list[str]:
        """What speaks for the group in the paper of that row, weightiest first."""
        if group == self.lines.outside:
            return [f"reads as outside the series: nearest to “{self._nearest(row, group)}”"]
        if group == self.lines.none:
            return [f"belongs to the series, but {self._no_topic(row)}"]
        reasons = [f"closest to {self._quoted(row, group)}"]
        if shared := self.words.shared(self.texts[row], group):
            reasons.append(f"its title shares the topic's words: {', '.join(shared)}")
        return reasons

    def _no_topic(self, row: int) -> str:
        if not (self.lines.groups == self.lines.none).any():
            return "no topic is near"
        return f"under no topic: nearest to “{self._nearest(row, self.lines.none)}”"

    def _nearest(self, row: int, group: int) -> str:
        return self.lines.texts[int(np.where(self.lines.groups == group, self.near[row], -np.inf).argmax())]

    def _quoted(self, row: int, group: int) -> str:
        line = self._nearest(row, group)
        described = line.startswith(f"{self.lines.topics[group].name}. ")
        return "the topic's description" if described else f"the example “{line}”"


# Vectors.


_encoded: dict[tuple[str, tuple[str, ...]], np.ndarray] = {}  # by model and lines: some 250 kB a series


def _encode(encoder: Encoder, texts: tuple[str, ...]) -> np.ndarray:
    """The rows of the lines, made once per process for as long as the lines stay as they are."""
    key = encoder.model_name, texts
    if key not in _encoded:
        _encoded[key] = encoder.encode(texts)
    return _encoded[key]


def _nearness(matrix: np.ndarray, lines: Lines, encoder: Encoder) -> np.ndarray:
    """The cosine of each paper with each line, (n, lines), measured from the lines' common centre.

    What all lines share (that they speak of machine learning, say) would drown what tells them apart.
    """
    if not lines.texts:
        return np.zeros((len(matrix), 0), dtype=np.float32)
    rows = _encode(encoder, lines.texts)
    centre = rows.mean(axis=0)
    return cosine(normalise(matrix - centre), normalise(rows - centre))


def _group_means(near: np.ndarray, lines: Lines) -> np.ndarray:
    """How near each paper is to each group, (n, groups): the mean of its nearest lines; -1 for a group without."""
    means = np.full((len(near), len(lines.topics) + 2), -1.0, dtype=np.float32)
    for group in set(lines.groups.tolist()):
        of_group = np.sort(near[:, lines.groups == group], axis=1)
        means[:, group] = of_group[:, -_NEAREST:].mean(axis=1)
    return means


def _belonging(means: np.ndarray, mentions: np.ndarray, lines: Lines) -> np.ndarray:
    """The chance that each paper lies inside the series, (n,)."""
    if not (lines.groups == lines.outside).any():
        return np.ones(len(means))
    lead = means[:, lines.outside] - means[:, : lines.outside].max(axis=1) - _SUBJECT_WEIGHT * mentions
    return 1 / (1 + np.exp((lead - _OUTSIDE_LEAD) / _OUTSIDE_TEMPERATURE))


def _chances(means: np.ndarray, words: np.ndarray, lines: Lines) -> np.ndarray:
    """The chance of each topic, and last of none of them, for each paper if it lies inside, (n, topics + 1).

    `words` (n, topics + 1) is what words add.
    """
    scores = means[:, : lines.outside] + words
    scores[:, lines.none] += _TOPIC_LEAD
    powers = np.exp((scores - scores.max(axis=1, keepdims=True)) / _TEMPERATURE)
    return powers / powers.sum(axis=1, keepdims=True)


# Words.


@dataclass(frozen=True)
class _PaperWords:
    title: tuple[str, ...]
    abstract: tuple[str, ...]

    @classmethod
    def of(cls, paper: Paper) -> "_PaperWords":
        return cls(_words(paper.title), _words(paper.abstract))


def _words(text: str) -> tuple[str, ...]:
    """The words of a text in order, in lower case, plurals cut to the singular, without those that say nothing."""
    found = re.findall(r"[a-z][a-z0-9]+", text.lower())
    singular = (
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in found
    )
    return tuple(word for word in singular if not _STOP_WORDS.fullmatch(word))


@dataclass(frozen=True)
class _WordWeights:
    """How much each word of the lines speaks for each group that lies inside."""

    columns: dict[str, int]
    weights: np.ndarray  # (groups inside, words): log of how much commoner a word is in the group than in all lines

    @classmethod
    def of(cls, lines: Lines) -> "_WordWeights":
        in_line = [set(_words(text)) for text in lines.texts]
        columns = {word: column for column, word in enumerate(sorted(set().union(*in_line)))}
        counts = np.zeros((lines.outside + 1, len(columns)))
        for group, words in zip(lines.groups, in_line, strict=True):
            counts[group, [columns[word] for word in words]] += 1
        sizes = np.bincount(lines.groups, minlength=lines.outside + 1)[:, np.newaxis]
        overall = counts.sum(axis=0) / max(1, len(lines.texts))
        rates = (counts + _SMOOTHING * overall) / (sizes + _SMOOTHING)
        return cls(columns, np.log(rates / overall)[: lines.outside])

    def scores(self, texts: Sequence[_PaperWords]) -> np.ndarray:
        """The sum of weights of each paper's words for each group, (n, groups inside)."""
        present = np.zeros((len(texts), len(self.columns)))
        for row, text in enumerate(texts):
            present[row, self._known(text.abstract)] = _ABSTRACT_WEIGHT
            present[row, self._known(text.title)] = 1
        return present @ self.weights.T

    def shared(self, text: _PaperWords, group: int) -> list[str]:
        """The words of the title that speak most for the group, at most three, strongest first."""
        found = {word: self.weights[group, self.columns[word]] for word in text.title if word in self.columns}
        strong = [word for word, weight in found.items() if weight > 0.5]
        return sorted(strong, key=lambda word: (-found[word], word))[:3]

    def _known(self, words: Sequence[str]) -> list[int]:
        return [self.columns[word] for word in words if word in self.columns]


def _rare_words(papers: Sequence[Paper], lines: Lines) -> np.ndarray:
    """The cosine of each paper's words with all words of each group that lies inside, (n, groups inside).

    Words are weighed by how rare they are in the papers that the shipped model was made from (tf-idf).
    """
    model = shipped_model()
    of_groups = np.zeros((len(model.vocabulary), lines.outside), dtype=np.float32)
    for group in range(lines.outside):
        told = [text for text, of in zip(lines.texts, lines.groups, strict=True) if of == group]
        columns, values = model.values(Counter(terms(" . ".join(told))))
        of_groups[columns, group] = values
    parts = (model.values(paper_terms(paper.title, paper.abstract)) for paper in papers)
    rows = [values @ of_groups[columns] for columns, values in parts]
    return np.array(rows, dtype=np.float32).reshape(-1, lines.outside)


def _mentions(lines: Lines, texts: Sequence[_PaperWords]) -> np.ndarray:
    """How often each paper names the series' subject outright, (n,), 0 to 1."""
    subject = _subject(lines)
    if not subject:
        return np.full(len(texts), _SUBJECT_UNNAMED)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(subject)))})\b")
    counts = [len(pattern.findall(" ".join([*text.title, ".", *text.abstract]))) for text in texts]
    return np.minimum(counts, _SUBJECT_MENTIONS) / _SUBJECT_MENTIONS


def _subject(lines: Lines) -> set[str]:
    """What the series is about in its own words: “language model”, “llm”.

    The words and pairs of words that stand in a tenth of the lines inside, at least in three, and in none outside.
    A word that such a pair contains gives way to the pair.
    """
    inside, outside = Counter[str](), set[str]()
    for text, group in zip(lines.texts, lines.groups, strict=True):
        words = _words(text)
        phrases = {*words, *(f"{one} {other}" for one, other in pairwise(words))}
        if group == lines.outside:
            outside |= phrases
        else:
            inside.update(phrases)
    enough = max(3, 0.1 * np.count_nonzero(lines.groups != lines.outside))
    common = {phrase for phrase, count in inside.items() if count >= enough and phrase not in outside}
    return {phrase for phrase in common if not any(phrase in pair.split() for pair in common if " " in pair)}
