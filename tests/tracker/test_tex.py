"""arXiv's TeX on the web, in plain text and in Markdown."""

import json
import re
import time
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker import tex

ALL = [tex.to_unicode, tex.to_html, tex.to_markdown]
PIECES = st.sampled_from(
    [
        *("\\", "{", "}", "$", "$$", "\\(", "\\)", "\\[", "\\]", "^", "_", "~", "--", "`", "''", "]", "[", "*", "|"),
        *("<script>", "&amp;", "javascript:alert(1)", "https://a.b/~c", " ", "x", "5", "Ω", "\n", "\x00"),
        *("\\textbf{", "\\href{", "\\'", '\\"', "\\frac", "\\left(", "\\begin{array}", "\\def", "\\cite{", "\\bf "),
        *("\\unknown", "\\c{c}", "\\verb"),
    ]
)
TEX = st.lists(PIECES | st.text(max_size=6), max_size=40).map("".join)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        (r"T\"ULU 2", "TÜLU 2"),
        (r"\'{e} {\"o} \c{c} \v{s} S\o ren \'{\i} \~n \H{o} \aa{} \ss", "é ö ç š Søren í ñ ő å ß"),
        (r"92\% of R\&D, a\_b, \#1, \{x\}", "92% of R&D, a_b, #1, {x}"),
        (r"\textbf{bold \emph{both}} \texttt{code}", "bold both code"),
        (r"{\bf bold} plain", "bold plain"),
        (r"\href{https://a.b/c\_d}{here}, \url{https://e.f}", "here (https://a.b/c_d), https://e.f"),
        ("pages 2--3 --- ``quoted'' and `single'", "pages 2–3 — “quoted” and ‘single’"),
        ("Fig.~3 but ~5% and https://a.b/~c", "Fig.\N{NO-BREAK SPACE}3 but ~5% and https://a.b/~c"),
        ("run with --verbose", "run with --verbose"),
        (r"in $O(n^2)$, $\alpha_{12}$, \(x\) and $$\frac{a}{b}$$", "in O(n²), α₁₂, x and a/b"),
        (r"2$\times$ faster, $\sim$10\%", "2× faster, ∼10%"),
        ("costs $5 and $6 more", "costs $5 and $6 more"),
        ("between $48-$74 compared to $100", "between $48-$74 compared to $100"),
        ("one $ alone", "one $ alone"),
        (r"{BERT} on the set {0, 1}", "BERT on the set {0, 1}"),
        (r"$\textbf{$\infty$Bench}$ at $\href{https://a.b}{here}$", "∞Bench at here (https://a.b)"),
        (r"we revise \rev{these words} with \method and \ours{}", "we revise these words with method and ours"),
        (r"p < 10^{-6}", "p < 10⁻⁶"),
        (r"don\'t say \"never\"", 'don\'t say "never"'),
        (r"broken \textbf{open and $unclosed", "broken open and $unclosed"),
        ("closing } alone", "closing } alone"),
    ],
)
def test_it_shows_tex_in_unicode(source, shown):
    assert tex.to_unicode(source) == shown


def test_text_without_tex_stays_as_it_is():
    text = "Plain words, a comma (and brackets), 3.5 & 7 < 8."
    assert tex.to_unicode(text) is text


def test_the_web_gets_mathml_emphasis_and_links():
    html = tex.to_html(r"\textbf{Fast}: $x^2$ at \url{https://a.b/c}")
    assert html.startswith("<strong>Fast</strong>: <math")
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in html
    assert '<a href="https://a.b/c" rel="noopener">https://a.b/c</a>' in html


def test_a_heading_may_go_without_links():
    assert tex.to_html(r"\href{https://a.b}{here}", links=False) == "here"


def test_a_broken_formula_is_shown_as_its_source():
    assert tex.to_html(r"so $x_a_b$ fails") == "so <code>x_a_b</code> fails"


def test_a_formula_that_defines_commands_is_not_expanded():
    assert "<code>" in tex.to_html(r"$\newcommand{\a}{xx}\a\a$")


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        r"\href{javascript:alert(1)}{x}",
        r"$\href{javascript:alert(1)}{x}$",
        r"$x \href{javascript:alert(1)}{x}$",
        r"$\text{</math><script>alert(1)</script>}$",
        r'$\class{" onclick="alert(1)}{x}$',
        r"$\style{background:url(x)}{x}$",
        r'\href{https://a.b" onclick="alert(1)}{x}',
    ],
)
def test_nothing_of_the_source_becomes_markup(source):
    tree = ElementTree.fromstring(f"<p>{tex.to_html(source)}</p>")
    for element in tree.iter():
        assert element.tag in tex.MATHML_TAGS | {"p", "a", "code"}
        assert set(element.attrib) <= tex.MATHML_ATTRIBUTES | {"href", "rel"}
        assert element.get("href", "https://").startswith("https://")


def test_markdown_keeps_formulas_and_escapes_marks():
    shown = tex.to_markdown(r"\textbf{bold} 5*6*7 \(x_1\) \$5 [a](b) _x_ snake_case `y`")
    assert shown == r"**bold** 5\*6\*7 $x_1$ \$5 [a\](b) \_x\_ snake_case \`y\`"


@given(TEX)
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_it_and_its_html_is_well_formed(source):
    assert isinstance(tex.to_unicode(source), str)
    assert isinstance(tex.to_markdown(source), str)
    html = tex.to_html(source)
    assert "<script" not in html
    for element in ElementTree.fromstring(f"<p>{html}</p>").iter("a"):
        assert element.get("href").startswith(("http://", "https://"))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\\{}$~`-'^_&"), max_size=200))
def test_words_without_tex_are_never_changed(source):
    assert tex.to_unicode(source) == tex.without_controls(source) or "://" in source


@pytest.mark.parametrize(
    "hostile",
    [
        "\\" * 1_000_000,
        "$" * 1_000_000,
        "{" * 10_000,
        "{" * 9_000 + "x" + "}" * 9_000,
        r"\textbf{" * 2_000 + "}" * 2_000,
        "$" + "{" * 900,
        "$" + r"\frac{" * 18 + "}" * 18 + "$",
        r"\href{" * 3_000,
        "http://" * 2_500,
        "`a" * 9_000,
    ],
    ids=lambda text: text[:8],
)
@pytest.mark.parametrize("render", ALL, ids=lambda render: render.__name__)
def test_hostile_text_costs_little(render, hostile):
    began = time.process_time()
    render(hostile)
    assert time.process_time() - began < 3


@pytest.mark.shared
def test_a_real_week_shows_no_command_and_no_stray_dollar(shared):
    with (shared / "papers" / "2026-W08.jsonl").open() as lines:
        papers = [json.loads(line) for line in lines]
    texts = [tex.to_unicode(text) for paper in papers for text in (paper["title"], paper["abstract"])]
    assert len(texts) == 2388
    assert [text for text in texts if re.search(r"\\[A-Za-z]", text)] == []
    assert [text for text in texts if re.search(r"\$(?!\d)", text)] == []


@pytest.mark.parametrize("show", [tex.to_html, tex.to_unicode, tex.to_markdown])
def test_characters_that_break_a_page_or_turn_it_around_are_dropped(show) -> None:
    assert show("a\x00b\x08c\x9fd \u202eevil\u202c \u2066e\u2069 and\ta\nline") == "abcd evil e and\ta\nline"
