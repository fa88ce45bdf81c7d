"""Downloads over HTTP: what is slow is made once, and never keeps a page waiting."""

import time
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.test import Client

from digests import export, export_tasks
from digests.export import ExportUnavailable
from digests.export.document import build_document
from digests.models import Digest

PDF = "/llm/2023/w47/galley.pdf"


@pytest.fixture
def made(monkeypatch) -> list:
    """A slow format that costs nothing, and each document it was made of."""
    made = []

    def render(document) -> bytes:
        made.append(document)
        return b"%PDF"

    monkeypatch.setitem(export.FORMATS, "pdf", replace(export.FORMATS["pdf"], render=render))
    return made


def test_a_short_digest_is_made_at_once_and_only_once(published, made):
    published()
    for _ in range(2):
        answer = Client().get(PDF)
        assert (answer.status_code, answer.content) == (200, b"%PDF")
    assert answer["Content-Disposition"] == 'attachment; filename="llm-2023-W47.pdf"'
    assert len(made) == 1


def test_a_long_one_is_made_by_a_worker_while_its_readers_are_told_to_come_back(published, made, monkeypatch):
    monkeypatch.setattr(export, "SHORT", 1)
    digest = published(contents={"LLM Reasoning": ["One", "Two"]})
    asked = []
    monkeypatch.setattr(export_tasks.make_file, "delay", lambda *arguments: asked.append(arguments))
    for _ in range(2):
        answer = Client().get(PDF)
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert "being made" in answer.content.decode()
    assert (asked, made) == ([(digest.pk, "pdf")], [])
    export_tasks.make_file(*asked[0])
    assert Client().get(PDF).content == b"%PDF"
    assert len(made) == 1


def test_who_comes_while_it_is_made_is_told_to_come_back(published, made, monkeypatch):
    document = build_document(Digest.objects.with_contents().get(pk=published().pk))
    monkeypatch.setattr(export, "_PATIENCE", 0.1)
    cache.add(f"{export._key(document, export.FORMATS['pdf'])}:maker", True)
    began = time.monotonic()
    assert Client().get(PDF).status_code == 503
    assert time.monotonic() - began < 3
    assert made == []


def test_a_missing_library_is_told(published, monkeypatch):
    published()

    def render(document):
        raise ExportUnavailable("PDF needs WeasyPrint: install it.")

    monkeypatch.setitem(export.FORMATS, "pdf", replace(export.FORMATS["pdf"], render=render))
    answer = Client().get(PDF)
    assert answer.status_code == 503
    assert "PDF needs WeasyPrint" in answer.content.decode()


def test_a_thread_takes_the_length_of_its_posts(published):
    published(contents={"LLM Reasoning": ["A " + "very long title " * 20]})
    address = "/llm/2023/w47/galley.thread"
    short, long = (Client().get(f"{address}?length={length}").content.decode() for length in (140, 500))
    assert max(map(len, short.split("---"))) < 150 < max(map(len, long.split("---")))
    for nonsense in ("x", "-1", "9" * 30):
        assert Client().get(f"{address}?length={nonsense}").status_code == 200


def test_a_draft_is_no_download_for_the_public_and_one_for_the_desk(published, as_user, editor):
    published(status="draft", published_at=None)
    assert Client().get("/llm/2023/w47/galley.md").status_code == 404
    answer = as_user(editor).get("/desk/llm/2023/w47/galley.md")
    assert answer["Content-Disposition"] == 'attachment; filename="llm-2023-W47-draft.md"'
    assert answer["Cache-Control"] == "private, no-cache"
