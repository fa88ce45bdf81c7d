"""One week from arXiv to its readers through real processes: stand-in, worker, web server, a visitor by HTTP."""

import json

import pytest
import requests
from django.urls import reverse

from tests.arxiv_standin import ArxivStandin, Fault
from tests.installation import REPO, Installation, everything, wait_until
from tracker.weeks import Week

WEEK = Week(2023, 47)
PAPERS = [json.loads(line) for line in (REPO / "digests/sample_week/papers.jsonl").read_text().splitlines()]


class Visitor(requests.Session):
    """A person with a browser: follows links by name, sends forms with their token."""

    def __init__(self, site: str) -> None:
        super().__init__()
        self.site = site

    def open(self, name: str, *arguments: object) -> requests.Response:
        answer = self.get(self.site + reverse(name, args=arguments), timeout=30)
        assert answer.status_code == 200, (name, answer.status_code)
        return answer

    def submit(self, name: str, *arguments: object, **fields: object) -> requests.Response:
        address = self.site + reverse(name, args=arguments)
        fields["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        answer = self.post(address, data=fields, headers={"Referer": self.site}, timeout=30)
        assert answer.status_code == 200, (name, answer.status_code, answer.text[:500])
        return answer

    def sign_in(self, name: str, password: str) -> None:
        self.open("account_login")
        self.submit("account_login", login=name, password=password)
        assert "sessionid" in self.cookies


@pytest.fixture
def installation(tmp_path):
    # A fault in the middle of the harvest: nobody should notice.
    with ArxivStandin.serving(PAPERS, faults=[None, Fault.BUSY, None, Fault.CUT_FEED]) as standin:
        yield Installation(
            tmp_path, ARXIV_API_URL=standin.url, DJANGO_SUPERUSER_PASSWORD="secret-enough", LOG_LEVEL="INFO"
        )


def test_a_week_goes_from_arxiv_to_its_readers(installation):
    assert installation.manage("migrate", "--verbosity", "0").returncode == 0
    created = installation.manage("createsuperuser", "--no-input", "--username", "chief", "--email", "c@example.org")
    assert created.returncode == 0, created.stderr

    with everything(installation) as site:
        chief, stranger = Visitor(site), Visitor(site)
        chief.sign_in("chief", "secret-enough")
        chief.open("desk")
        chief.submit("draft_week", series="llm", week=str(WEEK))
        galley = site + reverse("galley", args=["llm", WEEK])
        wait_until(lambda: "Sort and rank" not in chief.open("desk").text and chief.get(galley).ok, 120, "the draft")

        chief.open("board", "llm", WEEK)
        chief.submit("pick_proposed", "llm", WEEK)
        chief.submit("take_drafts", "llm", WEEK)
        assert stranger.get(site + reverse("digest", args=["llm", WEEK]), timeout=30).status_code == 404
        chief.submit("publish", "llm", WEEK)

        page = stranger.open("digest", "llm", WEEK).text
        assert "Top Important LLM Papers for the Week from 20/11 to 26/11" in page
        assert "1.1." in page
        assert reverse("digest", args=["llm", WEEK]) in stranger.open("home").text
        markdown = stranger.open("export", "llm", WEEK, "md").text
        assert markdown.count("\n### ") >= 10
        assert "# Top Important LLM Papers for the Week from 20/11 to 26/11" in markdown

    exported = installation.manage("export_digest", "llm", str(WEEK), "--format", "md", "--output", "-")
    assert exported.stdout.strip() == markdown.strip()
