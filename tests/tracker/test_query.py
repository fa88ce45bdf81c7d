"""The language of the search box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.query import MOST_CHARACTERS, MOST_CONDITIONS, Facet, Field, Filter, WeekRange, parse_query
from tracker.weeks import MalformedWeek, Week


def stems(conditions):
    return [condition.stems for condition in conditions]


def test_words_are_compared_without_case_accents_and_endings() -> None:
    query = parse_query("Réasoning MODELS LLMs GPUs")
    assert stems(query.wanted) == [("reason",), ("model",), ("llm",), ("gpu",)]
    assert query.words == "Réasoning MODELS LLMs GPUs"


def test_quoted_words_stand_beside_each_other_and_must_be_there() -> None:
    for text in ('"chain of thought" tree', "“chain of thought” tree"):
        quoted, plain = parse_query(text).wanted
        assert (quoted.stems, quoted.is_strict) == (("chain", "of", "thought"), True)
        assert (plain.stems, plain.is_strict) == (("tree",), False)


def test_an_open_quote_goes_to_the_end() -> None:
    assert stems(parse_query('"chain of').wanted) == [("chain", "of")]


def test_words_with_hyphens_stand_beside_each_other() -> None:
    (condition,) = parse_query("chain-of-thought").wanted
    assert (condition.stems, condition.is_strict) == (("chain", "of", "thought"), False)


def test_a_minus_asks_for_papers_without() -> None:
    query = parse_query('survey -vision -"deep learning" -ti:review')
    assert stems(query.wanted) == [("survey",)]
    assert stems(query.unwanted) == [("vision",), ("deep", "learn"), ("review",)]
    assert query.unwanted[2].field is Field.TITLE
    assert query.words == "survey"


def test_fields_say_where_words_stand() -> None:
    query = parse_query('ti:attention AU:"Yoshua Bengio" abs:cost')
    assert [(one.field, one.stems) for one in query.wanted] == [
        (Field.TITLE, ("attent",)),
        (Field.AUTHORS, ("yoshua", "bengio")),
        (Field.ABSTRACT, ("cost",)),
    ]
    assert all(condition.is_strict for condition in query.wanted)
    assert query.words == "attention cost"  # a name means nothing to the encoder


def test_facets_are_no_words() -> None:
    query = parse_query("cat:cs.CL id:2311.12983 topic:reasoning -week:2023-W40..2023-W47 x")
    assert query.filters == (
        Filter(Facet.ID, "2311.12983"),
        Filter(Facet.TOPIC, "reasoning"),
        Filter(Facet.WEEK, "2023-W40..2023-W47", negative=True),
    )
    assert stems(query.categories) == [("categorycscl",)]
    assert (stems(query.wanted), query.words) == ([("x",)], "x")


def test_what_is_asked_twice_counts_once() -> None:
    assert stems(parse_query("Model models MODELS ti:model cat:cs.CL cat:cs.cl").wanted) == [("model",), ("model",)]


def test_an_unknown_field_is_words() -> None:
    (condition,) = parse_query("foo:bar").wanted
    assert condition.stems == ("foo", "bar")


@pytest.mark.parametrize(("text", "told"), [("week:soon", "“soon” is no week"), ("id:x", "“x” is no arXiv id")])
def test_a_facet_that_makes_no_sense_is_told(text, told) -> None:
    query = parse_query(f"{text} attention")
    assert told in query.notices[0]
    assert (query.filters, stems(query.wanted)) == ((), [("attent",)])


@pytest.mark.parametrize(
    "text",
    ["2311.12983", " arXiv:2311.12983v2 ", "https://arxiv.org/abs/2311.12983", "https://www.arxiv.org/pdf/2311.12983v1.pdf"],
)  # fmt: skip
def test_an_arxiv_id_or_address_alone_is_one(text) -> None:
    assert parse_query(text).arxiv_id == "2311.12983"


def test_little_words_count_only_alone() -> None:
    assert stems(parse_query("what is the cost of attention").wanted) == [("cost",), ("attent",)]
    assert stems(parse_query("to be or").wanted) == [("to",), ("be",), ("or",)]


def test_a_long_query_is_read_so_far_and_says_so() -> None:
    query = parse_query("".join(f"attention{number} " for number in range(10_000)))
    assert MOST_CHARACTERS - 20 < len(query.text) <= MOST_CHARACTERS
    assert len(query.wanted) == MOST_CONDITIONS
    assert query.notices == ("Only the first 1,000 characters are looked for.",)


@pytest.mark.parametrize("text", ["", "   ", '"', '""', "-", "--", "-:", "…!?", "\0", "\u202e"])
def test_nothing_is_nothing(text) -> None:
    assert parse_query(text).wanted == ()


def test_weeks_may_be_open_on_one_side() -> None:
    first, last = Week(2023, 40), Week(2023, 47)
    assert WeekRange.parse("2023-W40..2023-W47") == WeekRange(first, last)
    assert WeekRange.parse("2023-W40..") == WeekRange(first, None)
    assert WeekRange.parse("..2023-W47") == WeekRange(None, last)
    assert WeekRange.parse("2023-W47") == WeekRange(last, last)
    with pytest.raises(MalformedWeek):
        WeekRange.parse("")


@given(st.text(max_size=300))
def test_anything_can_be_asked(text) -> None:
    query = parse_query(text)
    for condition in (*query.wanted, *query.unwanted):
        assert condition.stems
        assert all(stem.isalnum() for stem in condition.stems)
