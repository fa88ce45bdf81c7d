"""Stored vectors: made where one lacks, kept where current, safe to cut off, and read in order."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tests.encoders import HashingEncoder
from tests.factories import PaperFactory
from tracker import embeddings
from tracker.embeddings import MissingEmbeddings, embed_missing, load_matrix
from tracker.models import Embedding, Paper
from tracker.progress import Silent

pytestmark = pytest.mark.django_db


class Counting(Silent):
    def __init__(self) -> None:
        self.total: int | None = None
        self.done = 0

    def start(self, label: str, total: int | None) -> None:
        self.total = total

    def advance(self, count: int = 1) -> None:
        self.done += count


class Meddling(HashingEncoder):
    """While it works, something else happens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def encode(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> np.ndarray:
        self.meanwhile()
        return super().encode(texts, on_batch=on_batch)


def stored() -> dict[int, bytes]:
    return {row.paper_id: bytes(row.vector) for row in Embedding.objects.all()}


def test_each_paper_gets_a_vector_and_progress_is_told() -> None:
    PaperFactory.create_batch(5)
    progress = Counting()
    assert embed_missing(Paper.objects.all(), HashingEncoder(), progress=progress) == 5
    assert (progress.total, progress.done) == (5, 5)
    assert Paper.objects.lacking_embedding("hashing").count() == 0


def test_papers_with_a_current_vector_are_not_encoded_again() -> None:
    PaperFactory.create_batch(3)
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    before, encoder = stored(), HashingEncoder()
    assert embed_missing(Paper.objects.all(), encoder, progress=Silent()) == 0
    assert encoder.asked == []
    assert stored() == before


def test_a_paper_whose_text_changed_is_embedded_again_in_place() -> None:
    paper = PaperFactory()
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    before = stored()
    Paper.objects.filter(pk=paper.pk).update(title="Another title altogether", text_hash="another")
    assert embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent()) == 1
    assert stored().keys() == before.keys()
    assert stored() != before


def test_a_paper_that_changes_while_it_is_encoded_waits_for_the_next_run() -> None:
    changing, other = PaperFactory(), PaperFactory()
    encoder = Meddling(lambda: Paper.objects.filter(pk=changing.pk).update(text_hash="newer"))
    assert embed_missing(Paper.objects.all(), encoder, progress=Silent()) == 1
    assert stored().keys() == {other.pk}


def test_a_paper_deleted_while_it_is_encoded_is_passed_over() -> None:
    gone, other = PaperFactory(), PaperFactory()
    encoder = Meddling(lambda: Paper.objects.filter(pk=gone.pk).delete())
    assert embed_missing(Paper.objects.all(), encoder, progress=Silent()) == 1
    assert stored().keys() == {other.pk}


def test_a_run_cut_off_ends_as_an_undisturbed_one(monkeypatch) -> None:
    monkeypatch.setattr(embeddings, "CHUNK", 2)
    PaperFactory.create_batch(7)
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    undisturbed = stored()
    Embedding.objects.all().delete()

    calls: list[int] = []

    def cut_off() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed_missing(Paper.objects.all(), Meddling(cut_off), progress=Silent())
    assert len(stored()) == 4
    assert embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent()) == 3
    assert stored() == undisturbed


def test_nothing_is_encoded_inside_a_transaction_and_chunks_take_few_queries(django_assert_num_queries) -> None:
    PaperFactory.create_batch(20)
    with django_assert_num_queries(6):  # what lacks; the chunk's papers; savepoint, current texts, upsert, release
        embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())


def test_a_matrix_has_its_rows_in_the_order_asked_for() -> None:
    papers = PaperFactory.create_batch(3)
    encoder = HashingEncoder()
    embed_missing(Paper.objects.all(), encoder, progress=Silent())
    ids = [papers[2].pk, papers[0].pk, papers[2].pk]
    matrix = load_matrix(ids, "hashing")
    expected = encoder.encode([f"{paper.title}\n{paper.abstract}" for paper in (papers[2], papers[0], papers[2])])
    assert matrix == pytest.approx(expected, abs=1e-3)
    assert load_matrix([], "hashing").shape == (0, 0)


def test_vectors_of_another_encoder_do_not_count() -> None:
    paper = PaperFactory()
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    with pytest.raises(MissingEmbeddings, match="1 of 1 papers have no vector of all-MiniLM-L6-v2"):
        load_matrix([paper.pk], "all-MiniLM-L6-v2")
