"""Exports: one document, and what every format of it owes its readers. Each format has its proofs in test_formats."""

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from digests.export import FORMATS, UnknownFormat, export_digest
from digests.export.document import build_document
from digests.models import Digest
from tests.exported import words_of
from tests.factories import DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tracker.models import Paper
from tracker.records import AbstractKind

# Lists of references hold facts of papers alone: no notices stand in them.
WORDED = [name for name, form in FORMATS.items() if form.holds_words]


@pytest.fixture
def digest(series):
    """Two sections with entries, and an empty one between them."""
    digest = DigestFactory(
        series=series, status=Digest.Status.PUBLISHED, published_at="2023-11-27T06:00Z", intro="We *read* it.\n\nAll."
    )
    first, _, last = (SectionFactory(digest=digest, title=title) for title in ("Models & Data", "Nothing", "Reasoning"))
    EntryFactory(section=first, paper=PaperFactory(arxiv_id="2311.00001", title=r"T\"ULU in $O(n^2)$"))
    EntryFactory(section=first, paper=PaperFactory(arxiv_id="2311.00002"), heading="The <b>editor's</b> [own] heading")
    EntryFactory(section=last, paper=PaperFactory(arxiv_id="2311.00003", withdrawn=True), summary="- one\n- $x^2$")
    return digest


def text(digest, name):
    """The words of a format, whatever file holds them."""
    return words_of(export_digest(fresh(digest), name))


def fresh(digest):
    return Digest.objects.with_contents().get(pk=digest.pk)


def test_the_document_numbers_what_it_holds_and_leaves_empty_sections_out(digest):
    document = build_document(fresh(digest))
    assert document.contents == [(1, "Models & Data", "1-models--data"), (2, "Reasoning", "2-reasoning")]
    assert [(entry.number, entry.arxiv_id) for entry in document.entries] == [
        ("1.1", "2311.00001"),
        ("1.2", "2311.00002"),
        ("2.1", "2311.00003"),
    ]
    assert [entry.heading for entry in document.sections[0].entries] == [
        "TÜLU in O(n²)",
        "The <b>editor's</b> [own] heading",
    ]
    assert document.sections[0].entries[0].authors == ("Ada Lovelace", "Alan Turing")


def test_entries_stand_in_the_editors_order(digest):
    first, second = digest.entries.order_by("position")[:2]
    first.position, second.position = second.position, first.position
    first.save()
    second.save()
    assert [entry.arxiv_id for entry in build_document(fresh(digest)).entries][:2] == ["2311.00002", "2311.00001"]


def test_markdown_has_the_form_of_the_roundup(digest):
    lines = text(digest, "md").splitlines()
    assert lines[:9] == [
        "# Top Important LLM Papers for the Week from 20/11 to 26/11",
        "",
        "Stay Updated with Recent Large Language Models Research",
        "",
        "We *read* it.",
        "",
        "All.",
        "",
        "Table of Contents:",
    ]
    assert "1. [Models & Data](#1-models--data)" in lines
    assert "## 1. Models & Data" in lines
    assert "### 1.1. [TÜLU in $O(n^2)$](https://arxiv.org/abs/2311.00001)" in lines
    assert "*This paper has been withdrawn.*" in lines
    assert "Until next week." in lines
    assert lines[-1] == "*Thank you to arXiv for use of its open access interoperability.*"


def test_markdown_reads_back_with_its_headings_and_links(digest):
    html = MarkdownIt("commonmark").render(text(digest, "md"))
    assert html.count("<h1>") == 1
    assert html.count("<h2>") == 2
    assert (
        '<h3>1.2. <a href="https://arxiv.org/abs/2311.00002">The &lt;b&gt;editor\'s&lt;/b&gt; [own] heading</a></h3>'
        in html
    )


class Outline(HTMLParser):
    """Tags, ids and addresses of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.ids, self.links = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src")]


def test_html_stands_on_its_own(digest):
    page = text(digest, "html")
    outline = Outline(page)
    assert page.startswith("<!doctype html>")
    assert not {"script", "link", "img", "iframe", "form"} & set(outline.tags)
    assert "url(" not in page
    assert "@import" not in page
    assert all(link.startswith(("#", "https://arxiv.org/abs/")) for link in outline.links)


def test_html_links_its_contents_to_its_sections(digest):
    outline = Outline(text(digest, "html"))
    assert len(set(outline.ids)) == len(outline.ids)
    assert {link[1:] for link in outline.links if link.startswith("#")} <= set(outline.ids)
    assert [tag for tag in outline.tags if re.fullmatch("h[1-6]", tag)] == ["h1", "h2", "h3", "h3", "h2", "h3"]


def test_html_shows_formulas_and_escapes_headings(digest):
    page = text(digest, "html")
    assert page.count("<math") == 2
    assert "The &lt;b&gt;editor's&lt;/b&gt; [own] heading" in page


@pytest.mark.parametrize("name", WORDED)
def test_a_draft_says_that_it_is_one(series, name):
    entry = EntryFactory(section=SectionFactory(digest=DigestFactory(series=series)), summary="")
    shown = text(entry.digest, name)
    assert "DRAFT: this digest is not published." in shown
    assert "The machine&#x27;s draft." in shown or "The machine's draft." in shown
    assert "Not edited yet" in shown


@pytest.mark.parametrize("name", WORDED)
def test_a_published_digest_says_nothing_of_drafts_or_samples(digest, name):
    assert "DRAFT" not in text(digest, name)
    assert "Sample roundup" not in text(digest, name)


@pytest.mark.parametrize("name", WORDED)
def test_the_sample_says_that_it_is_one(digest, name):
    Digest.objects.filter(pk=digest.pk).update(sample=True)
    assert "Sample roundup" in text(digest, name)


@pytest.mark.parametrize("name", WORDED)
def test_an_entry_made_from_a_paraphrase_says_so_unless_the_whole_digest_does(digest, name):
    Paper.objects.update(abstract_kind=AbstractKind.PARAPHRASE)
    assert "a paraphrase of the abstract by Galley" in text(digest, name)
    Digest.objects.update(sample=True)
    assert "a paraphrase of the abstract by Galley" not in text(digest, name)


def test_an_export_has_a_name_and_a_type(digest):
    export = export_digest(fresh(digest), "html")
    assert (export.filename, export.content_type) == ("llm-2023-W47.html", "text/html; charset=utf-8")


def test_an_unknown_format_is_refused_with_the_known_ones(digest):
    with pytest.raises(UnknownFormat, match=r"“doc” is no export format: choose one of html, pdf"):
        export_digest(digest, "doc")


def test_a_document_costs_no_query_beyond_its_digest(digest, django_assert_num_queries):
    digest = fresh(digest)
    with django_assert_num_queries(0):
        for name in FORMATS:
            export_digest(digest, name)
