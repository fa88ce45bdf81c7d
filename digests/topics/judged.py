"""Papers named by a CSV of labels, found in the corpus or in files, with the vectors that judging them needs."""

import csv
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tracker import vectors
from tracker.batches import batches
from tracker.encoder import Encoder
from tracker.encoder_cache import CachedEncoder
from tracker.errors import GalleyError
from tracker.models import Embedding, Paper
from tracker.progress import Progress
from tracker.records import MalformedId, paper_text, parse_arxiv_id, text_hash
from tracker.snapshot import BadLine, read_records
from tracker.vectors import unpack

_IDS_A_QUERY = 5_000


class UnreadableLabels(GalleyError):
    """The file is no CSV of labels."""


class NothingToJudge(GalleyError):
    """None of the labelled papers could be found."""


@dataclass(frozen=True)
class Label:
    """What people who read a paper say it is about: one topic and, where others compete, those too."""

    arxiv_id: str
    topic: str
    also: tuple[str, ...] = ()


def read_labels(path: Path) -> list[Label]:
    """The labels of a CSV with the columns `id`, `topic` and, if it likes, `also`. Raises UnreadableLabels."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            missing = {"id", "topic"} - set(rows.fieldnames or ())
            if missing:
                raise UnreadableLabels(f"{path} has no column {' or '.join(sorted(missing))}: it needs id and topic.")
            return [_label(row, path, rows.line_num) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableLabels(f"{path} can't be read as a CSV of labels: {error}.") from error


def _label(row: dict[str, str | None], path: Path, line: int) -> Label:
    try:
        arxiv_id, _ = parse_arxiv_id(row["id"] or "")
    except MalformedId as error:
        raise UnreadableLabels(f"{path}, line {line}: {error}") from error
    topic = (row["topic"] or "").strip()
    if not topic:
        raise UnreadableLabels(f"{path}, line {line}: {arxiv_id} has no topic.")
    return Label(arxiv_id, topic, tuple((row.get("also") or "").split()))


def ids_in(files: Iterable[Path]) -> set[str]:
    """The ids of all papers in the files. Raises UnreadableFile."""
    return {record.arxiv_id for path in files for record in read_records(path) if not isinstance(record, BadLine)}


def find_papers(wanted: Collection[str], files: Iterable[Path], progress: Progress) -> dict[str, Paper]:
    """Those of the wanted papers that stand in the files, or else in the corpus; rows of files are never stored.

    Files may hold more papers; of a paper that stands in several the first is taken. Raises UnreadableFile.
    """
    found: dict[str, Paper] = {}
    missing = set(wanted)
    for path in files:
        progress.note(f"Reading {path}")
        for record in read_records(path):
            if not isinstance(record, BadLine) and record.arxiv_id in missing:
                missing.discard(record.arxiv_id)
                found[record.arxiv_id] = Paper(
                    arxiv_id=record.arxiv_id,
                    title=record.title,
                    abstract=record.abstract,
                    primary_category=record.primary_category,
                    text_hash=text_hash(record.title, record.abstract),
                )
    for ids in batches(sorted(missing), _IDS_A_QUERY):
        found.update((paper.arxiv_id, paper) for paper in Paper.objects.filter(arxiv_id__in=ids))
    return found


def rows_of(papers: Sequence[Paper], encoder: Encoder, progress: Progress) -> np.ndarray:
    """The papers' rows by the encoder, (n, d): as stored where their text was encoded before, else made and kept."""
    told = Embedding.objects.filter(model_name=encoder.model_name)
    stored = {
        text_hash: bytes(vector)
        for ids in batches((paper.arxiv_id for paper in papers), _IDS_A_QUERY)
        for text_hash, vector in told.filter(paper__arxiv_id__in=ids).values_list("text_hash", "vector")
    }
    new = {
        paper.text_hash: paper_text(paper.title, paper.abstract) for paper in papers if paper.text_hash not in stored
    }
    progress.start("Embedding", len(new))
    made = CachedEncoder(encoder).encode(list(new.values()), on_batch=progress.advance)
    stored.update(zip(new, vectors.pack(made), strict=True))
    return unpack([stored[paper.text_hash] for paper in papers])
