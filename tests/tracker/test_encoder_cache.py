"""Vectors kept in DATA_DIR: made once, the same afterwards, and a file that is no cache is told."""

import numpy as np
import pytest

from tests.encoders import HashingEncoder
from tracker.encoder_cache import CachedEncoder, UnusableCache

TEXTS = ["Bread and flour", "Rockets in orbit", "Bread and flour"]


@pytest.fixture(autouse=True)
def own_data(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path


def test_a_text_is_encoded_once_for_all_processes():
    first, second = HashingEncoder(), HashingEncoder()
    made = CachedEncoder(first).encode(TEXTS)
    kept = CachedEncoder(second).encode([*TEXTS, "New"])
    assert sorted(first.asked) == sorted(set(TEXTS))
    assert second.asked == ["New"]
    assert np.array_equal(made, kept[:3])
    assert np.allclose(made, HashingEncoder().encode(TEXTS), atol=1e-3)  # kept as float16


def test_vectors_of_two_encoders_are_kept_apart():
    other = HashingEncoder()
    other.model_name = "group/other@1"
    CachedEncoder(HashingEncoder()).encode(TEXTS)
    CachedEncoder(other).encode(TEXTS)
    assert other.asked


def test_no_texts_make_no_rows():
    assert CachedEncoder(HashingEncoder()).encode([]).shape == (0, 256)


def test_progress_counts_each_text_once():
    counted: list[int] = []
    cached = CachedEncoder(HashingEncoder())
    cached.encode(TEXTS[:1])
    cached.encode(TEXTS, on_batch=counted.append)
    assert sum(counted) == len(TEXTS)


def test_a_file_that_is_no_cache_is_told_with_what_to_do(tmp_path):
    cached = CachedEncoder(HashingEncoder())
    cached.path.parent.mkdir(parents=True)
    cached.path.write_text("no database " * 100)
    with pytest.raises(UnusableCache, match="remove it, or set DATA_DIR"):
        cached.encode(TEXTS)
