"""Drafts by a language model: off unless set up, never an editor's text by themselves, and every failure a sentence."""

import html
import time

import pytest
from django.db import connection
from django.urls import reverse

from digests import drafting, llm, publishing
from digests.models import Entry
from tests.factories import CandidateFactory, EntryFactory, PaperFactory
from tests.model_server import DRAFT, answer, model_server

HTMX = {"HX-Request": "true"}


@pytest.fixture
def model(settings):
    with model_server() as model:
        settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_API_KEY = model.address, "tiny", "secret"
        settings.LLM_TIMEOUT = 1.0
        yield model


@pytest.fixture
def entry(digest) -> Entry:
    section = digest.sections.first()
    paper = PaperFactory(title=r"Cats \& dogs", abstract="We tell cats from dogs in most cases.")
    CandidateFactory(digest=digest, paper=paper, suggested_topic=section.topic, proposed=True)
    return EntryFactory(section=section, paper=paper, summary="", draft_summary="Galley’s cut.")


@pytest.fixture
def ask(as_user, editor, entry):
    """Press the button; gives the draft column as it then is."""

    def press(**data) -> str:
        address = reverse("ask_for_draft", args=[entry.pk])
        return html.unescape(as_user(editor).post(address, data, headers=HTMX).content.decode())

    return press


def galley(as_user, editor, entry) -> str:
    address = reverse("galley", args=["llm", entry.digest.week])
    return html.unescape(as_user(editor).get(address, {"open": entry.pk}).content.decode())


def test_it_is_off_unless_set_up(as_user, editor, entry, ask):
    assert "Draft with" not in galley(as_user, editor, entry)
    assert "No language model is set up" in ask()
    entry.refresh_from_db()
    assert (entry.draft_summary, entry.drafted_by) == ("Galley’s cut.", "")


def test_a_draft_lands_in_the_draft_column_under_the_models_name(as_user, editor, entry, model, ask):
    assert "Draft with tiny" in galley(as_user, editor, entry)
    page = ask()
    assert "Draft by tiny-1" in page
    assert DRAFT in page
    entry.refresh_from_db()
    assert (entry.draft_summary, entry.drafted_by, entry.summary, entry.revision) == (DRAFT, "tiny-1", "", 0)
    path, headers, asked = model.asked[0]
    assert (path, headers["Authorization"], asked["model"]) == ("/v1/chat/completions", "Bearer secret", "tiny")
    assert "Cats & dogs" in asked["messages"][1]["content"]


def test_it_goes_through_the_claim_check(as_user, editor, entry, model, ask):
    model.body = answer(f"{DRAFT} It beats GPT-4 by 12%.")
    page = ask()
    assert "Not in the abstract: “GPT-4”, “12%”." in page
    publishing.take_draft(entry, editor=editor)
    publishing.pick(entry.digest.candidates.get(), editor=editor)
    assert "“GPT-4”, “12%” are not in the abstract" in galley(as_user, editor, entry)


def test_an_editors_text_is_not_touched(editor, entry, model, ask):
    publishing.write_entry(entry, "", "My words.", 0, editor=editor)
    ask()
    entry.refresh_from_db()
    assert (entry.summary, entry.revision) == ("My words.", 1)


def test_a_refresh_of_the_week_leaves_it_and_one_may_go_back(digest, entry, model, ask):
    ask()
    drafting.propose(digest)
    entry.refresh_from_db()
    assert entry.draft_summary == DRAFT
    page = ask(own="1")
    assert "Draft by" not in page
    entry.refresh_from_db()
    assert (entry.draft_summary, entry.drafted_by) == ("We tell cats from dogs in most cases.", "")


@pytest.mark.parametrize(
    ("wrapped", "plain"),
    [
        (f"<think>Hm, cats.</think>\n\n{DRAFT}", DRAFT),
        (f"```markdown\n{DRAFT}\n```", DRAFT),
        (f"  {DRAFT}\u202e\x00\r\n\r\nMore. ", f"{DRAFT}\n\nMore."),
    ],
)
def test_what_is_no_part_of_a_draft_is_taken_off(entry, model, ask, wrapped, plain):
    model.body = answer(wrapped)
    ask()
    entry.refresh_from_db()
    assert entry.draft_summary == plain


FAULTS = {
    "refusal": ({"body": answer(None, refusal="I can’t.")}, "refused to write"),
    "filter": ({"body": answer("x" * 100, "content_filter")}, "refused to write"),
    "length": ({"body": answer(DRAFT, "length")}, "cut off before its end"),
    "empty": ({"body": answer("  ")}, "holds no text"),
    "short": ({"body": answer("Fine paper.")}, "next to nothing"),
    "long": ({"body": answer("word " * 3_000)}, "far too long"),
    "huge": ({"body": b"[" + b"1," * 200_000}, "far too long"),
    "no json": ({"body": b"<html>Welcome</html>"}, "no draft"),
    "list": ({"body": b"[1]"}, "no draft"),
    "no choices": ({"body": {"choices": []}}, "holds no text"),
    "odd message": ({"body": {"choices": [{"message": "hi"}]}}, "holds no text"),
    "odd content": ({"body": answer([{"type": "text"}])}, "holds no text"),
    "key": ({"status": 401}, "refused the key"),
    "model": ({"status": 404}, "knows no such model"),
    "busy": ({"status": 429}, "asked too much"),
    "broken": ({"status": 500}, "status 500"),
    "elsewhere": ({"status": 302}, "status 302"),
    "hang": ({"fault": "hang"}, "didn’t answer within 1 seconds"),
    "drip": ({"fault": "drip"}, "didn’t answer within 1 seconds"),
    "cut off": ({"fault": "cut off"}, "127.0.0.1"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_is_a_sentence_and_changes_nothing(entry, model, ask, fault):
    behaviour, sentence = FAULTS[fault]
    vars(model).update(behaviour)
    begun = time.monotonic()
    assert sentence in ask()
    assert time.monotonic() - begun < 4
    entry.refresh_from_db()
    assert (entry.draft_summary, entry.drafted_by) == ("Galley’s cut.", "")


def test_an_endpoint_that_is_not_there_is_told(settings, entry, model, ask):
    settings.LLM_BASE_URL = "http://127.0.0.1:9/v1"
    assert "127.0.0.1 can’t be reached" in ask()


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_the_model(migrated, settings, entry, model, ask, monkeypatch):
    within = []
    draft = llm.draft_summary
    monkeypatch.setattr(llm, "draft_summary", lambda *it: within.append(connection.in_atomic_block) or draft(*it))
    ask()
    assert within == [False]


def test_a_published_digest_is_not_drafted_for(digest, entry, model, ask, editor, publisher):
    publishing.take_draft(entry, editor=editor)
    Entry.objects.update(summary="Ready.")
    publishing.pick(digest.candidates.get(), editor=editor)
    publishing.publish_digest(digest, editor=publisher)
    assert "is published" in ask()
    assert model.asked == []


def test_without_htmx_the_reason_is_a_message(as_user, editor, entry, model):
    model.status = 500
    answer = as_user(editor).post(reverse("ask_for_draft", args=[entry.pk]), follow=True)
    assert "status 500" in html.unescape(answer.content.decode())
