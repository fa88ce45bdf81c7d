"""Search over the corpus: words, fields, filters, meaning, and the two fused."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.encoders import HashingEncoder, QueryCopy
from tests.factories import PaperFactory
from tracker import fulltext
from tracker.embeddings import embed_missing
from tracker.fulltext import describe_papers, index_papers
from tracker.models import Paper
from tracker.progress import Silent
from tracker.query import parse_query
from tracker.records import AbstractKind, Record
from tracker.search import Hit, How, fused, search
from tracker.storing import store_records


@pytest.fixture(autouse=True)
def no_copy(settings, tmp_path) -> None:
    """No copy of the encoder: words alone answer, where a test doesn't say otherwise."""
    settings.DATA_DIR = tmp_path


@pytest.fixture
def papers(db) -> dict[str, Paper]:
    """A few papers, indexed."""
    made = {
        "chain": PaperFactory(
            arxiv_id="2311.00001",
            title="Chain-of-Thought Reasoning in Large Models",
            abstract="Prompts that show steps improve reasoning of LLMs.",
            authors=["Yoshua Bengio", "Zoë Müller"],
            announced_on=dt.date(2023, 11, 6),
        ),
        "herring": PaperFactory(
            arxiv_id="2311.00002",
            title="Herring by sonar",
            abstract="We reason about fish; a chain of sonar stations thought to help.",
            authors=["Alan Turing"],
            primary_category="cs.LG",
            announced_on=dt.date(2023, 11, 20),
        ),
        "tuned": PaperFactory(
            arxiv_id="2311.00003",
            title="Fine-tuning a language model",
            abstract='Adapters lower the cost to $O(n)$ for T\\"ULU and GPT-4.',
            authors=["Ada Lovelace", "Alan Turing"],
            announced_on=None,
            announced_by="",
        ),
    }
    index_papers(list(made.values()))
    return made


@pytest.fixture
def found(papers):
    """The names of the papers that a query finds, best first."""
    names = {paper.pk: name for name, paper in papers.items()}

    def ask(text: str, **options) -> list[str]:
        return [names[hit.paper_id] for hit in search(parse_query(text), **options).hits]

    return ask


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("reasoning", ["chain", "herring"]),  # endings don't count
        ("REASONS", ["chain", "herring"]),
        ("chain sonar", ["herring"]),
        ("chain of thought", ["chain", "herring"]),  # “of” counts for nothing
        ('"chain of thought"', ["chain"]),
        ("chain-of-thought", ["chain"]),
        ("chain -sonar", ["chain"]),
        ('chain -"of thought"', ["herring"]),
        ("-sonar", ["chain", "tuned"]),
        ("au:turing", ["herring", "tuned"]),
        ("au:turing au:lovelace", ["tuned"]),
        ('au:"Alan Turing" ti:language', ["tuned"]),
        ("au:bengio sonar", ["chain"]),  # no paper holds both: one of them, then
        ("muller", ["chain"]),
        ("zoe", ["chain"]),
        ("ti:reasoning", ["chain"]),
        ("abs:reasoning", ["herring", "chain"]),
        ("ti:turing", []),
        ("llm", ["chain"]),
        ("tulu gpt-4", ["tuned"]),
        ("cat:cs.lg", ["herring"]),
        ("-cat:cs.LG", ["chain", "tuned"]),
        ("cat:cs.LG cat:cs.CL", []),
        ("reason cat:cs.CL", ["chain"]),
        ("reason cat:cs", ["chain", "herring"]),
        ("cscl", []),
        ("week:2023-W45", ["chain"]),
        ("week:2023-W45..", ["herring", "chain"]),
        ("week:2023-W45 week:2023-W47", ["herring", "chain"]),
        ("-week:2023-W45", ["herring", "tuned"]),
        ("id:2311.00002", ["herring"]),
        ("https://arxiv.org/abs/2311.00002v3", ["herring"]),
        ("id:2311.00002 id:2311.00003", ["herring", "tuned"]),
        ("reason id:2311.00002", ["herring"]),
    ],
)
def test_it_finds_what_was_asked(found, text, names) -> None:
    assert sorted(found(text)) == sorted(names)


def test_words_in_the_title_come_first_and_a_list_without_words_begins_with_the_newest(found) -> None:
    assert found("reasoning") == ["chain", "herring"]
    assert found("week:2023-W45..") == ["herring", "chain"]


def test_words_that_no_paper_holds_together_find_those_that_hold_some(papers) -> None:
    answer = search(parse_query("sonar adapters zebra"))
    assert answer.how is How.ANY
    assert {hit.paper_id for hit in answer.hits} == {papers["herring"].pk, papers["tuned"].pk}


def test_a_word_may_be_half_typed(papers) -> None:
    answer = search(parse_query("fine-tuning lang"))
    assert (answer.how, [hit.paper_id for hit in answer.hits]) == (How.HALF_TYPED, [papers["tuned"].pk])


@pytest.mark.parametrize("text", ["", "zzzzqq", '"', "-", "ti:", "cat:none", "week:1999-W01", "\u202e", "(", "*"])
def test_nothing_and_nonsense_find_nothing(found, text) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "a' OR 1=1 --",
        '"x" NEAR(y)',
        "{title}: x",
        "x:*",
        "a & b | !c",
        "<-> 'x':A",
        "x" * 10_000,
        "x " * 10_000,
        "\\",
        "%",
    ],
)
def test_marks_of_the_databases_own_languages_are_only_text(found, text) -> None:
    found(text)


def test_it_searches_within_some_papers(papers, found) -> None:
    assert found("reasoning", within=Paper.objects.filter(pk=papers["herring"].pk)) == ["herring"]
    assert found("reasoning", within=Paper.objects.none()) == []
    assert found("", within=Paper.objects.all()) == ["herring", "chain", "tuned"]  # the newest first


def test_the_best_are_told_of_how_many_there_are(papers) -> None:
    answer = search(parse_query("reasoning"), limit=1)
    assert (len(answer.hits), answer.total) == (1, 2)


def test_no_phrase_goes_from_one_column_into_the_next(papers, found) -> None:
    describe_papers({papers["chain"].pk: "Herring helps"})
    assert found('"large models prompts"') == []
    assert found('"models herring"') == []
    assert found('"of llms herring"') == []
    assert found('"prompts herring"') == []


# The index


def test_storing_papers_indexes_them(db) -> None:
    record = Record("2311.00009", "Walrus models", "Tusks.", authors=("Ada Lovelace",), categories=("cs.CL",))
    store_records([record])
    assert search(parse_query("walrus au:lovelace")).total == 1
    newer = Record("2311.00009", "Seal models", "Flippers.", version=2, authors=("Alan Turing",), categories=("cs.CL",))
    store_records([newer])
    assert search(parse_query("walrus")).total == 0
    assert search(parse_query("au:lovelace")).total == 0
    assert search(parse_query("seal flippers au:turing")).total == 1


def test_what_is_written_elsewhere_is_found_and_can_be_taken_away(papers, found) -> None:
    describe_papers({papers["tuned"].pk: "Cheap walrus adapters"})
    assert found("walrus cost") == ["tuned"]
    index_papers([papers["tuned"]])
    assert found("walrus") == ["tuned"]  # a new version of the paper keeps it
    describe_papers({papers["tuned"].pk: "Seals"})
    assert (found("walrus"), found("seal")) == ([], ["tuned"])
    describe_papers({papers["tuned"].pk: ""})
    assert (found("seal"), found("adapters cost")) == ([], ["tuned"])


def test_title_weighs_more_than_what_is_written_elsewhere_and_that_more_than_the_abstract(db) -> None:
    words = "plain words of no interest to anybody here"
    abstract, elsewhere, title = (
        PaperFactory(title=f"{words} {name}", abstract=f"{words} {more}", authors=["A"])
        for name, more in (("x", "walrus"), ("x", "x"), ("walrus", "x"))
    )
    index_papers([abstract, elsewhere, title])
    describe_papers({abstract.pk: f"{words} x", elsewhere.pk: f"{words} walrus", title.pk: f"{words} x"})
    hits = search(parse_query("walrus")).hits
    assert [hit.paper_id for hit in hits] == [title.pk, elsewhere.pk, abstract.pk]


def test_papers_that_are_not_indexed_yet_can_be(db) -> None:
    papers = PaperFactory.create_batch(3, title="Walrus")
    index_papers(papers[:1])
    assert fulltext.index_missing(progress=Silent()) == 2
    assert fulltext.index_missing(progress=Silent()) == 0
    assert search(parse_query("walrus")).total == 3


def test_a_paper_of_a_megabyte_can_be_found_by_its_beginning(db) -> None:
    store_records([Record("2311.00009", "Walrus", "tusk " * 200_000 + "end", AbstractKind.AUTHORS)])
    assert search(parse_query("walrus tusk")).total == 1
    assert search(parse_query("walrus -end")).total == 1


@pytest.mark.parametrize("text", ["reasoning", "ti:reasoning -sonar", '"chain of thought"', "lang", "cat:cs.CL chain"])
def test_no_search_reads_a_whole_table(papers, text) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # with three papers, reading all of them would be quicker
    with CaptureQueriesContext(connection) as asked:
        search(parse_query(text))
    statements = [query["sql"] for query in asked if "tracker_fulltext" in query["sql"]]
    assert statements
    for statement in statements:
        plan = plan_of(statement)
        assert any(index in plan for index in INDEXES), plan
        assert "Seq Scan on tracker_fulltext" not in plan, plan


INDEXES = ("tracker_fulltext_words", "tracker_fulltext_pkey", "VIRTUAL TABLE INDEX 0:M")


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        kind = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        cursor.execute(f"{kind} {statement}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


# Meaning


@pytest.fixture
def meaning(papers, settings, monkeypatch) -> HashingEncoder:
    """An encoder that answers, to which words mean what their letters are."""
    settings.ENCODER_MODEL = HashingEncoder.model_name
    encoder = HashingEncoder()
    embed_missing(Paper.objects.all(), encoder, progress=Silent())
    monkeypatch.setattr(fused, "get_query_encoder", lambda: QueryCopy(encoder))
    return encoder


def test_papers_near_in_meaning_are_found_besides_those_with_the_words(papers, meaning, monkeypatch) -> None:
    monkeypatch.setattr(fused, "_NEAR", 0.2)
    answer = search(parse_query("we reason about fish and herring in large models"))
    assert answer.how is How.ANY
    first = answer.hits[0]
    assert (first.paper_id, first.by_words) == (papers["herring"].pk, True)
    assert first.similarity > 0.3
    assert answer.without_meaning is False


def test_a_paper_in_both_lists_stands_above_one_at_the_head_of_either(papers, meaning) -> None:
    assert fused._fused([1, 2], fused.Neighbours([3, 2], [0.9, 0.8])) == [
        Hit(2, by_words=True, similarity=0.8),
        Hit(3, by_words=False, similarity=0.9),
        Hit(1, by_words=True),
    ]


def test_what_must_be_there_holds_for_meaning_too(papers, meaning, found) -> None:
    assert found("ti:herring sonar reason about fish") == ["herring"]
    assert found("herring by sonar -fish") == []
    assert found("herring sonar fish cat:cs.CL") == []


def test_what_is_far_in_meaning_is_no_answer(papers, meaning, found) -> None:
    assert found("xyzzy plugh") == []


def test_without_an_encoder_words_answer_and_it_is_said(papers, found) -> None:
    answer = search(parse_query("reasoning"))
    assert answer.without_meaning is True
    assert len(answer.hits) == 2
    assert search(parse_query("au:turing")).without_meaning is False  # a name means nothing anyway


def test_it_costs_few_queries(papers, meaning, django_assert_max_num_queries) -> None:
    search(parse_query("herring sonar"))
    with django_assert_max_num_queries(4):
        search(parse_query("herring sonar"))
