"""The editors' Markdown, as HTML and as plain text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digests.markdown import blocks_to_markdown, parse, to_html, to_plain
from digests.markdown.blocks import Break, Emphasis, Link, Listing, Math, Paragraph, Strong, Text


def test_it_renders_paragraphs_lists_emphasis_and_code():
    html = to_html("One *two* **three** `four`.\n\n- five\n- six\n\n1. seven")
    assert "<p>One <em>two</em> <strong>three</strong> <code>four</code>.</p>" in html
    assert "<ul>\n<li>five</li>\n<li>six</li>\n</ul>" in html
    assert "<ol>\n<li>seven</li>\n</ol>" in html


def test_formulas_become_mathml_and_prices_stay_prices():
    html = to_html("From $5 to $6 in $O(n^2)$ steps, 2$\\times$ faster; escaped \\$x\\$.")
    assert html.count("<math") == 2
    assert "From $5 to $6 in <math" in html
    assert "escaped $x$" in html


def test_a_formula_in_code_is_code():
    assert to_html("`$x$`") == "<p><code>$x$</code></p>"


def test_web_links_are_safe_ones():
    assert to_html("[a](https://a.b)") == '<p><a href="https://a.b" rel="noopener">a</a></p>'


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "/relative", "vbscript:x", "//a.b"])
def test_other_addresses_are_no_links(address):
    assert "<a" not in to_html(f"[a]({address})")


def test_raw_html_is_shown_as_text():
    assert to_html("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_images_are_never_fetched():
    assert "<img" not in to_html("![a](https://a.b/c.png)")


@pytest.mark.parametrize(("source", "level"), [("# Big", 4), ("## Less", 5), ("### Least", 6), ("###### Tiny", 6)])
def test_headings_stand_below_those_of_the_page(source, level):
    assert to_html(source).startswith(f"<h{level}>")


def test_plain_text_keeps_paragraphs_and_lists():
    plain = to_plain("One *two*\nthree.\n\n- [four](https://a.b)\n- $x^2$\n\n1. five\n2. six\n\nSeven.")
    assert plain == "One two three.\n\n- four (https://a.b)\n- x²\n\n1. five\n2. six\n\nSeven."


@given(st.text(alphabet=st.sampled_from("a <>[]()*_`$\\#-1.\n\"'&:/jscript!{}^"), max_size=120))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_it(source):
    assert "<script" not in to_html(source)
    assert isinstance(to_plain(source), str)


def test_it_is_read_into_blocks():
    assert parse("A *b **c*** [d](https://e.f)\\\n$x^2$\n\n2. one\n   - two") == (
        Paragraph(
            (
                Text("A "),
                Emphasis((Text("b "), Strong((Text("c"),)))),
                Text(" "),
                Link("https://e.f", (Text("d"),)),
                Break(),
                Math("x^2"),
            )
        ),
        Listing(
            ((Paragraph((Text("one"),)), Listing(((Paragraph((Text("two"),)),),))),),
            ordered=True,
            start=2,
        ),
    )


PIECES = [
    "a", "b c", " ", "\n", "\n\n", "*", "**", "_", "__", "`", "$x^2$", "$", "[", "]", "(", "!", "\\", "#", "- ", "1. ",
    "2) ", "> ", "    ", "  ", "+ ", "* ", "\t", "&amp;", "&", "<b>", "&nbsp;", "%", "{", "}", "$$y$$", "'", '"', ".",
    "https://a.b", "<https://a.b/c>", "[w](https://a.b)", "```\n", "~~~", "---", "===", "  \n", "\\\n",
    "é", "日本", "😀", "עברית", "👩‍👩‍👧",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
@settings(max_examples=500, deadline=None)
def test_what_is_written_as_markdown_reads_back_as_the_same_blocks(source):
    blocks = parse(source)
    assert parse(blocks_to_markdown(blocks)) == blocks


@pytest.mark.parametrize("source", ["- one\n- two\n\n* three", "1. a\n   - b\n\n     c\n2. d", "> - *a*\n> - **b**"])
def test_written_markdown_is_written_again_the_same(source):
    once = blocks_to_markdown(parse(source))
    assert blocks_to_markdown(parse(once)) == once
