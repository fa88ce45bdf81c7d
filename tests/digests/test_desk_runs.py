"""The weeks on the desk: what they tell, how one is asked for, and how a failed one is run again."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from digests.models import Digest, Series, WeeklyRun
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, SectionFactory
from tracker.weeks import Week

HTMX = {"HX-Request": "true"}
NOW = dt.datetime(2023, 11, 27, 9, tzinfo=dt.UTC)


@pytest.fixture
def client(as_user, editor):
    return as_user(editor)


@pytest.fixture
def woken(monkeypatch) -> list[WeeklyRun]:
    """The runs that a worker was sent a message about."""
    runs: list[WeeklyRun] = []
    monkeypatch.setattr("digests.tasks.wake", runs.append)
    return runs


def run(series, week: str, **columns) -> WeeklyRun:
    return WeeklyRun.objects.create(series=series, week_start=Week.parse(week).monday, **columns)


def desk(client) -> str:
    return client.get("/desk/").content.decode()


def test_a_new_installation_says_what_to_do(client, series):
    assert "No week yet. Name one below" in desk(client)


def test_without_a_series_it_says_where_to_add_one(client, series):
    Series.objects.all().delete()
    assert "There is no series yet" in desk(client)


@time_machine.travel(NOW, tick=False)
def test_asking_for_a_week_opens_its_run_and_wakes_a_worker(client, series, woken):
    answer = client.post("/desk/draft/", {"series": "llm", "week": "2023-w46"}, follow=True)
    opened = WeeklyRun.objects.get()
    assert (opened.week, opened.state, opened.step) == (Week(2023, 46), "waiting", "harvest")
    assert woken == [opened]
    assert "Work on 2023-W46 is asked for" in answer.content.decode()
    assert "Waiting for a worker" in answer.content.decode()


@time_machine.travel(NOW, tick=False)
def test_it_offers_the_latest_complete_week(client, series):
    assert 'value="2023-W47"' in desk(client)


@pytest.mark.parametrize(
    ("week", "sentence"),
    [
        ("next", "is no week: write the ISO year and week, like 2023-W47."),
        ("2023-W54", "There is no week 2023-W54"),
        ("", "Name a week, such as 2023-W47."),
        ("2024-W01", "2024-W01 has not begun: it starts on 01 January 2024."),
        ("1991-W01", "arXiv opened in August 1991"),
        ("2023-W45", "2023-W45 is published already."),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_it_refuses_a_week_that_cannot_be_drafted(client, series, woken, week, sentence):
    monday = Week(2023, 45).monday
    DigestFactory(series=series, week_start=monday, status=Digest.Status.PUBLISHED, published_at=NOW)
    answer = client.post("/desk/draft/", {"series": "llm", "week": week})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert (woken, WeeklyRun.objects.count()) == ([], 0)


def test_it_refuses_an_unknown_series(client, series, woken):
    assert client.post("/desk/draft/", {"series": "bio", "week": "2023-W46"}).status_code == 400
    assert woken == []


def test_an_active_run_shows_its_step_and_asks_for_itself_again(client, series):
    run(
        series, "2023-W46", step="embed", state="running", progress_label="Embedding", progress_done=5, progress_total=9
    )
    page = client.get(reverse("week_state", args=["llm", Week(2023, 46)]), headers=HTMX).content.decode()
    assert "Embedding: 5 of 9" in page
    assert '<progress max="9" value="5"' in page
    assert 'hx-trigger="every 2s"' in page
    assert "Run again" not in page


def test_a_finished_run_is_asked_for_no_more(client, series):
    run(series, "2023-W46", step="draft", state="done")
    page = client.get(reverse("week_state", args=["llm", Week(2023, 46)]), headers=HTMX).content.decode()
    assert "hx-trigger" not in page


@time_machine.travel(NOW, tick=False)
def test_a_failed_step_shows_why_and_can_be_run_again(client, series, woken):
    failed = run(series, "2023-W46", step="harvest", state="failed", error="arXiv can’t be reached: try later.")
    page = desk(client)
    assert "arXiv can’t be reached: try later." in page
    assert "Run again" in page
    client.post("/desk/draft/", {"series": "llm", "week": "2023-W46"})
    failed.refresh_from_db()
    assert (failed.state, failed.error, woken) == ("waiting", "", [failed])


def test_a_draft_tells_how_far_choosing_is(client, series):
    digest = DigestFactory(series=series)
    for columns in ({"verdict": "picked"}, {"verdict": "skipped"}, {"proposed": True}, {"proposed": True}, {}):
        CandidateFactory(digest=digest, **columns)
    page = desk(client)
    assert "5 candidates, 1 picked, 1 skipped" in page
    assert "2 proposed and waiting for you" in page


def test_a_published_week_leads_to_its_page_and_is_not_refreshed(client, series):
    digest = DigestFactory(series=series, status=Digest.Status.PUBLISHED, published_at=NOW)
    EntryFactory(section=SectionFactory(digest=digest))
    page = desk(client)
    assert "Published on 27 November 2023, 1 paper" in page
    assert f'href="{digest.get_absolute_url()}"' in page
    assert "Refresh" not in page


def test_the_state_of_an_unknown_week_is_not_found(client, series):
    assert client.get("/desk/llm/2023/w46/state/", headers=HTMX).status_code == 404
    assert client.get("/desk/bio/2023/w46/state/", headers=HTMX).status_code == 404


def test_the_state_without_htmx_leads_to_the_desk(client, series):
    assert client.get("/desk/llm/2023/w46/state/").url == "/desk/"


def test_its_queries_do_not_grow_with_the_weeks(client, series, django_assert_max_num_queries):
    for number in range(30, 47):
        digest = DigestFactory(series=series, week_start=Week(2023, number).monday)
        CandidateFactory(digest=digest)
        run(series, f"2023-W{number}", state="done")
    with django_assert_max_num_queries(12):
        desk(client)
