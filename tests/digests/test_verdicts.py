"""Learning topics from verdicts: papers like those that an editor moved follow them; nothing else does."""

import numpy as np
import pytest

from digests.classify import TopicSuggestion, suggest_topics
from digests.models import Candidate, Series, Topic
from digests.topics.verdicts import learn, softmax
from tests.encoders import HashingEncoder
from tests.factories import CandidateFactory, DigestFactory, PaperFactory
from tracker.models import Embedding, Paper
from tracker.records import paper_text
from tracker.vectors import normalise, pack

BREAD = "Sourdough bread rising slowly in clay pots"


@pytest.fixture
def kitchen(db) -> Series:
    series = Series.objects.create(slug="kitchen", name="Kitchen papers", headline_template="Kitchen", scope="Cooking")
    Topic.objects.create(series=series, slug="baking", name="Baking", description="Bread and cake from the oven")
    Topic.objects.create(series=series, slug="pots", name="Pots", description="Pans and pots on the stove", position=1)
    return series


def embedded(title: str) -> Paper:
    paper, encoder = PaperFactory(title=title, abstract=title), HashingEncoder()
    (blob,) = pack(encoder.encode([paper_text(paper.title, paper.abstract)]))
    Embedding.objects.create(paper=paper, model_name=encoder.model_name, vector=blob, text_hash=paper.text_hash)
    return paper


def decide(series: Series, title: str, **verdict) -> Candidate:
    digest = series.digests.first() or DigestFactory(series=series)
    return CandidateFactory(digest=digest, paper=embedded(title), **verdict)


def suggest(series: Series, title: str) -> TopicSuggestion:
    encoder = HashingEncoder()
    rows = encoder.encode([paper_text(title, title)])
    return suggest_topics(series, [Paper(title=title, abstract=title)], rows, encoder)[0]


def test_papers_like_those_moved_follow_them_and_say_so(kitchen: Series) -> None:
    baking, pots = kitchen.topics.all()
    before = suggest(kitchen, BREAD)
    moved = [decide(kitchen, f"{BREAD} {number}", decided_topic=baking) for number in range(6)]
    after = suggest(kitchen, BREAD)
    assert before.topic == pots
    assert after.topic == baking
    assert after.score > before.score - before.margin
    assert any(after.reasons[0] == f"reads like {one.paper.arxiv_id}, which you put under Baking" for one in moved)


def test_a_pick_under_the_suggested_topic_confirms_it(kitchen: Series) -> None:
    _, pots = kitchen.topics.all()
    before = suggest(kitchen, BREAD)
    decide(kitchen, BREAD, suggested_topic=pots, verdict=Candidate.Verdict.PICKED)
    assert suggest(kitchen, BREAD).score > before.score


def test_a_skip_tells_nothing_of_the_topic(kitchen: Series) -> None:
    baking, _ = kitchen.topics.all()
    before = suggest(kitchen, BREAD)
    decide(kitchen, BREAD, suggested_topic=baking, verdict=Candidate.Verdict.SKIPPED)
    assert suggest(kitchen, BREAD) == before


def test_another_series_learns_nothing_from_them(kitchen: Series, series: Series) -> None:
    before = suggest(kitchen, BREAD)
    decide(series, BREAD, decided_topic=series.topics.first())
    assert suggest(kitchen, BREAD) == before


def test_a_paper_isnt_told_by_its_own_verdict(kitchen: Series) -> None:
    """Or drafting a week again would call every move right."""
    baking, pots = kitchen.topics.all()
    paper = decide(kitchen, BREAD, decided_topic=baking).paper
    encoder = HashingEncoder()
    rows = encoder.encode([paper_text(paper.title, paper.abstract)])
    assert suggest_topics(kitchen, [paper], rows, encoder)[0].topic == pots


def test_what_nothing_is_near_stays_as_it_was() -> None:
    rows = np.eye(4, dtype=np.float32)
    believed = np.log(np.array([[0.7, 0.3], [0.7, 0.3]], dtype=np.float32))
    lesson = learn(believed, rows[:2], np.array([1, 1]))
    assert np.abs(lesson.shift(rows[3:])).max() < 0.15
    assert softmax(believed + lesson.shift(rows[:2]))[:, 1].min() > 0.5


def test_it_finds_the_least_of_what_it_minimises() -> None:
    """At the optimum each weight is what is still wrong with its verdict, over the doubt."""
    random = np.random.default_rng(3)
    rows = normalise(random.normal(size=(40, 16)))
    groups = random.integers(0, 3, 40)
    believed = np.log(softmax(random.normal(size=(40, 3)))).astype(np.float32)
    lesson = learn(believed, rows, groups)
    wrong = np.eye(3)[groups] - softmax(believed + lesson.shift(rows))
    assert np.abs(wrong - 0.05 * lesson.weights).max() < 0.02


def test_learning_costs_one_query_more_for_the_vectors(kitchen: Series, django_assert_num_queries) -> None:
    for number in range(5):
        decide(kitchen, f"{BREAD} {number}", decided_topic=kitchen.topics.first())
    with django_assert_num_queries(3):
        suggest(kitchen, BREAD)
