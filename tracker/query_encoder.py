"""Vectors of queries without torch: the encoder's weights written once as ONNX, which a web process loads in a moment.

A worker or a command writes the copy, which knows torch; it lies in DATA_DIR. Where there is none, because nobody wrote
it yet or the model can't be written so, there are no vectors of queries, and search goes by words alone.
"""

import importlib
import re
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from django.conf import settings

from tracker.encoder import SHIPPED_MODEL, SHIPPED_WEIGHTS, EncoderUnavailable, SentenceEncoder, load, model_name_of

TOLERANCE = 1e-5  # how far a number of the copy's vectors may lie from the reference's
_TRIALS = (
    "attention",
    "How do language models reason about $O(n^2)$ proofs, and where do they fail?",
    "retrieval augmented generation for question answering " * 60,  # more than the model reads
)


class QueryEncoder:
    """The copy of one encoder, ready to answer."""

    def __init__(self, folder: Path, model_name: str) -> None:
        runtime, tokenizers = importlib.import_module("onnxruntime"), importlib.import_module("tokenizers")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1  # a query is a few tokens: threads would only wait for each other
        self._session = runtime.InferenceSession(str(folder / "model.onnx"), options)
        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.model_name = model_name

    def encode(self, text: str) -> np.ndarray:
        """The text's unit vector (d,), float32: comparable with the encoder's own."""
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        vector: np.ndarray = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        return vector


def get_query_encoder() -> QueryEncoder | None:
    """The copy of the encoder that ENCODER_MODEL names, loaded once per process; None where nobody wrote it yet."""
    folder = _folder(settings.ENCODER_MODEL)
    return _open(folder, model_name_of(settings.ENCODER_MODEL)) if folder.is_dir() else None


@cache
def _open(folder: Path, model_name: str) -> QueryEncoder:
    return QueryEncoder(folder, model_name)


def write_copy() -> bool:
    """Write the copy of the configured encoder, if it isn't there; whether it was written now.

    Loads torch. The copy appears only when its vectors were found equal to the encoder's own, and all at once. Raises
    EncoderUnavailable.
    """
    folder = _folder(settings.ENCODER_MODEL)
    if folder.is_dir():
        return False
    encoder = load(settings.ENCODER_MODEL)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, ignore_cleanup_errors=True) as made:
        encoder.export(Path(made))
        _check(QueryEncoder(Path(made), encoder.model_name), encoder)
        Path(made).chmod(0o755)
        try:
            Path(made).rename(folder)
        except OSError:  # another process was quicker
            return False
    return True


def _check(copy: QueryEncoder, encoder: SentenceEncoder) -> None:
    for text in _TRIALS:
        apart = float(np.abs(copy.encode(text) - encoder.encode([text])[0]).max())
        if not apart <= TOLERANCE:
            raise EncoderUnavailable(
                f"The copy of {encoder.model_name} gives other vectors than the encoder itself (by {apart:.1e}), so it"
                " was thrown away, and pages search by words alone."
            )


def _folder(wanted: str) -> Path:
    name = f"{SHIPPED_MODEL}@{SHIPPED_WEIGHTS[:12]}" if wanted == SHIPPED_MODEL else model_name_of(wanted)
    folder: Path = settings.DATA_DIR / "encoders" / re.sub(r"[^\w.@-]", "-", name)
    return folder
