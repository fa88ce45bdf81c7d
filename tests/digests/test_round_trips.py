"""What is exported as JSON or Markdown reads back as the same digest, whatever its editor wrote."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from digests.export import markdown, structured
from digests.export.citations import Citation
from digests.export.document import Document, DocumentEntry, DocumentSection
from digests.export.front_matter import render_hugo, render_jekyll
from digests.importing import of_document, read
from digests.importing.storing import _sayings as sayings
from digests.markdown import blocks_to_markdown, parse
from tracker import tex
from tracker.weeks import Week

LETTERS = st.characters(blacklist_categories=("Cc", "Cs", "Cn", "Zl", "Zp"))
WORDS = st.lists(
    st.sampled_from(
        ["model", "Q&A", "5%", "(no)", "a_b", "C++", "#1", "1.", "--", "`x`", "[own]", "<b>"]
        + ["日本語", "עברית", "Ελλάδα", "हिन्दी", "😀", "👩‍👩‍👧", "é"]
    )
    | st.text(LETTERS, min_size=1, max_size=8),
    min_size=1,
    max_size=6,
).map(lambda words: " ".join(" ".join(words).split()))  # fmt: skip
TITLES = st.lists(
    WORDS.map(tex.from_plain)
    | st.sampled_from([r"$O(n^2)$", r"\textbf{bold}", r"\emph{said}", r"T\"ULU", r"\texttt{code}", "$\\alpha$-LoRA"]),
    min_size=1,
    max_size=3,
).map(" ".join)
INLINE = st.recursive(
    WORDS | st.sampled_from(["$x^2$", "$$\\frac{1}{2}$$", "`code`", "[a link](https://example.org/a_b?c=d)"]),
    lambda inner: st.builds("*{}*".format, inner)
    | st.builds("**{}**".format, inner)
    | st.builds("{} {}".format, inner, inner),
    max_leaves=5,
)  # fmt: skip


def listed(items: list[str], mark: str) -> str:
    return "\n".join(f"{mark} " + item.replace("\n", "\n" + " " * (len(mark) + 1)) for item in items)


BLOCKS = st.recursive(
    INLINE
    | st.sampled_from(["---", "```python\nif a < b:\n    pass\n```", "## A heading", "> quoted", "Table of Contents:"]),
    lambda inner: st.builds(listed, st.lists(inner, min_size=1, max_size=4), st.sampled_from(["-", "*", "1.", "7)"])),
    max_leaves=6,
)
TEXTS = st.lists(BLOCKS, max_size=4).map("\n\n".join).map(lambda text: blocks_to_markdown(parse(text)))


@st.composite
def entries(draw, number: str) -> DocumentEntry:
    title, summary = draw(TITLES), draw(TEXTS)
    arxiv_id = draw(st.sampled_from(["2311.12983", "hep-th/9901001", "2401.00001"]))
    return entry_of(number, title, summary, arxiv_id, is_draft_text=draw(st.booleans()) and bool(summary))


def entry_of(number, title, summary, arxiv_id="2311.12983", **fields) -> DocumentEntry:
    citation = Citation(arxiv_id, title, ("Ada Lovelace",), "cs.CL", dt.date(2023, 11, 21), "", "")
    told = {
        "withdrawn": False, "is_draft_text": False, "is_paraphrased": False, "primary_category": "cs.CL",
        "announced_on": dt.date(2023, 11, 21), "authors": ("Ada Lovelace",),
    }  # fmt: skip
    return DocumentEntry(
        number=number, title=title, arxiv_id=arxiv_id, url=citation.url, citation=citation, summary=summary,
        **{**told, **fields},
    )  # fmt: skip


@st.composite
def documents(draw) -> Document:
    sections = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        held = tuple(draw(entries(f"{number}.{place}")) for place in range(1, draw(st.integers(1, 3)) + 1))
        sections.append(DocumentSection(number, draw(WORDS), held))
    return document_of(
        sections, headline=draw(WORDS), subtitle=draw(st.just("") | WORDS), intro=draw(TEXTS), sign_off=draw(TEXTS)
    )


def document_of(sections, **fields) -> Document:
    told = {
        "series_slug": "llm", "series_name": "LLM papers", "week": Week(2023, 47), "url": "https://example.org/",
        "headline": "A headline", "subtitle": "", "intro": "", "sign_off": "", "is_draft": False, "is_sample": False,
        "published_at": dt.datetime(2023, 11, 27, 6, tzinfo=dt.UTC),
    }  # fmt: skip
    return Document(sections=tuple(sections), **{**told, **fields})


@given(documents())
@settings(max_examples=40, deadline=None)
def test_json_reads_back_to_the_letter(document):
    assert read(structured.render(document).decode()) == of_document(document)


@given(documents())
@settings(max_examples=80, deadline=None)
def test_markdown_reads_back_as_the_same_digest_and_is_written_again_the_same(document):
    written = markdown.render(document).decode()
    found = read(written)
    assert sayings(found) == sayings(of_document(document))


@given(documents())
@settings(max_examples=20, deadline=None)
def test_front_matter_reads_back_with_its_week(document):
    for render in (render_jekyll, render_hugo):
        found = read(render(document).decode())
        assert sayings(found) == sayings(of_document(document))
        assert (found.week, found.series_slug) == (document.week, "llm")


def test_two_hundred_papers_read_back_in_their_order():
    sections = [
        DocumentSection(
            n, f"Topic {n}", tuple(entry_of(f"{n}.{m}", f"Paper {n} {m}", f"- {n}\n- {m}") for m in range(1, 41))
        )
        for n in range(1, 6)
    ]  # fmt: skip
    document = document_of(sections, is_sample=True, is_draft=True)
    for render in (structured.render, markdown.render):
        assert sayings(read(render(document).decode())) == sayings(of_document(document))


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=60))
@settings(max_examples=200, deadline=None)
def test_plain_words_as_tex_read_back_as_those_words(words):
    assert tex.to_unicode(tex.from_plain(words)) == words
