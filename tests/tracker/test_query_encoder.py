"""The encoder's copy, by which web processes turn queries into vectors: as good as the encoder, without torch."""

import subprocess
import sys

import numpy as np
import pytest
from django.conf import settings as current

from tests.encoders import HashingEncoder
from tracker import query_encoder
from tracker.encoder import EncoderUnavailable, load
from tracker.query_encoder import TOLERANCE, get_query_encoder, write_copy

# Tokenised as nothing much, as words, as formulas, beyond what the model reads, and in other scripts.
TEXTS = [
    "",
    "a",
    "the cat sat",
    "$\\sum_{i=1}^n x_i^2$",
    "long text " * 500,
    "Übersicht 言語モデル \u202e",
    "\0<script>",
]


@pytest.fixture(scope="module")
def copies(tmp_path_factory):
    """A DATA_DIR with a copy in it."""
    folder = tmp_path_factory.mktemp("copies")
    before, current.DATA_DIR = current.DATA_DIR, folder
    assert write_copy() is True
    current.DATA_DIR = before
    return folder


@pytest.fixture
def with_copy(copies, settings):
    settings.DATA_DIR = copies
    return copies


def test_its_vectors_are_the_encoders_own(with_copy) -> None:
    copy, encoder = get_query_encoder(), load(current.ENCODER_MODEL)
    assert copy.model_name == encoder.model_name
    for text in TEXTS:
        assert np.abs(copy.encode(text) - encoder.encode([text])[0]).max() <= TOLERANCE, text


def test_it_is_written_once(with_copy) -> None:
    assert write_copy() is False


def test_a_process_that_searches_loads_no_torch(with_copy) -> None:
    told = subprocess.run(
        [sys.executable, "-c", SEARCH_ALONE],
        env={"SECRET_KEY": "x" * 50, "DATA_DIR": str(with_copy), "DJANGO_SETTINGS_MODULE": "tracker.config.settings"},
        cwd=current.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "384 []"


SEARCH_ALONE = """
import sys
import tracker.config.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
from tracker.query_encoder import get_query_encoder
print(len(get_query_encoder().encode("attention")), [name for name in ("torch", "transformers") if name in sys.modules])
"""


def test_without_a_copy_there_is_no_encoder(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path
    assert get_query_encoder() is None


def test_one_that_differs_from_the_encoder_is_thrown_away(settings, tmp_path, monkeypatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(query_encoder, "TOLERANCE", 0.0)
    with pytest.raises(EncoderUnavailable, match="gives other vectors than the encoder itself"):
        write_copy()
    assert get_query_encoder() is None
    assert list((tmp_path / "encoders").iterdir()) == []


def test_a_model_that_cannot_be_written_so_is_told(settings, tmp_path, monkeypatch) -> None:
    settings.DATA_DIR = tmp_path
    encoder = load(settings.ENCODER_MODEL)
    monkeypatch.setattr(query_encoder, "load", lambda wanted: type(encoder)(NoTokenizer(), "odd"))
    with pytest.raises(EncoderUnavailable, match="odd can't be written as ONNX"):
        write_copy()
    assert get_query_encoder() is None


class NoTokenizer(HashingEncoder):
    """A model without what the copy needs."""

    def get_embedding_dimension(self) -> int:
        return self.dimension
