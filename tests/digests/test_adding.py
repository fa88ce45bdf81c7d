"""Papers that an editor puts on the board, and what the machine makes of them."""

import datetime as dt

import pytest
from django.utils import timezone

from digests import added, drafting, publishing, tasks
from digests.models import Candidate
from tests.encoders import HashingEncoder
from tests.factories import CandidateFactory, DigestFactory, PaperFactory
from tracker.embeddings import embed_missing
from tracker.models import Paper
from tracker.progress import Silent
from tracker.weeks import Week

WEEK = Week(2023, 47)


@pytest.fixture
def encoder():
    return HashingEncoder()


@pytest.fixture
def week(series, encoder):
    """A drafted week of three papers, as a worker leaves it."""
    for _ in range(3):
        PaperFactory()
    embed_missing(Paper.objects.all(), encoder, progress=Silent())
    return drafting.suggest(series, WEEK, encoder)


@pytest.fixture
def elsewhere() -> Paper:
    """Of another year and category."""
    return PaperFactory(
        arxiv_id="1706.03762",
        title="A paper of long ago",
        primary_category="math.CO",
        announced_on=dt.date(2017, 6, 13),
    )


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """The messages that workers were sent about added papers."""
    messages: list[str] = []
    monkeypatch.setattr("digests.tasks.suggest_added.delay", lambda: messages.append("added"))
    return messages


def add(digest, paper, editor, topic=None) -> Candidate:
    return publishing.add_paper(digest, paper, topic=topic, editor=editor)


def test_an_added_paper_is_a_candidate_at_once_and_a_worker_hears_of_it(
    week, elsewhere, editor, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        one = add(week, elsewhere, editor)
        assert sent == []
    assert (one.added_by, one.verdict, one.topic) == (editor, "undecided", None)
    assert sent == ["added"]


def test_it_may_stand_under_a_topic_before_the_machine_has_seen_it(week, series, elsewhere, editor):
    topic = series.topics.get(slug="training")
    one = add(week, elsewhere, editor, topic)
    publishing.pick(one, editor=editor)
    assert week.entries.get().section.topic == topic


def test_a_paper_that_is_there_is_not_added_twice(week, editor):
    known = week.candidates.first()
    with pytest.raises(publishing.AlreadyThere) as refusal:
        add(week, known.paper, editor)
    assert refusal.value.candidate == known


def test_nothing_is_added_to_a_published_digest_or_under_a_strange_topic(week, series, elsewhere, editor):
    other = type(series).objects.create(slug="other", name="Other", headline_template="x")
    topic = other.topics.create(slug="x", name="X", description="x")
    with pytest.raises(publishing.WrongDigest):
        add(week, elsewhere, editor, topic)
    week.status, week.published_at = "published", timezone.now()
    week.save()
    with pytest.raises(publishing.AlreadyPublished):
        add(week, elsewhere, editor)


def test_the_worker_sorts_and_ranks_what_was_added_and_touches_nothing_else(week, elsewhere, editor, encoder):
    before = list(week.candidates.order_by("pk").values())
    one = add(week, elsewhere, editor)
    assert added.suggest_for_added(encoder) == 1
    one.refresh_from_db()
    assert one.model_name.startswith(encoder.model_name)
    assert one.importance is not None
    assert one.cluster is not None
    assert one.cluster not in {row["cluster"] for row in before}
    assert list(week.candidates.exclude(pk=one.pk).order_by("pk").values()) == before
    assert added.suggest_for_added(encoder) == 0


def test_a_near_duplicate_joins_the_paper_that_it_repeats(week, editor, encoder):
    known = week.candidates.last()
    paper = known.paper
    twin = PaperFactory(
        arxiv_id="2201.00001", title=paper.title, abstract=paper.abstract, announced_on=dt.date(2022, 1, 3)
    )
    one = add(week, twin, editor)
    added.suggest_for_added(encoder)
    one.refresh_from_db()
    assert one.cluster == known.cluster


def test_a_refresh_keeps_an_added_paper_and_ranks_it_with_the_week(week, series, elsewhere, editor, encoder):
    one = add(week, elsewhere, editor)
    embed_missing(drafting.papers_for(series, WEEK), encoder, progress=Silent())
    drafting.suggest(series, WEEK, encoder)
    one.refresh_from_db()
    assert one.importance is not None
    assert one.added_by == editor


def test_the_sweep_takes_up_what_a_lost_message_left(week, elsewhere, editor, sent, django_capture_on_commit_callbacks):
    one = add(week, elsewhere, editor)
    for age, expected in ((1, 0), (5, 1), (60 * 30, 1)):
        Candidate.objects.filter(pk=one.pk).update(added_at=timezone.now() - dt.timedelta(minutes=age))
        with django_capture_on_commit_callbacks(execute=True):
            tasks.sweep()
        assert len(sent) == expected, age


def test_the_task_loads_no_encoder_where_nothing_waits(series, monkeypatch):
    monkeypatch.setattr(tasks, "get_encoder", lambda: pytest.fail("loaded for nothing"))
    CandidateFactory(digest=DigestFactory(series=series))
    assert tasks.suggest_added() == 0
