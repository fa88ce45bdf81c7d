"""A real server killed between two keystrokes and started again: nothing of what was typed is lost."""

import json
import os
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.installation import Installation, answers, stop, wait_until, web_command
from tests.services.__main__ import free_port

pytestmark = pytest.mark.browser

# A draft with one paper to write about, and an editor who is signed in.
SEED = """
import datetime as dt, json
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.test import Client
from digests import drafting
from digests.models import Candidate, Entry, Series
from tracker.models import Paper
from tracker.weeks import Week
now = dt.datetime(2023, 11, 21, tzinfo=dt.UTC)
editor = User.objects.create_user("editor")
editor.groups.add(Group.objects.get(name="Editors"))
with transaction.atomic():
    digest = drafting.open_digest(Series.objects.get(slug="llm"), Week(2023, 47))
section = digest.sections.first()
paper = Paper.objects.create(arxiv_id="2311.12983", title="A paper", abstract="It says so.", changed_at=now)
Candidate.objects.create(digest=digest, paper=paper, suggested_topic=section.topic, verdict="picked")
entry = Entry.objects.create(digest=digest, section=section, paper=paper, position=0, draft_summary="A draft.")
client = Client()
client.force_login(editor)
print(json.dumps({"session": client.cookies["sessionid"].value, "entry": entry.pk}))
"""
READ = "from digests.models import Entry; print(Entry.objects.get().summary)"


@pytest.fixture
def installation(tmp_path) -> Installation:
    installation = Installation(tmp_path)
    for command in (("migrate", "--verbosity", "0"), ("collectstatic", "--no-input", "--verbosity", "0")):
        result = installation.manage(*command)
        assert result.returncode == 0, result.stderr
    return installation


class Server:
    """gunicorn at one address, to be killed and started again."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = self.installation.start(*web_command(self.port))
        wait_until(lambda: answers(self.address), 60, f"{self.address} to answer")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=20)


@pytest.fixture
def server(installation) -> Iterator[Server]:
    server = Server(installation)
    server.start()
    yield server
    stop(server.process)


def shell(installation: Installation, code: str) -> str:
    result = installation.manage("shell", "--verbosity", "0", "--command", code)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.fixture
def page(browser, installation, server) -> Iterator[Page]:
    """The galley, with the paper open and the editor in its text."""
    seeded = json.loads(shell(installation, SEED).splitlines()[-1])
    context = browser.new_context(base_url=server.address, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": seeded["session"], "url": server.address}])
    page = context.new_page()
    page.goto("/desk/llm/2023/w47/galley/")
    page.get_by_role("link", name="Write", exact=True).click()
    expect(page.locator(".slip textarea")).to_be_focused()
    page.keyboard.press("Control+a")
    yield page
    context.close()


def test_a_server_killed_between_keystrokes_loses_nothing(page, installation, server):
    page.keyboard.type("Saved before. ")
    expect(page.locator(".slip .saved")).to_contain_text("Saved ")
    page.keyboard.type("Typed as it ")
    server.kill()
    page.keyboard.type("fell, and while it lay.")
    expect(page.locator(".slip .saved")).to_contain_text("The connection is lost. Your text is kept in this browser")
    server.start()
    expect(page.locator(".slip .saved")).to_contain_text("Saved ", timeout=30_000)
    assert shell(installation, READ) == "Saved before. Typed as it fell, and while it lay."


def test_a_page_left_while_the_server_is_down_brings_its_text_back(page, installation, server):
    page.keyboard.type("Typed before the fall")
    server.kill()
    page.keyboard.type(", and after it.")
    page.goto("about:blank")
    server.start()
    page.goto(f"{server.address}/desk/llm/2023/w47/galley/")
    expect(page.locator(".slip textarea")).to_have_value("Typed before the fall, and after it.")
    expect(page.locator(".slip .saved")).to_contain_text("Saved ")
    assert shell(installation, READ) == "Typed before the fall, and after it."
