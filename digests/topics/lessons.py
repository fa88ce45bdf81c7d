"""Labelled papers made ready to learn topics from, with the words of many papers without labels beside them."""

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from digests.models import Series
from digests.topics.judged import Label, NothingToJudge, find_papers, rows_of
from digests.topics.model import OFF, OTHER
from digests.topics.training import Lesson, Words, learn_words
from tracker.encoder import get_encoder
from tracker.errors import GalleyError
from tracker.models import Paper
from tracker.progress import Progress
from tracker.snapshot import BadLine, read_records

WORDS_FROM = 40_000  # papers without labels


class UnknownTopic(GalleyError):
    """A label names no topic of the series."""


def classes_of(series: Series) -> list[str]:
    """The slugs of the series' topics in their order, then those of no topic and of lying outside."""
    return [*series.topics.values_list("slug", flat=True), OTHER, OFF]


def learn_lesson(
    classes: Sequence[str],
    labels: Sequence[Label],
    files: Sequence[Path],
    left_out: Collection[str],
    progress: Progress,
) -> Lesson:
    """The labelled papers that are found in the files or the corpus, in the order of the labels, ready to learn from.

    Raises UnknownTopic, NothingToJudge, UnreadableFile, EncoderUnavailable.
    """
    check_topics(classes, labels)
    papers = find_papers([label.arxiv_id for label in labels], files, progress)
    known = [label for label in labels if label.arxiv_id in papers]
    if not known:
        raise NothingToJudge("None of the labelled papers are in the files or the corpus: name files with --papers.")
    progress.note(f"{len(known)} of {len(labels)} labelled papers found")
    found = [papers[label.arxiv_id] for label in known]
    matrix = rows_of(found, get_encoder(), progress)
    return Lesson.of(classes, known, found, matrix, words_of(files, found, left_out, progress))


def check_topics(classes: Collection[str], labels: Iterable[Label]) -> None:
    """Raises UnknownTopic."""
    strange = sorted({label.topic for label in labels} - set(classes))
    if strange:
        raise UnknownTopic(f"The labels name {', '.join(strange)}; the series knows {', '.join(classes)}.")


def words_of(files: Sequence[Path], papers: Sequence[Paper], left_out: Collection[str], progress: Progress) -> Words:
    """What the labelled papers and a sample of all others in the files teach of words. No labels are read."""
    progress.start("Learning words", None)
    texts = {paper.arxiv_id: (paper.title, paper.abstract) for paper in papers}
    others = {one_id: text for one_id, text in _texts(files) if one_id not in texts and one_id not in left_out}
    sample = sorted(others, key=lambda one_id: zlib.crc32(one_id.encode()))[:WORDS_FROM]
    texts.update((one_id, others[one_id]) for one_id in sample)
    return learn_words(texts.values())


def _texts(files: Sequence[Path]) -> Iterator[tuple[str, tuple[str, str]]]:
    for path in files:
        for record in read_records(path):
            if not isinstance(record, BadLine):
                yield record.arxiv_id, (record.title, record.abstract)
