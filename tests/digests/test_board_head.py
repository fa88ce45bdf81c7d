"""The head of the board: what the machine has seen, how far it is, and how well it did the week before."""

import pytest
from django.urls import reverse

from digests.models import ReportCard, WeeklyRun
from tests.factories import CandidateFactory, PaperFactory
from tests.page import Page

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(as_user, editor):
    return as_user(editor)


@pytest.fixture
def run(series, digest) -> WeeklyRun:
    return WeeklyRun.objects.create(series=series, week_start=digest.week_start, state="done", step="draft")


def head(client, digest) -> str:
    return client.get(reverse("seen", args=[digest.series.slug, digest.week]), headers=HTMX).content.decode()


def test_it_counts_papers_by_day_and_category(client, digest, series):
    series.categories = ["cs.CL", "cs.LG"]
    series.save()
    for day, codes in (("21", ["cs.CL"]), ("21", ["cs.CL", "cs.LG"]), ("24", ["cs.LG", "cs.CV"]), ("24", ["cs.CV"])):
        PaperFactory(announced_on=f"2023-11-{day}", categories=codes)
    PaperFactory(announced_on="2023-11-27", categories=["cs.CL"])
    PaperFactory(announced_on="2023-11-21", categories=["cs.CL"], withdrawn=True)
    page = Page(client.get(reverse("board", args=["llm", digest.week])))
    rows = [row.text for row in page.all("tr")]
    assert rows == [
        "Announcedcs.CLcs.LGPapers",
        "Mon 20 Nov000",
        "Tue 21 Nov212",
        "Wed 22 Nov000",
        "Thu 23 Nov000",
        "Fri 24 Nov011",
        "Week223",
    ]


def test_work_under_way_shows_its_progress_and_asks_for_itself_again(client, digest, run):
    run.state, run.step = "running", "embed"
    run.progress_label, run.progress_done, run.progress_total = "Embedding", 5, 9
    run.save()
    part = head(client, digest)
    assert "Embedding: 5 of 9" in part
    assert 'hx-trigger="every 2s"' in part
    assert "Run again" not in part
    run.state = "done"
    run.save()
    assert "hx-trigger" not in head(client, digest)
    assert "The week is refreshed." in head(client, digest)
    assert "The week is refreshed." not in client.get(reverse("board", args=["llm", digest.week])).content.decode()


def test_what_failed_says_why_and_can_be_run_again_from_here(client, digest, run, monkeypatch):
    monkeypatch.setattr("digests.tasks.wake", lambda run: None)
    run.state, run.step, run.error = "failed", "harvest", "arXiv can’t be reached."
    run.save()
    part = head(client, digest)
    assert "arXiv can’t be reached." in part
    assert "Run again" in part
    here = reverse("board", args=["llm", digest.week])
    answer = client.post(reverse("draft_week"), {"series": "llm", "week": str(digest.week), "next": here})
    assert answer.url == here
    run.refresh_from_db()
    assert run.state == "waiting"


def test_running_again_never_leads_off_the_site(client, digest, run, monkeypatch):
    monkeypatch.setattr("digests.tasks.wake", lambda run: None)
    told = {"series": "llm", "week": str(digest.week), "next": "https://elsewhere.example/"}
    assert client.post(reverse("draft_week"), told).url == "/desk/"


def test_it_tells_how_the_last_published_weeks_picks_stood(client, digest, published):
    assert "were in the top" not in head(client, digest)
    for week, found in (("2023-W44", 1), ("2023-W46", 19), ("2023-W48", 2)):
        ReportCard.objects.create(digest=published(week), candidates=9, unsorted=1, picks=24, found=found, moved=0)
    assert "Of the picks of 2023-W46, 19 of 24 were in the top 60." in head(client, digest)


def test_without_htmx_it_leads_to_the_board(client, digest):
    answer = client.get(reverse("seen", args=["llm", digest.week]))
    assert answer.url == reverse("board", args=["llm", digest.week])
    assert client.get("/desk/llm/2023/w48/seen/", headers=HTMX).status_code == 404


def test_a_published_week_is_not_run_again(client, published):
    digest = published("2023-W45")
    CandidateFactory(digest=digest)
    assert "Refresh" not in head(client, digest)
