"""Draft summaries: the abstract's own words, in paragraphs and lists."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digests.markdown import to_html, to_plain
from digests.summarise import draft_summary, mend_hyphens, split_sentences
from tracker import tex

MARK = re.compile(r"(?<![^\s:;,.])\(?(?:\d{1,2}|[ivx]{1,4}|[IVX]{1,4}|[a-jA-J])\)(?=\s|[A-Z]|$)")


def words(text: str) -> list[str]:
    """The words of a text, without the marks of enumerations and the bullets that stand for them."""
    return [word for word in MARK.sub(" ", text).split() if word != "-"]


@pytest.mark.parametrize(
    "sentence",
    [
        "We follow Smith et al. and compare with GPT-3.5 at 0.5 points.",
        "Some tasks, e.g. Law or chemistry, are hard, i.e. Tedious.",
        "It gains 92% vs. GPT-4, see Fig. 3 and Sec. 4.",
        "The method of J. Smith works.",
        "It works (see the appendix. It is long) well.",
        "The bound is $f(x). Y$ as shown.",
        "We ask: why? and answer.",
    ],
)
def test_this_is_one_sentence(sentence):
    assert split_sentences(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It fails. We fix it! Does it work? Yes.", 4),
        ("We use code, data, etc. We release them.", 2),
        ("We follow Smith et al. The result holds.", 2),
        (r"It costs \$5. $x$ grows.", 2),
        ("It is “quoted.” The next begins. 100 people agree.", 3),
    ],
)
def test_sentences_end_where_they_do(text, count):
    assert len(split_sentences(text)) == count


def test_an_enumeration_becomes_a_list_below_its_lead_in():
    draft = draft_summary("We study it. We release: (1) a large dataset; (2) two models; and (3) the code. It helps.")
    assert draft == ("We study it. We release:\n\n- a large dataset;\n- two models; and\n- the code.\n\nIt helps.")


@pytest.mark.parametrize("marks", [("(i)", "(ii)", "(iii)"), ("1)", "2)", "3)"), ("(a)", "(b)", "(c)")])
def test_enumerations_come_in_several_forms(marks):
    one, two, three = marks
    draft = draft_summary(f"It has {one} a fast encoder, {two} a slow decoder, {three} a long memory. It wins.")
    assert "\n- a fast encoder,\n- a slow decoder,\n- a long memory.\n\nIt wins." in draft


@pytest.mark.parametrize(
    "abstract",
    [
        "It has: (I) a fast encoder; (II) a slow decoder; (III) a long memory. It wins.",
        "It has: (1)A fast encoder; (2)A slow decoder; (3)A long memory. It wins.",
        "It has limits.(i)~A fast encoder;(ii)~A slow decoder;(iii)~A long memory. It wins.",
        r"It has \textit{(i)} a fast encoder, \textit{(ii)} a slow decoder, \textit{(iii)} a long memory. It wins.",
    ],
)
def test_marks_as_authors_really_set_them_make_a_list(abstract):
    draft = draft_summary(abstract)
    assert [line[2:8].lower() for line in draft.splitlines() if line.startswith("- ")] == ["a fast", "a slow", "a long"]
    assert draft.endswith("\n\nIt wins.")


@pytest.mark.parametrize(
    "text",
    [
        "As Equation (1) shows and Equation (2) proves, it holds.",
        "It rests on (1) speed and (2) cost.",
        "It trades (1) sheer speed and (2) low cost.",
        "Only (1) one mark stands here, alone.",
        "First (2) comes two items and (1) then one item.",
    ],
)
def test_other_brackets_make_no_list(text):
    assert "\n" not in draft_summary(text)


def test_a_long_abstract_is_cut_into_a_few_paragraphs():
    sentence = "This sentence of ours has exactly ten words in it. "
    paragraphs = draft_summary(sentence * 18).split("\n\n")
    assert 2 <= len(paragraphs) <= 4
    assert max(len(p.split()) for p in paragraphs) <= 2 * min(len(p.split()) for p in paragraphs)


def test_a_short_abstract_stays_one_paragraph():
    assert draft_summary("We study it.\n It works.") == "We study it. It works."


def test_tex_is_resolved_and_formulas_stay():
    assert draft_summary(r"T\"ULU gains 5\% in $O(n^2)$ for \$5.") == r"TÜLU gains 5% in $O(n^2)$ for \$5."


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("massive reason- ing skills", "massive reasoning skills"),
        ("intents re- quiring an implementa- tion", "intents requiring an implementation"),
        ("pre- and post-training", "pre- and post-training"),
        ("fine- tuning stays", "fine- tuning stays"),
        ("short- or long-term", "short- or long-term"),
    ],
)
def test_words_broken_at_a_line_end_are_joined_where_that_is_safe(broken, mended):
    assert mend_hyphens(broken) == mended


@pytest.mark.parametrize("head", ["# no heading", "- no list", "1. no list", "> no quote", "+ none", "2) none"])
def test_an_abstract_cannot_begin_a_heading_or_a_list(head):
    assert to_html(draft_summary(head)).startswith("<p>")
    assert to_plain(draft_summary(head)) == head


PIECES = (
    "We study models. Results hold! (1) (2) (3) a b e.g. Fig. 3 vs. et al. Our *x* _y_ `z` [k] <b> # - > $5 $x^2$ & ; :"
)


@given(st.lists(st.sampled_from(PIECES.split()), min_size=1, max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_word_is_lost_or_invented(pieces):
    abstract = " ".join(pieces)
    assert words(to_plain(draft_summary(abstract))) == words(tex.to_unicode(abstract))


@pytest.mark.shared
def test_drafts_of_a_real_week_hold_the_words_of_their_abstracts(shared):
    with (shared / "papers" / "2026-W08.jsonl").open() as lines:
        abstracts = [" ".join(json.loads(line)["abstract"].split()) for line in lines]
    assert len(abstracts) == 1194
    changed = [
        abstract
        for abstract in abstracts
        if words(to_plain(draft_summary(abstract))) != words(tex.to_unicode(mend_hyphens(abstract)))
    ]
    assert changed == []
