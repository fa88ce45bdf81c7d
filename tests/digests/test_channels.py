"""Channels: what goes out when a digest is published or corrected, to places that misbehave."""

import datetime as dt
import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from digests import announcing, channel_tasks, publishing
from digests.channels import repository, webhooks
from digests.channels.work import ATTEMPTS, work_on
from digests.models import Candidate, Digest, Entry, Posting
from tests.factories import CandidateFactory
from tests.page import Page

State, PUBLISHED, CORRECTED = Posting.State, Posting.Occasion.PUBLISHED, Posting.Occasion.CORRECTED


class Receiver:
    """A server on loopback that answers with each of `answers` in turn: a status, or seconds to hang for."""

    def __init__(self):
        self.answers, self.got, self.paths = [], [], []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                receiver.paths.append(self.path)
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if isinstance(answer, float):
                    time.sleep(answer)
                    answer = 200
                self.send_response(answer)
                if answer == 429:
                    self.send_header("Retry-After", "600")
                if answer == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://name:secret-word@127.0.0.1:{self.server.server_port}/hook?token=hidden"


@pytest.fixture
def receiver(settings):
    receiver = Receiver()
    settings.WEBHOOK_URLS, settings.WEBHOOK_SECRET = [receiver.url], "shared"
    yield receiver
    receiver.server.shutdown()


@pytest.fixture
def quiet(monkeypatch):
    """Nothing is sent by itself: tests do the work."""
    monkeypatch.setattr(channel_tasks.send_posting, "delay", lambda pk: None)


@pytest.fixture
def digest(published, quiet) -> Digest:
    return published(contents={"LLM Reasoning": ["A study"]})


def posted(digest, occasion=PUBLISHED) -> Posting:
    announcing.announce(digest, occasion)
    return Posting.objects.latest("pk")


def worked(posting) -> Posting:
    work_on(posting.pk)
    posting.refresh_from_db()
    return posting


# --- When ------------------------------------------------------------------------------------------------------


def test_publishing_and_correcting_tell_every_channel(
    digest, receiver, publisher, monkeypatch, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(channel_tasks.send_posting, "delay", sent.append)
    publishing.withdraw_digest(digest, editor=publisher)
    CandidateFactory(digest=digest, paper=digest.entries.get().paper, verdict=Candidate.Verdict.PICKED)
    with django_capture_on_commit_callbacks(execute=True):
        publishing.publish_digest(digest, editor=publisher)
    entry = Entry.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        publishing.correct_entry(entry, "", "Other words.", "The words.", entry.revision, editor=publisher)
    made = list(Posting.objects.order_by("pk"))
    assert [posting.occasion for posting in made] == [PUBLISHED, CORRECTED]
    assert sent == [posting.pk for posting in made]


def test_without_channels_and_for_the_sample_nothing_is_planned(digest, settings):
    announcing.announce(digest, PUBLISHED)
    digest.sample = True
    settings.WEBHOOK_URLS = ["http://127.0.0.1:1/"]
    announcing.announce(digest, PUBLISHED)
    assert not Posting.objects.exists()


def test_webhooks_that_differ_in_their_secret_alone_each_get_theirs(digest, receiver, settings):
    settings.WEBHOOK_URLS = [f"{receiver.url}-{number}" for number in (1, 2)]
    announcing.announce(digest, PUBLISHED)
    for posting in Posting.objects.all():
        assert worked(posting).told == "It answered 200."
        assert "hook" not in posting.channel.removeprefix("webhook")
    assert sorted(receiver.paths) == ["/hook?token=hidden-1", "/hook?token=hidden-2"]


# --- Webhooks --------------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_and_holds_the_digest(digest, receiver):
    posting = worked(posted(digest))
    assert (posting.state, posting.told) == (State.DONE, "It answered 200.")
    headers, body = receiver.got[0]
    data = json.loads(body)
    assert data["event"] == headers["Galley-Event"] == "digest.published"
    assert data["digest"]["headline"] == digest.headline
    timestamp = headers["Galley-Timestamp"]
    assert abs(int(timestamp) - time.time()) < 60
    assert headers["Galley-Signature"] == "sha256=" + webhooks.signature("shared", timestamp, body)
    assert headers["Galley-Signature"] != "sha256=" + webhooks.signature("other", timestamp, body)


def test_what_may_pass_is_tried_again_later_and_then_done(digest, receiver):
    receiver.answers = [503, 500]
    posting = worked(posted(digest))
    assert (posting.state, posting.told) == (State.WAITING, "It answered 503. It will be tried again.")
    assert posting.due_at > timezone.now() + dt.timedelta(seconds=50)
    assert work_on(posting.pk) is None
    for _ in range(2):
        Posting.objects.update(due_at=timezone.now())
        posting = worked(posting)
    assert (posting.state, posting.attempts, len(posting.log)) == (State.DONE, 3, 3)
    assert len({headers["Galley-Delivery"] for headers, _ in receiver.got}) == 1


def test_a_receiver_that_asks_for_time_gets_it(digest, receiver):
    receiver.answers = [429]
    posting = worked(posted(digest))
    assert posting.due_at > timezone.now() + dt.timedelta(seconds=590)


@pytest.mark.parametrize("status", [302, 400, 404, 410])
def test_a_refusal_is_final_until_somebody_tries_again(digest, receiver, publisher, status):
    receiver.answers = [status]
    posting = worked(posted(digest))
    assert (posting.state, posting.told) == (State.FAILED, f"It answered {status}.")
    assert len(receiver.got) == 1
    announcing.try_again(posting, editor=publisher)
    assert worked(posting).state == State.DONE
    with pytest.raises(announcing.NotOver):
        announcing.try_again(posting, editor=publisher)


def test_silence_and_absence_are_tried_again(digest, receiver, settings, monkeypatch):
    monkeypatch.setattr(webhooks, "READ_TIMEOUT", 0.2)
    receiver.answers = [1.0]
    assert worked(posted(digest)).told.startswith("It didn't answer within")
    settings.WEBHOOK_URLS = ["http://127.0.0.1:1/hook"]
    assert worked(posted(digest)).told == "It can't be reached (ConnectionError). It will be tried again."


def test_it_is_given_up_after_some_hours(digest, receiver):
    receiver.answers = [500] * ATTEMPTS
    posting = posted(digest)
    for _ in range(ATTEMPTS):
        Posting.objects.update(due_at=timezone.now())
        posting = worked(posting)
    assert posting.state == State.FAILED
    assert "Given up after" in posting.told


def test_only_one_worker_sends_it_and_a_dead_ones_work_is_taken_up(digest, receiver, monkeypatch):
    posting = posted(digest)
    Posting.objects.update(state=State.RUNNING, lease="x", held_until=timezone.now() + dt.timedelta(minutes=1))
    assert work_on(posting.pk) is None
    Posting.objects.update(held_until=timezone.now() - dt.timedelta(seconds=1))
    sent = []
    monkeypatch.setattr(channel_tasks.send_posting, "delay", sent.append)
    assert channel_tasks.sweep_postings() == 1
    assert sent == [posting.pk]
    assert worked(posting).state == State.DONE


def test_a_digest_taken_back_meanwhile_is_not_sent(digest, receiver, publisher):
    posting = posted(digest)
    publishing.withdraw_digest(digest, editor=publisher)
    assert worked(posting).told == "Nothing was sent: the digest was taken back before."
    assert receiver.got == []


def test_a_channel_that_is_gone_from_the_settings_fails_with_the_reason(digest, receiver, settings):
    posting = posted(digest)
    settings.WEBHOOK_URLS = []
    assert "isn't set up any more" in worked(posting).told


def test_a_fault_of_our_own_is_noted_once_and_not_hidden(digest, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "_body", lambda *_: 1 / 0)
    posting = posted(digest)
    with pytest.raises(ZeroDivisionError):
        work_on(posting.pk)
    posting.refresh_from_db()
    assert (posting.state, posting.told) == (State.FAILED, "An unexpected fault (ZeroDivisionError): see the log.")
    assert channel_tasks.sweep_postings() == 0


# --- git -------------------------------------------------------------------------------------------------------


def git(*arguments, cwd) -> str:
    return subprocess.run(
        ["git", "-c", "user.name=Other", "-c", "user.email=o@example.org", *arguments],
        cwd=cwd, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


@pytest.fixture
def remote(tmp_path, settings):
    folder = tmp_path / "remote.git"
    git("init", "--quiet", "--bare", str(folder), cwd=tmp_path)
    settings.GIT_REPOSITORY, settings.GIT_BRANCH, settings.GIT_PATH = str(folder), "main", "{series}/{week}.md"
    return folder


def others_push(remote, tmp_path, name):
    """Somebody else's commit on the branch."""
    work = tmp_path / f"work-{name}"
    git("init", "--quiet", "-b", "main", str(work), cwd=tmp_path)
    git("remote", "add", "origin", str(remote), cwd=work)
    if git("ls-remote", "origin", "main", cwd=work):
        git("pull", "--quiet", "origin", "main", cwd=work)
    (work / name).write_text("theirs")
    git("add", name, cwd=work)
    git("commit", "--quiet", "-m", f"Add {name}", cwd=work)
    git("push", "--quiet", "origin", "main", cwd=work)


def test_git_begins_an_empty_repository(digest, remote):
    posting = worked(posted(digest))
    assert posting.state == State.DONE, posting.told
    assert git("show", "main:llm/2023-W47.md", cwd=remote).startswith(f"# {digest.headline}")
    assert git("log", "--format=%s|%an", "main", cwd=remote).strip() == "Publish llm 2023-W47|Galley"


def test_git_keeps_what_others_have_and_commits_a_correction(digest, remote, tmp_path):
    others_push(remote, tmp_path, "theirs.txt")
    worked(posted(digest))
    assert "says that already" in worked(posted(digest)).told
    Entry.objects.update(summary="Other words.")
    worked(posted(digest, CORRECTED))
    assert git("log", "--format=%s", "main", cwd=remote).splitlines() == [
        "Correct llm 2023-W47", "Publish llm 2023-W47", "Add theirs.txt",
    ]  # fmt: skip
    assert git("show", "main:theirs.txt", cwd=remote) == "theirs"
    assert "Other words." in git("show", "main:llm/2023-W47.md", cwd=remote)


def test_git_copes_with_a_branch_that_moves_between_fetch_and_push(digest, remote, tmp_path, monkeypatch):
    push, moves = repository._Clone.push, iter(["one.txt", "two.txt"])

    def after_others(clone):
        if name := next(moves, None):
            others_push(remote, tmp_path, name)
        return push(clone)

    monkeypatch.setattr(repository._Clone, "push", after_others)
    assert worked(posted(digest)).state == State.DONE
    assert git("log", "--format=%s", "main", cwd=remote).splitlines() == [
        "Publish llm 2023-W47", "Add two.txt", "Add one.txt",
    ]  # fmt: skip


def test_git_never_leaves_the_repository_or_runs_what_it_is_given(digest, remote, settings, tmp_path):
    for path in ("../outside.md", "/tmp/outside.md", ".git/hooks/post-commit", "{digest.series}", "{series.slug}"):
        settings.GIT_PATH = path
        posting = worked(posted(digest))
        assert (posting.state, "GIT_PATH" in posting.told) == (State.FAILED, True)
    settings.GIT_PATH, settings.GIT_BRANCH = "x.md", "--upload-pack=touch /tmp/galley-was-here"
    assert worked(posted(digest)).state == State.FAILED
    settings.GIT_BRANCH, settings.GIT_REPOSITORY = "main", f"ext::sh -c 'touch {tmp_path}/ran'"
    assert worked(posted(digest)).state != State.DONE
    assert not (tmp_path / "ran").exists()


def test_git_tells_no_password(digest, remote, settings, tmp_path):
    settings.GIT_REPOSITORY = "https://someone:secret-word@127.0.0.1:1/x.git"
    posting = worked(posted(digest))
    assert posting.state == State.WAITING
    assert "secret-word" not in posting.told + posting.channel


def test_a_link_in_the_repository_leads_nowhere(digest, remote, tmp_path):
    work, outside = tmp_path / "linker", tmp_path / "outside"
    outside.mkdir()
    git("init", "--quiet", "-b", "main", str(work), cwd=tmp_path)
    (work / "llm").symlink_to(outside)
    git("add", "llm", cwd=work)
    git("commit", "--quiet", "-m", "A trap", cwd=work)
    git("push", "--quiet", str(remote), "main", cwd=work)
    assert worked(posted(digest)).told == "llm/2023-W47.md can't be written: the repository holds something else there."
    assert list(outside.iterdir()) == []


# --- Dry run, and the board ------------------------------------------------------------------------------------


def test_a_dry_run_tells_and_sends_nothing(digest, receiver, remote, capsys):
    call_command("post_digest", "llm", "2023-W47", "--dry-run", "--json")
    told = list(json.loads(capsys.readouterr().out).values())
    assert told[0].endswith("bytes of JSON, signed.")
    assert told[1].startswith("Would push to main: llm/2023-W47.md |")
    assert receiver.got == []
    assert git("branch", "--list", cwd=remote) == ""
    assert not Posting.objects.exists()


def test_the_command_posts_by_hand(digest, receiver, capsys):
    call_command("post_digest", "llm", "2023-W47", "--json")
    assert list(json.loads(capsys.readouterr().out).values()) == ["It answered 200."]


@pytest.mark.parametrize("arguments", [[], ["--dry-run"]])
def test_the_command_says_that_the_sample_goes_to_nobody(digest, receiver, arguments):
    Digest.objects.update(sample=True)
    with pytest.raises(CommandError, match="The sample week goes out to nobody"):
        call_command("post_digest", "llm", "2023-W47", *arguments)
    assert receiver.got == []


def test_the_board_shows_what_became_of_it_and_offers_another_try(digest, receiver, as_user, editor, publisher):
    receiver.answers = [404]
    worked(posted(digest))
    address = "/desk/llm/2023/w47/channels/"
    page = Page(as_user(publisher).get(address))
    assert "It answered 404." in page.text
    assert "Try again" in page.text
    assert "secret-word" not in page.text
    assert "hidden" not in page.text
    assert "Try again" not in Page(as_user(editor).get(address)).text
    again = as_user(publisher).post(f"/desk/postings/{Posting.objects.get().pk}/again/")
    assert again.url == address
    assert Posting.objects.get().state == State.WAITING
