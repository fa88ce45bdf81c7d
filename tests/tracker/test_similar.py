"""Papers like a paper: nearest by vectors, each with its reasons from the data."""

import datetime as dt

import pytest
from django.utils import timezone

from tests.encoders import HashingEncoder
from tests.factories import PaperFactory
from tracker import matrix
from tracker.embeddings import embed_missing
from tracker.models import Embedding, Paper
from tracker.progress import Silent
from tracker.search import similar_papers
from tracker.vectors import pack

REWARD = "We train a reward model on preference data and penalise its ensemble."
HERRING = "We count herring in the Baltic with sonar."


@pytest.fixture(autouse=True)
def encoder(settings) -> HashingEncoder:
    settings.ENCODER_MODEL = HashingEncoder.model_name
    return HashingEncoder()


@pytest.fixture
def embed(encoder):
    return lambda: embed_missing(Paper.objects.all(), encoder, progress=Silent())


@pytest.fixture
def paper(db) -> Paper:
    return PaperFactory(title="Reward models that last", abstract=REWARD, authors=["Ada Lovelace", "Alan Turing"])


def test_the_nearest_come_first_without_the_paper_itself(paper, embed) -> None:
    fish = PaperFactory(title="Fish by sonar", abstract=HERRING, authors=["C"])
    near = PaperFactory(title="Reward models that fail", abstract=REWARD, authors=["D"])
    embed()
    found = similar_papers(paper)
    assert [one.paper for one in found] == [near, fish]
    assert found[0].similarity > 0.8 > found[1].similarity
    assert [one.paper for one in similar_papers(paper, limit=1)] == [near]


def test_each_says_what_the_two_share(paper, embed) -> None:
    PaperFactory(title="Preferences", abstract="A reward-model learns from preference data.", authors=["Alan Turing"])
    embed()
    (found,) = similar_papers(paper)
    assert found.reasons[0] == "shares Alan Turing"
    assert "“preference data”" in found.reasons[1]


def test_one_that_shares_no_word_says_so(paper, embed) -> None:
    PaperFactory(title="Fish by sonar", abstract=HERRING, authors=["C"])
    embed()
    assert similar_papers(paper)[0].reasons == ["near in meaning, in other words"]


def test_many_shared_authors_are_counted(embed, db) -> None:
    names = [f"Author {letter}" for letter in "ABCDE"]
    papers = [PaperFactory(title=title, abstract=title, authors=names) for title in ("Herring", "Sonar")]
    embed()
    assert similar_papers(papers[0])[0].reasons == ["shares Author A, Author B, Author C and 2 more"]


def test_withdrawn_papers_are_left_out(paper, embed) -> None:
    PaperFactory(abstract=REWARD, withdrawn=True)
    embed()
    assert similar_papers(paper) == []


def test_a_withdrawn_paper_still_has_similar_ones(paper, embed) -> None:
    Paper.objects.filter(pk=paper.pk).update(withdrawn=True)
    near = PaperFactory(abstract=REWARD)
    embed()
    assert [one.paper for one in similar_papers(paper)] == [near]


def test_a_paper_without_a_vector_has_none(paper, embed) -> None:
    assert similar_papers(paper) == []
    PaperFactory()
    embed()
    assert similar_papers(PaperFactory()) == []


def test_vectors_of_another_encoder_are_not_compared(paper, embed, settings) -> None:
    PaperFactory(abstract=REWARD)
    embed()
    settings.ENCODER_MODEL = "another"
    assert similar_papers(paper) == []


def test_it_sees_papers_embedded_since(paper, embed) -> None:
    embed()
    assert similar_papers(paper) == []
    near = PaperFactory(abstract=REWARD)
    embed()
    assert [one.paper for one in similar_papers(paper)] == [near]


def test_it_sees_a_vector_that_was_made_again(paper, embed) -> None:
    other = PaperFactory(title="Fish by sonar", abstract=HERRING)
    embed()
    before = similar_papers(paper)[0].similarity
    Paper.objects.filter(pk=other.pk).update(abstract=REWARD, text_hash="new")
    embed()
    assert similar_papers(paper)[0].similarity > before + 0.5


def test_what_was_committed_late_is_read_with_the_next_change(paper, embed, encoder) -> None:
    embed()
    similar_papers(paper)
    late, now = timezone.now() - dt.timedelta(minutes=1), timezone.now()
    for made_at in (late, now):
        vector = pack(encoder.encode([REWARD]))[0]
        other = PaperFactory(abstract=REWARD)
        Embedding.objects.create(
            paper=other, model_name="hashing", vector=vector, text_hash=other.text_hash, made_at=made_at
        )
    assert len(similar_papers(paper)) == 2


def test_it_costs_the_same_however_many_papers_there_are(paper, embed, django_assert_num_queries) -> None:
    for count in (2, 12):
        PaperFactory.create_batch(count, abstract=REWARD)
        embed()
        similar_papers(paper)
        with django_assert_num_queries(3):  # the latest vector; papers; their authors
            similar_papers(paper, limit=10)


def test_hostile_text_is_told_as_it_stands(embed, db) -> None:
    script = "<script>alert(1)</script>"
    papers = [PaperFactory(title=script, abstract=script * 1_000, authors=[script]) for _ in range(2)]
    embed()
    assert similar_papers(papers[0])[0].reasons[0] == f"shares {script}"


def test_the_matrix_is_read_once_and_then_kept(paper, embed, monkeypatch) -> None:
    embed()
    first = matrix.shelf("hashing").matrix()
    assert matrix.shelf("hashing").matrix() is first
