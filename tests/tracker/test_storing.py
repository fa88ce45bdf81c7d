"""What a record may change of a stored paper, and what it may not."""

import dataclasses
import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tracker.models import Author, Authorship, Category, Paper
from tracker.records import AbstractKind, Record, text_hash
from tracker.storing import Counts, store_records, upsert

pytestmark = pytest.mark.django_db

NOTICE = "This paper has been withdrawn by the author due to an error."
FIRST = Record(
    arxiv_id="2602.13001",
    title="On language models",
    abstract="We train one. It improves.",
    authors=("Ada Lovelace", "Alan Turing"),
    categories=("cs.CL", "cs.AI"),
    submitted_at=dt.datetime(2026, 2, 16, 10, tzinfo=dt.UTC),
    updated_at=dt.datetime(2026, 2, 16, 10, tzinfo=dt.UTC),
    comment="12 pages",
    doi="10.1000/1",
)


def with_changes(**changes: object) -> Record:
    return dataclasses.replace(FIRST, **changes)


def stored() -> Paper:
    return Paper.objects.get(arxiv_id=FIRST.arxiv_id)


def authors() -> list[str]:
    return [authorship.author.name for authorship in stored().authorships.select_related("author")]


def categories() -> set[str]:
    return set(stored().categories.values_list("code", flat=True))


def test_a_new_paper_is_stored_whole():
    assert store_records([FIRST]) == Counts(new=1)
    paper = stored()
    assert (paper.title, paper.abstract) == (FIRST.title, FIRST.abstract)
    assert paper.text_hash == text_hash(FIRST.title, FIRST.abstract)
    assert authors() == ["Ada Lovelace", "Alan Turing"]
    assert categories() == {"cs.CL", "cs.AI"}
    assert paper.primary_category == "cs.CL"
    assert (paper.announced_on, paper.announced_by) == (dt.date(2026, 2, 17), "schedule")


def test_the_same_record_again_changes_nothing_at_all():
    store_records([FIRST])
    before = Paper.objects.values().get()
    assert store_records([FIRST, FIRST]) == Counts(unchanged=1)
    assert Paper.objects.values().get() == before
    assert Authorship.objects.count() == 2


def test_a_new_version_revises_text_authors_and_categories():
    store_records([FIRST])
    later = with_changes(
        version=2, title="On better language models", authors=("Alan Turing", "Ada Lovelace"), categories=("cs.AI",)
    )
    assert store_records([later]) == Counts(revised=1)
    assert (stored().version, stored().title) == (2, later.title)
    assert stored().text_hash == text_hash(later.title, later.abstract)
    assert authors() == ["Alan Turing", "Ada Lovelace"]
    assert (categories(), stored().primary_category) == ({"cs.AI"}, "cs.AI")


def test_an_older_version_never_overwrites_a_newer_one():
    store_records([with_changes(version=2)])
    assert store_records([with_changes(title="An old title", authors=("Nobody",))]) == Counts(unchanged=1)
    assert (stored().version, stored().title) == (2, FIRST.title)


def test_versions_in_one_batch_come_out_in_any_order():
    store_records([with_changes(version=3, title="Third"), FIRST, with_changes(version=2, title="Second")])
    assert (stored().version, stored().title) == (3, "Third")


def test_the_same_version_with_another_text_updates():
    store_records([FIRST])
    assert store_records([with_changes(abstract="We train two.")]) == Counts(revised=1)
    assert stored().abstract == "We train two."


@pytest.mark.parametrize("worse", [AbstractKind.PARAPHRASE, AbstractKind.TRUNCATED])
def test_the_authors_words_replace_a_paraphrase_and_never_the_other_way(worse):
    poor = with_changes(abstract="Something like it.", abstract_kind=worse)
    store_records([poor])
    store_records([FIRST])
    assert (stored().abstract, stored().abstract_kind) == (FIRST.abstract, AbstractKind.AUTHORS)
    assert store_records([poor]) == Counts(unchanged=1)
    assert stored().abstract == FIRST.abstract


def test_incomplete_lists_never_overwrite_complete_ones():
    store_records([FIRST])
    poor = with_changes(authors=("Ada Lovelace",), categories=("cs.AI",), partial=frozenset({"authors", "categories"}))
    assert store_records([poor]) == Counts(unchanged=1)
    assert len(authors()) == len(categories()) == 2


def test_a_source_that_says_nothing_takes_nothing_away():
    store_records([FIRST])
    assert store_records([with_changes(comment="", doi="", authors=(), categories=())]) == Counts(unchanged=1)
    assert (stored().comment, len(authors())) == ("12 pages", 2)


def test_a_listing_day_is_never_replaced_by_an_inferred_one():
    listed = dt.date(2026, 2, 19)
    store_records([with_changes(announced_on=listed)])
    store_records([FIRST])
    assert (stored().announced_on, stored().announced_by) == (listed, "listing")


def test_a_listing_day_replaces_an_inferred_one_and_the_first_of_two_stands():
    store_records([FIRST])
    for day in (20, 19, 23):
        store_records([with_changes(announced_on=dt.date(2026, 2, day))])
    assert (stored().announced_on, stored().announced_by) == (dt.date(2026, 2, 19), "listing")


def test_an_exact_instant_replaces_a_bare_day_and_never_the_other_way():
    noon = dt.datetime(2026, 2, 16, 12, tzinfo=dt.UTC)
    store_records([with_changes(submitted_at=noon)])
    store_records([FIRST])
    assert store_records([with_changes(submitted_at=noon)]) == Counts(unchanged=1)
    assert stored().submitted_at == FIRST.submitted_at


def test_a_withdrawal_is_marked_and_the_last_abstract_worth_reading_stays():
    store_records([FIRST])
    assert store_records([with_changes(version=2, abstract=NOTICE, withdrawn=True)]) == Counts(withdrawn=1)
    assert stored().withdrawn
    assert (stored().version, stored().abstract) == (2, FIRST.abstract)
    assert store_records([with_changes(version=2, abstract=NOTICE, withdrawn=True)]) == Counts(unchanged=1)
    assert store_records([with_changes(version=3)]) == Counts(revised=1)
    assert not stored().withdrawn


def test_later_neighbours_teach_the_day_of_a_held_paper():
    held = with_changes(submitted_at=dt.datetime(2026, 2, 10, 15, tzinfo=dt.UTC))
    store_records([held])
    assert stored().announced_on == dt.date(2026, 2, 11)
    neighbours = [
        with_changes(arxiv_id=f"2602.{13000 + n}", submitted_at=dt.datetime(2026, 2, 16, 10, n, tzinfo=dt.UTC))
        for n in range(2, 30)
    ]
    before = with_changes(arxiv_id="2602.12990", submitted_at=dt.datetime(2026, 2, 13, 12, tzinfo=dt.UTC))
    store_records([before, *neighbours])
    assert (stored().announced_on, stored().announced_by) == (dt.date(2026, 2, 17), "neighbours")
    assert store_records([held]) == Counts(unchanged=1)
    assert stored().announced_by == "neighbours"


def test_a_batch_takes_few_queries_however_many_authors():
    records = [
        with_changes(arxiv_id=f"2602.{n:05d}", authors=tuple(f"Author {n}-{k}" for k in range(30)))
        for n in range(1, 201)
    ]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        upsert(records)
    statements = [each["sql"].split()[0] for each in queries.captured_queries]
    assert statements.count("SELECT") <= 8
    assert Author.objects.count() == 6000
    with CaptureQueriesContext(connection) as queries:
        upsert(records)
    assert len([each for each in queries.captured_queries if not each["sql"].startswith("SAVEPOINT")]) <= 8


def test_odd_texts_are_stored():
    names = ("Üñí Çødé", "X" * 700)
    odd = with_changes(authors=names, licence="L" * 400, title="T" * 3000)
    assert store_records([odd]) == Counts(new=1)
    assert store_records([odd]) == Counts(unchanged=1)
    assert Category.objects.count() == 2
