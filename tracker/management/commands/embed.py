"""`manage.py embed`: vectors for the papers that lack one, and how near the encoder comes to the machine's best."""

import random
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from tracker.embeddings import embed_missing
from tracker.encoder import SentenceEncoder, get_encoder, load
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand
from tracker.models import Paper
from tracker.weeks import Week

_ROUNDS = 7
_TEXTS_A_ROUND = 32
_PHRASES = (
    "We study how language models learn from long documents",
    "a simple objective that needs no labelled examples",
    "experiments on twelve benchmarks, in seven languages, with models of 1B to 70B parameters",
    "our method improves accuracy by 4.2 points over strong baselines at half the cost",
    "the gains shrink when the training data overlap with the questions asked",
    "we release code, checkpoints and the annotated dataset",
    "an ablation shows that most of the effect is due to the order of the training stages",
    "prior work has relied on expensive human annotation and on closed systems",
)


class NoPapers(GalleyError):
    """There is nothing to embed."""


class Command(GalleyCommand):
    help = "Make the vectors of papers that lack one, of all weeks or of one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--week", help="only papers announced in this ISO week, like 2023-W47")
        what.add_argument("--benchmark", action="store_true", help="measure the encoder against matrix multiply")

    def run(self, **options: Any) -> dict[str, Any]:
        if options["benchmark"]:
            return measure(load(settings.ENCODER_MODEL))
        week = options["week"]
        papers = Paper.objects.announced_in(Week.parse(week)) if week else Paper.objects.all()
        if week and not papers.exists():
            raise NoPapers(f"No paper is known to have been announced in {week}. Harvest that week first.")
        encoder = get_encoder()
        started = time.perf_counter()
        embedded = embed_missing(papers, encoder, progress=self.progress, should_stop=self.should_stop)
        return {
            "model": encoder.model_name,
            "embedded": embedded,
            "current": papers.count() - papers.lacking_embedding(encoder.model_name).count(),
            "seconds": round(time.perf_counter() - started, 2),
        }


def measure(encoder: SentenceEncoder) -> dict[str, Any]:
    """Texts per second of the encoder, and as many as this machine's matrix multiply would allow.

    Allowed is what fp32 multiplications of the model's own shapes reach, in operations per second on all cores
    with nothing else done in between, divided by the operations that the model's matrix products take for these
    texts at their true lengths. So tokenising, padding, attention's softmax, activations and normalisation all
    count against the encoder. The two are measured in turns, and of each the best turn counts: the one that other
    work on the machine disturbed least. The texts are made up, as long as arXiv's: most fill the 256 tokens.
    """
    texts = _made_up_texts(_TEXTS_A_ROUND)
    tokens = encoder.token_counts(texts)
    flops = sum(encoder.matrix_flops(count) for count in tokens) / len(texts)
    encoder.encode(texts)
    reached, allowed = [], []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        encoder.encode(texts)
        spent = time.perf_counter() - started
        reached.append(len(texts) / spent)
        allowed.append(encoder.matrix_speed(seconds=spent) / flops)
    return {
        "model": encoder.model_name,
        "mean_tokens": round(sum(tokens) / len(tokens), 1),
        "gflop_per_text": round(flops / 1e9, 3),
        "matrix_gflop_per_second": round(max(allowed) * flops / 1e9, 1),
        "texts_per_second": round(max(reached), 1),
        "matrix_texts_per_second": round(max(allowed), 1),
        "ratio": round(max(reached) / max(allowed), 3),
    }


def _made_up_texts(count: int) -> list[str]:
    """Texts of a title's and an abstract's length, the same at each call."""
    dice = random.Random(2023)  # noqa: S311 (no secret: figures should be repeatable)
    return [". ".join(dice.choices(_PHRASES, k=dice.randint(14, 24))) for _ in range(count)]
