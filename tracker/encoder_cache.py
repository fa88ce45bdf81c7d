"""Vectors of texts that aren't in the corpus, kept in DATA_DIR: a second evaluation needn't encode them again."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import numpy as np
from django.conf import settings

from tracker import vectors
from tracker.batches import batches
from tracker.encoder import Encoder
from tracker.errors import GalleyError

CHUNK = 64  # texts encoded, then kept together: what a killed command loses at most
_HASHES_A_QUERY = 500
_TABLE = "CREATE TABLE IF NOT EXISTS vector (text_hash TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
_PATIENCE = 20.0  # seconds to wait for another command that writes


class UnusableCache(GalleyError):
    """The file of kept vectors can't be read or written."""


class CachedEncoder:
    """An encoder that remembers, across processes, what it has encoded; vectors are kept as the corpus keeps them.

    Raises UnusableCache.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.model_name = encoder.model_name
        self.dimension = encoder.dimension
        self.path = Path(settings.DATA_DIR) / "vectors" / f"{quote(encoder.model_name, safe='')}.sqlite3"

    def encode(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
        hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as kept:
                kept.execute(_TABLE)
                known = _read(kept, set(hashes))
                if on_batch is not None and known:
                    on_batch(sum(text_hash in known for text_hash in hashes))
                new = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
                for chunk in batches(sorted(new, key=lambda key: len(new[key])), CHUNK):
                    rows = self._encoder.encode([new[key] for key in chunk], on_batch=on_batch)
                    made = dict(zip(chunk, vectors.pack(rows), strict=True))
                    with kept:
                        kept.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", made.items())
                    known.update(made)
        except (OSError, sqlite3.Error) as error:
            raise UnusableCache(
                f"Vectors can't be kept in {self.path} ({error}): remove it, or set DATA_DIR."
            ) from error
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return vectors.unpack([known[key] for key in hashes])


def _read(kept: sqlite3.Connection, wanted: set[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for chunk in batches(sorted(wanted), _HASHES_A_QUERY):
        marks = ",".join("?" * len(chunk))
        found.update(kept.execute(f"SELECT text_hash, vector FROM vector WHERE text_hash IN ({marks})", chunk))  # noqa: S608 (marks are question marks)
    return found
