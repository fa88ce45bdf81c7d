"""The shipped topic model: light, safe to load, true in its reasons, and left alone where it doesn't fit."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from digests.classify import suggest_topics
from digests.models import Series
from digests.topics.model import SHIPPED, UnreadableModel, load_model, own_path
from tests.encoders import HashingEncoder
from tracker.models import Paper
from tracker.vectors import normalise


class ShippedName(HashingEncoder):
    """Passes for the shipped encoder, with vectors of its size."""

    model_name = "all-MiniLM-L6-v2"
    dimension = 384


def paper(title: str, abstract: str = "") -> Paper:
    return Paper(arxiv_id="2601.00001", title=title, abstract=abstract)


QUANTIZED = paper(
    "Post-training quantization of large language models to four bits",
    "We quantize the weights of a large language model and its KV cache, which doubles inference throughput.",
)
JAILBREAK = paper(
    "Jailbreak attacks on aligned large language models",
    "We show adversarial prompts that elicit harmful answers, and propose a safety defense.",
)
BENCHMARK = paper(
    "A benchmark for evaluating large language models",
    "We introduce a benchmark of 3,000 questions and evaluate twenty LLMs. The best models fail often.",
)
BANDITS = paper(
    "Regret bounds for kernel bandits",
    "We prove a tight regret bound for Gaussian process optimization under noise with an algorithm of low complexity.",
)


def suggest(series: Series, *papers: Paper):
    encoder = ShippedName()
    rows = np.tile(load_model(SHIPPED).centre, (len(papers), 1))  # vectors that say nothing: the words must do
    return suggest_topics(series, papers, rows, encoder)


def test_the_shipped_file_is_small_and_holds_no_code() -> None:
    assert SHIPPED.stat().st_size < 1_000_000
    model = load_model(SHIPPED)
    assert model.classes[-2:] == ("other", "off")
    assert model.terms.shape == model.title_terms.shape == (len(model.vocabulary), 8)


def test_it_comes_through_saving_and_loading(tmp_path: Path) -> None:
    model = load_model(SHIPPED)
    model.save(tmp_path / "again.npz")
    again = load_model(tmp_path / "again.npz")
    rows = normalise(np.random.default_rng(0).normal(size=(2, len(model.centre))))
    papers = [QUANTIZED, BANDITS]
    assert np.allclose(model.judge(papers, rows).log_chances, again.judge(papers, rows).log_chances, atol=0.01)


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "topics.npz").write_text("no weights")
    with pytest.raises(UnreadableModel, match="train_topics"):
        load_model(tmp_path / "topics.npz")


@pytest.mark.django_db
def test_papers_of_the_default_topics_are_told_by_their_words(series: Series) -> None:
    found = suggest(series, QUANTIZED, JAILBREAK, BENCHMARK)
    assert [one.topic and one.topic.slug for one in found] == ["training", "responsible", "progress"]
    assert all(one.inside and one.score >= one.margin > 0.5 for one in found)


@pytest.mark.django_db
def test_what_is_no_language_model_lies_outside(series: Series) -> None:
    (found,) = suggest(series, BANDITS)
    assert (found.topic, found.inside) == (None, False)
    assert found.score > 0.5 > found.belonging
    assert found.reasons[0].startswith("outside the series by its words: ")


@pytest.mark.django_db
def test_the_reasons_are_the_largest_parts_of_the_sum(series: Series) -> None:
    """Without the words that are named, the topic loses more than without as many others."""
    (found,) = suggest(series, QUANTIZED)
    (reason,) = [one for one in found.reasons if one.startswith("its words: ")]
    named = reason.removeprefix("its words: ").split(", ")
    model, group = load_model(SHIPPED), load_model(SHIPPED).classes.index("training")
    judgement = model.judge([QUANTIZED], model.centre[np.newaxis])
    columns, added = judgement.parts[0]
    lead = added[:, group] - added.mean(axis=1)
    adds = {model.vocabulary[column]: amount for column, amount in zip(columns, lead, strict=True)}
    assert set(named) <= set(adds)
    assert all(adds[term] >= np.quantile(lead, 0.8) for term in named)


@pytest.mark.django_db
def test_a_paper_never_reads_like_itself() -> None:
    model = load_model(SHIPPED)
    example = model.examples[0]
    row = normalise(model.example_rows[:1]) + model.centre
    judgement = model.judge([Paper(arxiv_id=example.arxiv_id, title=example.title, abstract="")], row)
    group = int(model.example_classes[0])
    assert not any(example.arxiv_id in reason for reason in judgement.reasons(0, group))


@pytest.mark.django_db
def test_a_series_with_another_topic_is_judged_by_its_own_lines(series: Series) -> None:
    series.topics.create(slug="retrieval", name="Retrieval", description="Searching documents")
    encoder = ShippedName()
    suggest_topics(series, [QUANTIZED], encoder.encode([QUANTIZED.title]), encoder)
    assert any(text.startswith("Retrieval. ") for text in encoder.asked)


@pytest.mark.django_db
def test_another_encoder_s_vectors_are_not_judged_by_the_shipped_weights(series: Series) -> None:
    series.scope = "Language models, as another encoder reads them"
    encoder = HashingEncoder()
    suggest_topics(series, [QUANTIZED], encoder.encode([QUANTIZED.title]), encoder)
    assert series.scope in encoder.asked


@pytest.mark.django_db
def test_a_model_trained_here_goes_before_the_shipped_one(series: Series, settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    model = load_model(SHIPPED)
    object.__setattr__(model, "threshold", 1.0)
    model.save(own_path(series))
    (found,) = suggest(series, QUANTIZED)
    assert (found.topic, found.inside) == (None, True)
    assert found.reasons[-1].startswith("between LLM Training")


def test_suggesting_imports_neither_torch_nor_scikit_learn() -> None:
    script = (
        "import django, sys; django.setup(); import digests.classify, digests.drafting;"
        "print([name for name in ('torch', 'sklearn', 'scipy') if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env={
            "DJANGO_SETTINGS_MODULE": "tracker.config.settings",
            "SECRET_KEY": "x",
            "DATA_DIR": str(settings.DATA_DIR),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == "[]"
