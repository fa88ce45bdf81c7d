"""`manage.py export_site`: an archive that opens from disk, with no dead link in it."""

import json
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag

import pytest
from django.core.management import CommandError, call_command

from tests.factories import DigestFactory, PaperFactory


@pytest.fixture
def archive(published, series):
    """Two published weeks, a paper with an old id in both, and a draft."""
    paper = PaperFactory(arxiv_id="hep-th/9901001", title="On $x^2$", authors=["José d'Aspremont"])
    published("2023-W46", {"LLM Reasoning": [paper]})
    published("2023-W47", {"LLM Reasoning": [paper, "Another"], "Section of its own": ["A third"]})
    DigestFactory(series=series, week_start="2023-11-27", headline="Secret draft")


@pytest.fixture
def site(archive, tmp_path, capsys):
    folder = tmp_path / "site"
    call_command("export_site", str(folder), "--json")
    return folder, json.loads(capsys.readouterr().out)


class Links(HTMLParser):
    def __init__(self, source):
        super().__init__()
        self.links, self.ids, self.forms = [], set(), []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids.add(attributes.get("id"))
        self.links += [value for name, value in attrs if name in ("href", "src") and value]
        if tag == "form":
            self.forms.append(attributes)


def test_no_link_in_it_is_dead(site):
    folder, figures = site
    pages = {path: Links(path.read_text()) for path in folder.rglob("*.html") if "llm-2023" not in path.name}
    followed = 0
    for path, page in pages.items():
        for link in page.links:
            if link.startswith(("http:", "https:", "mailto:")):
                continue
            address, fragment = urldefrag(link)
            assert not address.startswith("/"), link
            target = (path.parent / unquote(address)).resolve() if address else path
            assert target.is_file(), f"{path}: {link}"
            assert folder in target.parents
            if fragment and target in pages:
                assert unquote(fragment) in pages[target].ids, f"{path}: {link}"
            followed += 1
    assert followed > 100
    assert figures["pages"] == len(pages)


def test_it_holds_pages_papers_downloads_pictures_and_style_but_no_draft(site):
    folder, _ = site
    for name in (
        "index.html", "llm/index.html", "llm/2023/w46/index.html", "llm/2023/w47/index.html", "llm/2023/w47/card.png",
        "llm/2023/w47/llm-2023-W47.epub", "llm/2023/w47/llm-2023-W47.substack.html", "papers/hep-th/9901001/index.html",
        "robots.txt", "sitemap.xml", "about/index.html", "static/css/site.css", "static/js/site.js",
    ):  # fmt: skip
        assert (folder / name).is_file(), name
    assert not (folder / "llm/2023/w48").exists()
    assert not any("Secret draft" in path.read_text() for path in folder.rglob("*.html"))


def test_what_needs_a_server_leads_to_the_running_site(site):
    page = Links((site[0] / "index.html").read_text())
    assert any(link.startswith("http://localhost:8000/accounts/") for link in page.links)
    assert not any((site[0] / name).exists() for name in ("accounts", "desk", "search", "library", "subscribe"))
    for path in site[0].rglob("*.html"):
        assert all(form.get("method", "get") != "post" for form in Links(path.read_text()).forms)
        assert "csrfmiddlewaretoken" not in path.read_text()


def test_it_may_be_written_again_and_then_forgets_what_is_gone(site, capsys):
    folder, _ = site
    (folder / "llm" / "stray.html").write_text("x")
    call_command("export_site", str(folder))
    assert not (folder / "llm" / "stray.html").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["site"]


def test_it_replaces_nothing_of_anybody_elses(archive, tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(CommandError, match="holds other things"):
        call_command("export_site", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_broken_page_stops_it_and_leaves_what_was_there(site, monkeypatch):
    folder, _ = site
    before = sorted(folder.rglob("*"))
    monkeypatch.setattr("digests.static_site.SEEDS", ("/", "/no/such/page/"))
    with pytest.raises(CommandError, match="/no/such/page/ answers 404"):
        call_command("export_site", str(folder))
    assert sorted(folder.rglob("*")) == before
    assert [path.name for path in folder.parent.iterdir()] == ["site"]
