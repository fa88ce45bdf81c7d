"""What can be told of a paper from its metadata alone: facts as numbers, in groups that an editor has words for. Pure.

Every fact can be read off the record that arXiv gives; none needs a vector, another paper, or a look into the file.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tracker.records import Record

_SENTENCE_END = re.compile(r"[.!?]\s")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WE = re.compile(r"\bwe\b")
_PAGES = re.compile(r"(\d{1,4})\s*(?:pages|pp)\b")
_SIZE = re.compile(r"\b\d+(?:\.\d+)?\s?[BT]\b(?!\w)")
_VENUE = re.compile(
    r"accept|to appear|published in|proceedings|camera|\b(?:acl|emnlp|naacl|eacl|coling|neurips|icml|iclr|aaai|ijcai"
    r"|cvpr|iccv|eccv|kdd|www|sigir|interspeech|icassp)\b"
)
RELEASE_WORDS = ("releas", "open-sourc", "open sourc", "open-weight", "publicly available")
_GRAPH = re.compile(r"\bgraphs?\b|\bgraph(?:ical)?-|\bgnn")  # no “geographic”, no “paragraph”
_MANY_AUTHORS = 12
_SHORT_NAME = 2  # words before a colon that still name a method rather than begin a sentence

_CATEGORIES = (
    *("cs.CL", "cs.LG", "cs.AI", "cs.CV", "cs.RO", "cs.SE", "cs.CY", "cs.HC", "cs.IR", "cs.MA", "cs.CR", "cs.SD"),
    *("cs.NE", "cs.DB", "cs.DC", "cs.GR", "cs.MM", "cs.IT", "cs.SI", "cs.NI", "stat.ML"),
)
_ARCHIVES = ("math", "q-bio", "physics", "eess", "stat", "econ", "cond-mat", "quant-ph")
_PRIMARIES = _CATEGORIES[:11]


@dataclass(frozen=True)
class Text:
    """One record's texts, lower-cased once for all facts."""

    record: Record

    @cached_property
    def title(self) -> str:
        return self.record.title.lower()

    @cached_property
    def abstract(self) -> str:
        return self.record.abstract.lower()

    @cached_property
    def comment(self) -> str:
        return self.record.comment.lower()

    @cached_property
    def all(self) -> str:
        return f"{self.title}\n{self.abstract}\n{self.comment}"

    @property
    def method_name(self) -> str:
        """The short name before the title's colon, `GAIA` of “GAIA: a benchmark…”, or nothing."""
        name, colon, _ = self.record.title.partition(":")
        return name.strip() if colon and len(name.split()) <= _SHORT_NAME else ""

    @property
    def pages(self) -> int:
        told = _PAGES.search(self.comment)
        return int(told[1]) if told else 0

    @property
    def names_venue(self) -> bool:
        return bool(_VENUE.search(self.comment))

    @property
    def sizes(self) -> list[str]:
        """Model sizes that title and abstract name, such as `7B`, each once."""
        return list(dict.fromkeys(_SIZE.findall(f"{self.record.title}\n{self.record.abstract}")))

    @cached_property
    def links_out(self) -> bool:
        """Whether abstract or comment link to code, models, data or a page."""
        return any(mark in self.abstract or mark in self.comment for mark in ("http", "github", "huggingface", "www."))


@dataclass(frozen=True)
class Fact:
    """One number of a paper, and the group that it is told with."""

    name: str
    group: str
    of: Callable[[Text], float]


def _names(*words: str) -> Callable[[Text], float]:
    return lambda text: any(word in text.all for word in words)


def _titled(*words: str) -> Callable[[Text], float]:
    return lambda text: any(word in text.title for word in words)


def _listed(code: str) -> Callable[[Text], float]:
    return lambda text: code in text.record.categories


def _archived(archive: str) -> Callable[[Text], float]:
    return lambda text: any(code.partition(".")[0] == archive for code in text.record.categories)


def _primary(code: str) -> Callable[[Text], float]:
    return lambda text: text.record.primary_category == code


SUBJECTS: dict[str, Callable[[Text], float]] = {
    "language models": _names("llm", "language model"),
    "language models, in the title": _titled("llm", "language model"),
    "several modalities": _names("multimodal", "vision-language", "vlm", "mllm", "visual"),
    "several modalities, in the title": _titled("multimodal", "vision-language", "vlm", "mllm", "visual"),
    "agents": _names("agent"),
    "agents, in the title": _titled("agent"),
    "reasoning": _names("reasoning", "chain-of-thought", "chain of thought"),
    "reinforcement learning": _names("reinforcement learning", "grpo", "rlvr"),
    "training": _names("pretrain", "pre-train", "post-train", "posttrain", "mid-train"),
    "scaling": _names("scaling", "scalable", "scale"),
    "video": _names("video"),
    "diffusion": _names("diffusion", "flow matching"),
    "world models": _names("world model"),
    "robots": _names("robot", "embodied", "vision-language-action"),
    "speech": _names("speech", "audio", "music"),
    "retrieval": _names("retrieval-augmented", "retrieval augmented"),
    "medicine": _names("medical", "clinic", "patient", "disease", "drug", "protein", "molecul"),
    "time series": _names("time series", "time-series", "forecast"),
    "graphs": lambda text: bool(_GRAPH.search(text.title)),
    "federation": _names("federated", "differential privacy"),
    "theory": _names("theorem", "we prove", "convergence", "regret", "minimax"),
    "statistics": _names("bayesian", "gaussian process", "causal"),
    "teaching": _names("student", "education", "teacher"),
    "languages": _names("low-resource", "translation", "multilingual", "arabic", "hindi", "dialect", " indic "),
    "engineering": _names("traffic", "weather", "climate", "power grid", "wireless", "energy"),
    "insides of models": _names("interpretab", "autoencoder", "mechanistic"),
    "safety": _names("jailbreak", "safety", "attack"),
    "speed": _names("gpu", "speedup", "throughput", "latency"),
    "named models": _names("qwen", "llama", "deepseek", "gpt-", "gemini", "claude", "mistral"),
}

FACTS: tuple[Fact, ...] = (
    Fact("authors, logarithm", "team", lambda text: math.log1p(len(text.record.authors))),
    Fact("authors, number", "team", lambda text: min(len(text.record.authors), 50)),
    Fact("a single author", "team", lambda text: len(text.record.authors) == 1),
    Fact("many authors", "team", lambda text: len(text.record.authors) >= _MANY_AUTHORS),
    Fact("title's letters", "title", lambda text: len(text.record.title) / 100),
    Fact("title's words", "title", lambda text: len(text.record.title.split())),
    Fact("title has a colon", "title", lambda text: ":" in text.record.title),
    Fact("title names a method", "title", lambda text: bool(text.method_name)),
    Fact("name's letters", "title", lambda text: len(text.method_name) / 20),
    Fact("title asks", "title", lambda text: "?" in text.record.title),
    Fact("abstract's length, logarithm", "abstract", lambda text: math.log1p(len(text.record.abstract))),
    Fact("abstract's sentences", "abstract", lambda text: len(_SENTENCE_END.findall(text.record.abstract))),
    Fact("numbers", "abstract", lambda text: min(len(_NUMBER.findall(text.record.abstract)), 30)),
    Fact("we", "abstract", lambda text: min(len(_WE.findall(text.abstract)), 15)),
    Fact("introduces", "abstract", lambda text: "we introduce" in text.abstract),
    Fact("proposes", "abstract", lambda text: "propose" in text.abstract),
    Fact("first", "abstract", lambda text: "the first " in text.abstract),
    Fact("state of the art", "abstract", lambda text: "state-of-the-art" in text.abstract or "sota" in text.abstract),
    Fact("model sizes", "sizes", lambda text: bool(text.sizes)),
    Fact("commented", "comment", lambda text: bool(text.comment)),
    Fact("pages told", "comment", lambda text: bool(text.pages)),
    Fact("pages, logarithm", "comment", lambda text: math.log1p(text.pages)),
    Fact("figures told", "comment", lambda text: "figure" in text.comment),
    Fact("venue", "comment", lambda text: text.names_venue),
    Fact("workshop", "comment", lambda text: "workshop" in text.comment),
    Fact("links", "release", lambda text: text.links_out),
    Fact("github", "release", _names("github")),
    Fact("hugging face", "release", _names("huggingface", "hugging face")),
    Fact("project page", "release", _names("project page", "github.io", "project website", "homepage")),
    Fact("link in the comment", "release", lambda text: "http" in text.comment or "code" in text.comment),
    Fact("releases", "release", _names(*RELEASE_WORDS)),
    Fact("benchmark", "benchmark", _names("bench")),
    Fact("benchmark, in the title", "benchmark", _titled("bench")),
    Fact("dataset", "benchmark", _names("dataset", "corpus")),
    Fact("survey", "survey", _titled("survey", "review", "overview", "roadmap", "perspective")),
    Fact("technical report", "report", _names("technical report", "tech report")),
    *(Fact(name, "subject", of) for name, of in SUBJECTS.items()),
    Fact("categories, number", "categories", lambda text: len(text.record.categories)),
    *(Fact(f"in {code}", "categories", _listed(code)) for code in _CATEGORIES),
    *(Fact(f"in {archive}", "categories", _archived(archive)) for archive in _ARCHIVES),
    *(Fact(f"first in {code}", "categories", _primary(code)) for code in _PRIMARIES),
)


def fact_rows(records: Sequence[Record]) -> np.ndarray:
    """Each record's facts in the order of FACTS, (n, len(FACTS)), float32."""
    texts = [Text(record) for record in records]
    return np.array([[fact.of(text) for fact in FACTS] for text in texts], dtype=np.float32).reshape(-1, len(FACTS))
