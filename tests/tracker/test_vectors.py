"""Vectors: unit rows, the nearest, and what storing them costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.vectors import cosine, normalise, pack, top_k, unpack


def some_rows(count: int = 5, width: int = 384) -> np.ndarray:
    return normalise(np.random.default_rng(7).normal(size=(count, width)))


def test_normalised_rows_have_length_one() -> None:
    lengths = np.linalg.norm(normalise(np.array([[3.0, 4.0], [0.1, 0.0]])), axis=1)
    assert lengths == pytest.approx([1, 1])


def test_a_row_of_zeros_stays_one_instead_of_becoming_nan() -> None:
    assert normalise(np.zeros((1, 3))).tolist() == [[0, 0, 0]]


def test_cosine_compares_each_row_with_each_other() -> None:
    rows = normalise(np.array([[1.0, 0], [1, 1]]))
    assert cosine(rows, np.array([[0.0, 1], [1, 0], [-1, 0]])) == pytest.approx(
        np.array([[0, 1, -1], [0.70711, 0.70711, -0.70711]]), abs=1e-4
    )


@given(st.lists(st.sampled_from([0.1, 0.2, 0.3]), max_size=20), st.integers(0, 25))
def test_the_top_k_are_the_best_in_order_and_of_equals_the_earlier(scores: list[float], k: int) -> None:
    expected = sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:k]
    assert top_k(np.array(scores), k).tolist() == expected


def test_packed_vectors_come_back_within_half_precision() -> None:
    rows = some_rows()
    back = unpack(pack(rows))
    assert back.dtype == np.float32
    assert np.abs(cosine(back, back) - cosine(rows, rows)).max() < 5e-4


def test_a_vector_packs_to_two_bytes_a_number() -> None:
    assert [len(blob) for blob in pack(some_rows(2, 384))] == [768, 768]


def test_unpacking_nothing_gives_no_rows() -> None:
    assert unpack([]).shape == (0, 0)


def test_it_refuses_to_mix_vectors_of_two_lengths() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        unpack([b"\0\0", b"\0\0\0\0"])
