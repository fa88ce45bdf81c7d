"""`manage.py import_digest`: back catalogues come along, whole or not at all, and never over an editor's words."""

import json
import sys

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from digests import publishing
from digests.export import export_digest
from digests.export.document import build_document
from digests.importing import of_document
from digests.importing.titles import paper_by_title
from digests.management.commands import import_digest as command
from digests.markdown import to_plain
from digests.models import Candidate, Digest, Entry, Event
from tests.factories import PaperFactory
from tracker import harvest, tex
from tracker.models import Paper, PaperVersion
from tracker.progress import Silent


@pytest.fixture
def run(capsys):
    def import_file(path, *arguments) -> dict:
        call_command("import_digest", str(path), "--json", *arguments)
        return json.loads(capsys.readouterr().out)

    return import_file


def stored() -> Digest:
    return Digest.objects.with_contents().get()


@pytest.fixture
def digest(published):
    digest = published(
        contents={
            "LLM Reasoning": [PaperFactory(title="First of them"), PaperFactory(title=r"T\"ULU in $O(n)$")],
            "A section of its own": [PaperFactory(title="Third of them")],
        },
        intro="Words *of* the editor.\n\n* with\n* a list",
    )
    Entry.objects.filter(paper__title="First of them").update(heading="The editor's heading")
    return digest


def write(digest, tmp_path, name="json"):
    path = tmp_path / f"digest.{name}"
    path.write_bytes(export_digest(Digest.objects.with_contents().get(pk=digest.pk), name).content)
    return path


@pytest.mark.parametrize("name", ["json", "md", "jekyll", "hugo"])
def test_a_digest_comes_back_as_it_was(digest, tmp_path, run, name):
    before = of_document(build_document(stored()))
    path = write(digest, tmp_path, name)
    Digest.objects.all().delete()
    figures = run(path, "--publish", "--week", "2023-W47")
    assert figures["state"] == "new"
    assert [line.split()[0] for line in figures["found"]] == ["1.1", "1.2", "2.1"]
    after = of_document(build_document(stored()))
    assert (after.headline, after.subtitle, after.sections) == (before.headline, before.subtitle, before.sections)
    assert to_plain(after.intro) == to_plain(before.intro)
    if name == "json":
        assert after == before
    assert stored().is_published
    assert export_digest(stored(), "md").content == write(stored(), tmp_path, "md").read_bytes()


def test_what_is_imported_can_be_worked_on_at_the_desk(digest, tmp_path, run, publisher):
    Entry.objects.update(heading="")
    path = write(digest, tmp_path)
    Digest.objects.all().delete()
    run(path)
    draft = stored()
    assert not draft.is_published
    assert set(draft.candidates.values_list("verdict", flat=True)) == {Candidate.Verdict.PICKED}
    assert [section.topic and section.topic.name for section in draft.sections.all()] == ["LLM Reasoning", None]
    publishing.publish_digest(draft, editor=publisher)
    assert Event.objects.filter(deed="Imported from digest.json", digest=draft).exists()


def test_the_same_file_again_changes_nothing(digest, tmp_path, run):
    path = write(digest, tmp_path)
    assert run(path)["state"] == "unchanged"
    assert Digest.history.count() == 1


def test_an_editors_words_are_overwritten_only_when_asked(digest, tmp_path, run, publisher):
    path = write(digest, tmp_path)
    publishing.withdraw_digest(Digest.objects.get(), editor=publisher)
    entry = Entry.objects.get(paper__title="Third of them")
    publishing.write_entry(entry, "", "Other words.", entry.revision, editor=publisher)
    with pytest.raises(CommandError, match=r"editors have worked on it: add --replace"):
        run(path)
    entry.refresh_from_db()
    assert entry.summary == "Other words."
    assert run(path, "--replace")["state"] == "replaced"
    entry.refresh_from_db()
    assert entry.summary == "The editor's summary."
    assert "Other words." in entry.history.values_list("summary", flat=True)


def test_a_draft_that_nobody_has_worked_on_makes_way(digest, tmp_path, run):
    path = write(digest, tmp_path)
    Digest.objects.update(status="draft", published_at=None, headline="The machine's")
    Entry.objects.update(revision=0, summary="", heading="")
    Candidate.objects.all().delete()
    assert run(path)["state"] == "replaced"
    assert stored().headline == digest.headline


def test_a_dry_run_tells_and_does_nothing(digest, tmp_path, run):
    path = write(digest, tmp_path)
    Digest.objects.all().delete()
    figures = run(path, "--dry-run")
    assert (figures["state"], figures["dry_run"], len(figures["found"])) == ("new", True, 3)
    assert not Digest.objects.exists()
    assert not Event.objects.filter(deed__startswith="Imported").exists()


def test_papers_that_are_not_stored_are_listed_and_their_text_is_kept(digest, tmp_path, run):
    path = write(digest, tmp_path)
    Digest.objects.all().delete()
    Paper.objects.filter(title="Third of them").delete()
    figures = run(path)
    assert figures["kept_as_text"] == ["2.1 Third of them"]
    assert len(figures["found"]) == 2
    assert stored().kept_text == "**2.1. Third of them**\n\nThe editor's summary."
    assert run(path)["state"] == "unchanged"


def test_a_paper_that_comes_twice_is_kept_as_text_the_second_time(digest, tmp_path, run):
    data = json.loads(write(digest, tmp_path).read_text())
    data["sections"][1]["entries"].append(data["sections"][0]["entries"][0])
    path = tmp_path / "twice.json"
    path.write_text(json.dumps(data))
    Digest.objects.all().delete()
    assert run(path)["kept_as_text"] == ["2.2 The editor's heading"]


def test_the_machines_text_stays_the_machines(digest, tmp_path, run):
    Digest.objects.update(status="draft", published_at=None)
    Entry.objects.filter(paper__title="Third of them").update(summary="")
    for name in ("json", "md"):
        path = write(Digest.objects.get(), tmp_path, name)
        Digest.objects.all().delete()
        run(path, "--week", "2023-W47")
        entry = Entry.objects.get(paper__title="Third of them")
        assert (entry.summary, entry.draft_summary) == ("", "The machine's draft.")
        assert Candidate.objects.get(paper=entry.paper).verdict == Candidate.Verdict.UNDECIDED


def test_papers_of_an_imported_digest_are_watched_for_changes(digest, tmp_path, run, as_user, editor):
    path = write(digest, tmp_path)
    Digest.objects.all().delete()
    run(path, "--publish")
    paper = Paper.objects.get(title="First of them")
    PaperVersion.objects.create(paper=paper, version=paper.version, title=paper.title, abstract=paper.abstract)
    assert not Entry.objects.changed_since().exists()
    Paper.objects.filter(pk=paper.pk).update(version=paper.version + 1, withdrawn=True)
    assert "First of them" in as_user(editor).get("/desk/changes/").text


def test_what_cant_be_published_is_not_imported_as_public(digest, tmp_path, run):
    path = write(digest, tmp_path)
    Digest.objects.all().delete()
    path.write_text(path.read_text().replace('"markdown": "The editor\'s summary."', '"markdown": ""'))
    with pytest.raises(CommandError, match="It can't be published as it is"):
        run(path, "--publish")
    assert not Digest.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "No papers were found: a topic begins with"),
        ("Just some words\n", "No papers were found: a topic begins with"),
        ("# A headline\n\nSubtitle\n", "No papers were found: a section begins with"),
        ("{", "This isn't JSON"),
        ('{"schema": "other"}', "isn't a digest of Galley's"),
        ('{"schema": "urn:galley:digest:1"}', "This digest lacks 'published_at'"),
        (
            '{"schema": "urn:galley:digest:1", "published_at": null, "headline": 3}',
            "isn't as static/schema/digest-1.json wants it",
        ),
        ("---\ntitle: of another's\n---\n\n# x\n", "This front matter isn't Galley's own"),
        (f"# {'x' * 301}\n\ny\n\n## 1. A\n\n### 1.1. B\n\nC", "A headline has 301 letters"),
        ("# H\n\ny\n\n## 1. A\n\n### 1.1. B\n\nC", "name it with --week"),
    ],
)
def test_it_refuses_with_a_sentence(series, tmp_path, capsys, text, sentence):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(CommandError, match=sentence):
        call_command("import_digest", str(path))
    assert not Digest.objects.exists()


def test_a_file_that_cant_be_read_is_told(series, tmp_path):
    with pytest.raises(CommandError, match="can't be read: No such file"):
        call_command("import_digest", str(tmp_path / "none"))
    (tmp_path / "latin").write_bytes(b"caf\xe9")
    with pytest.raises(CommandError, match="isn't text in UTF-8"):
        call_command("import_digest", str(tmp_path / "latin"))


def test_a_file_that_is_too_large_is_refused_rather_than_cut(series, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "_LARGEST", 10)
    path = tmp_path / "large.txt"
    path.write_text("More than ten letters")
    monkeypatch.setattr(sys, "stdin", path.open())
    for name in (str(path), "-"):
        with pytest.raises(CommandError, match="that is no digest"):
            call_command("import_digest", name)


# --- Titles ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    [
        "ToolTalk: Evaluating Tool-Usage in a Conversational Setting",
        "tooltalk evaluating tool usage in a conversational setting",
        "ToolTalk: Evaluating Tool Use in a Conversational Setting.",
    ],
)
def test_a_title_is_found_though_written_otherwise(db, title):
    paper = PaperFactory(title="ToolTalk: Evaluating Tool-Usage in a Conversational Setting")
    PaperFactory(title="ToolTalk: Evaluating Other Things in a Written Setting")
    assert paper_by_title(title) == paper


@pytest.mark.parametrize("title", ["", "…", "A completely different thing about evaluating"])
def test_another_title_is_not_found(db, title):
    PaperFactory(title="ToolTalk: Evaluating Tool-Usage in a Conversational Setting")
    assert paper_by_title(title) is None


def test_tex_and_accents_make_no_difference(db):
    paper = PaperFactory(title=r"T\"ULU 3: Pushing $\alpha$ in Schr\"odinger Models")
    assert paper_by_title("TÜLU 3: pushing α in Schrodinger models") == paper


def test_a_title_costs_one_query_whatever_the_corpus(db, django_assert_num_queries):
    for number in range(60):
        PaperFactory(title=f"Evaluating language models in setting {number}")
    with django_assert_num_queries(1) as queries:
        assert paper_by_title("Evaluating Language Models in Setting 41").title.endswith("setting 41")
    assert "LIMIT 40" in queries[0]["sql"]
    assert "abstract" not in queries[0]["sql"]


# --- The reference ---------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_the_reference_finds_its_papers_and_keeps_its_form(series, shared, tmp_path, run):
    harvest.harvest_file(shared / "papers" / "2023-11.jsonl", progress=Silent())
    harvest.harvest_file(shared / "papers" / "reference-13.jsonl", progress=Silent())
    told = json.loads((shared / "reference-digest.json").read_text())
    lines = (shared / "reference-digest.txt").read_text().splitlines()
    figures = run(shared / "reference-digest.txt", "--publish")
    papers = [paper for section in told["sections"] for paper in section["papers"]]
    assert (figures["week"], figures["kept_as_text"]) == ("2023-W47", [])
    assert [line.split()[:2] for line in figures["found"]] == [[paper["number"], paper["arxiv_id"]] for paper in papers]
    document = build_document(stored())
    assert (document.headline, document.subtitle) == (told["headline"], told["subtitle"])
    assert [title for _, title, _ in document.contents] == told["table_of_contents"]
    shown = set(export_digest(stored(), "txt").content.decode().split("\n\n"))
    assert len(shown) > 40
    words = to_plain(export_digest(stored(), "md").content.decode())
    for line in lines:
        if line not in ("2. LLM Training & Evaluation",) and not line.startswith(("Mentoring", "Long-term")):
            assert " ".join(tex.to_unicode(line).split()) in " ".join(words.split()), line
    assert stored().published_at < timezone.now()
    assert run(shared / "reference-digest.txt")["state"] == "unchanged"
