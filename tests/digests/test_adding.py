"""Papers that an editor puts on the board, and what the machine makes of them."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from digests import added, drafting, publishing, tasks
from digests.models import Candidate, Event
from tests.arxiv_standin import ArxivStandin, Fault
from tests.encoders import HashingEncoder
from tests.factories import CandidateFactory, DigestFactory, PaperFactory
from tests.tracker.told import told
from tracker.embeddings import embed_missing
from tracker.models import Paper
from tracker.progress import Silent
from tracker.weeks import Week

WEEK = Week(2023, 47)
HTMX = {"HX-Request": "true"}


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
    assert [event.deed for event in Event.objects.filter(paper=elsewhere)] == ["Added to the board"]


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


# By HTTP


@pytest.fixture
def client(as_user, editor):
    return as_user(editor)


@pytest.fixture
def standin(settings):
    """arXiv, as it answers."""
    settings.ARXIV_INTERVAL = 0.001
    old = {**told(13002), "id": "hep-th/9901001", "title": "An old-style paper", "announced": "1999-01-04"}
    with ArxivStandin.serving([told(13001), old]) as standin:
        settings.ARXIV_API_URL = standin.url
        yield standin


def post(client, digest, paper, **more):
    return client.post(reverse("add_paper", args=["llm", digest.week]), {"paper": paper, **more}, headers=HTMX)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("2602.13001v1", "On the 13001th language model"),
        ("https://arxiv.org/pdf/2602.13001", "On the 13001th language model"),
        ("https://arxiv.org/abs/hep-th/9901001v1", "An old-style paper"),
    ],
)
def test_any_paper_is_fetched_and_shown_as_a_card(client, week, standin, sent, text, title):
    page = post(client, week, text).content.decode()
    one = week.candidates.get(paper__title=title)
    assert page.lstrip().startswith(f'<li class="card" id="c{one.pk}"')
    assert "Added by editor; the machine has not ranked it yet" in page
    assert f"Added: {title}." in page


def test_without_htmx_one_is_led_to_its_card_and_the_topic_is_kept(client, week, series, elsewhere):
    topic = series.topics.get(slug="training")
    told_form = {"paper": "1706.03762", "topic": topic.pk}
    answer = client.post(reverse("add_paper", args=["llm", week.week]), told_form, follow=True)
    assert "A paper of long ago" in answer.content.decode()
    assert week.candidates.get(paper=elsewhere).topic == topic


def test_a_paper_that_is_on_the_board_is_shown_with_what_was_decided(client, week, editor):
    known = week.candidates.last()
    publishing.skip(known, editor=editor)
    page = post(client, week, known.paper.arxiv_id).content.decode()
    assert "On the board already" in page
    assert '<div class="controls skipped"' in page
    assert week.candidates.count() == 3


def test_a_paper_of_an_earlier_digest_says_so(client, week, elsewhere, published):
    published("2023-W45", {"LLM Reasoning": ["One", elsewhere]})
    page = post(client, week, elsewhere.arxiv_id).content.decode()
    assert "It was in 2023-W45, 1.2." in page
    assert 'href="/llm/2023/w45/#1.2"' in page


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Name the paper by its arXiv id or address, such as 2311.12983."),
        ("attention", "“attention” is no arXiv id"),
        ("2602.99999", "arXiv knows no paper 2602.99999"),
    ],
)
def test_what_cannot_be_added_is_told_in_a_sentence(client, week, standin, text, sentence):
    answer = post(client, week, text)
    assert answer.status_code == 409
    assert sentence in answer.content.decode()
    assert week.candidates.count() == 3


def test_arxivs_troubles_are_told_in_a_sentence(client, week, standin):
    standin.faults = [Fault.BUSY]
    answer = post(client, week, "2602.13001")
    assert (answer.status_code, answer.content.decode()) == (409, "arXiv is busy (status 503): try again later.")


def test_a_card_that_waits_to_be_ranked_asks_for_itself_until_it_is(client, week, elsewhere, editor, encoder):
    one = add(week, elsewhere, editor)
    address = reverse("candidate_card", args=[one.pk])
    page = client.get(reverse("board", args=["llm", week.week]) + "?list=added").content.decode()
    assert f'hx-get="{address}" hx-trigger="every 5s"' in page
    assert client.get(address, headers=HTMX).status_code == 204
    added.suggest_for_added(encoder)
    ranked = client.get(address, headers=HTMX).content.decode()
    assert ranked.lstrip().startswith(f'<li class="card" id="c{one.pk}"')
    assert 'hx-trigger="every' not in ranked
    assert client.get(address).url == reverse("candidate", args=[one.pk])
