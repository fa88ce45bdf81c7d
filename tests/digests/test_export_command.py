"""`manage.py export_digest`: whole files or none, and a sentence for everything that is wrong."""

import json
import sys

import pytest
from django.core.management import CommandError, call_command

from digests.export import FORMATS
from digests.models import Digest
from tests.factories import DigestFactory, EntryFactory, SectionFactory


@pytest.fixture
def digest(series):
    digest = DigestFactory(series=series, status=Digest.Status.PUBLISHED, published_at="2023-11-27T06:00Z")
    EntryFactory(section=SectionFactory(digest=digest))
    return digest


@pytest.mark.parametrize(("name", "start"), [("md", "# Top Important"), ("html", "<!doctype html>"), ("txt", "Top")])
def test_it_writes_a_file_and_ends_with_figures(digest, tmp_path, capsys, name, start):
    path = tmp_path / f"out.{name}"
    call_command("export_digest", "llm", "2023-W47", "--format", name, "--output", str(path), "--json")
    assert path.read_text().startswith(start)
    figures = json.loads(capsys.readouterr().out)
    assert figures == {
        "series": "llm",
        "week": "2023-W47",
        "file": str(path),
        "sections": 1,
        "papers": 1,
        "bytes": path.stat().st_size,
        "draft": False,
    }


def test_standard_output_holds_the_digest_alone(digest, capsys):
    call_command("export_digest", "llm", "2023-W47")
    out = capsys.readouterr().out
    assert out.startswith("# Top Important")
    assert out.endswith("interoperability.*\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nope", "2023-W47"], "There is no series “nope”"),
        (["llm", "2023-47"], "“2023-47” is no week"),
        (["llm", "2023-W53"], "There is no week 2023-W53"),
        (["llm", "2023-W46"], "llm has no digest of 2023-W46"),
        (["llm", "2023-W47", "--format", "doc"], "“doc” is no export format: choose one of html, pdf, epub"),
        (["llm", "2023-W47", "--length", "20"], "--length must lie between 140 and 10000"),
        (["llm", "2023-W47", "--output", "/no/such/folder/x.md"], "/no/such/folder/x.md can't be written"),
        (["llm", "2023-W47", "--json"], "name a file with --output"),
    ],
)
def test_it_refuses_with_a_sentence(digest, capsys, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("export_digest", *arguments)
    assert capsys.readouterr().out == ""


def test_a_draft_is_exported_only_when_asked_for(digest, capsys):
    Digest.objects.update(status=Digest.Status.DRAFT, published_at=None)
    with pytest.raises(CommandError, match="is a draft: publish it at the desk, or add --draft"):
        call_command("export_digest", "llm", "2023-W47")
    call_command("export_digest", "llm", "2023-W47", "--draft")
    assert "DRAFT: this digest is not published." in capsys.readouterr().out


def test_a_failure_leaves_the_file_that_was_there(digest, tmp_path):
    path = tmp_path / "out.md"
    path.write_text("what was there")
    with pytest.raises(CommandError):
        call_command("export_digest", "llm", "2023-W46", "--output", str(path))
    (tmp_path / "folder").mkdir()
    with pytest.raises(CommandError, match="can't be written"):
        call_command("export_digest", "llm", "2023-W47", "--output", str(tmp_path / "folder"))
    assert path.read_text() == "what was there"
    assert sorted(child.name for child in tmp_path.iterdir()) == ["folder", "out.md"]


def test_it_follows_a_link_and_writes_into_a_device_instead_of_replacing_them(digest, tmp_path):
    link, device = tmp_path / "latest.md", tmp_path / "device"
    link.symlink_to(tmp_path / "out.md")
    device.symlink_to("/dev/null")
    for path in (link, device):
        call_command("export_digest", "llm", "2023-W47", "--output", str(path))
        assert path.is_symlink()
    assert (tmp_path / "out.md").read_text().startswith("# ")


def test_all_formats_go_into_a_folder(digest, tmp_path, capsys):
    call_command("export_digest", "llm", "2023-W47", "--all", str(tmp_path / "new" / "folder"), "--json")
    figures = json.loads(capsys.readouterr().out)
    written = {path.name: path.stat().st_size for path in (tmp_path / "new" / "folder").iterdir()}
    assert figures["files"] == written
    assert figures["not_made"] == {}
    assert len(written) == len(FORMATS)
    assert {"llm-2023-W47.pdf", "llm-2023-W47.epub", "llm-2023-W47.json", "2023-11-27-llm-2023-W47.md"} <= set(written)


def test_what_is_missing_is_named_and_stops_no_other_format(digest, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    call_command("export_digest", "llm", "2023-W47", "--all", str(tmp_path), "--json")
    figures = json.loads(capsys.readouterr().out)
    assert list(figures["not_made"]) == ["pdf"]
    assert "install it with" in figures["not_made"]["pdf"]
    assert len(list(tmp_path.iterdir())) == len(FORMATS) - 1
    with pytest.raises(CommandError, match="PDF needs WeasyPrint"):
        call_command("export_digest", "llm", "2023-W47", "--format", "pdf", "--output", str(tmp_path / "x.pdf"))


def test_a_file_that_is_no_text_goes_to_standard_output_as_it_is(digest, capfdbinary):
    call_command("export_digest", "llm", "2023-W47", "--format", "epub")
    assert capfdbinary.readouterr().out.startswith(b"PK")
