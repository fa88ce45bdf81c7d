"""After publishing: corrections that readers see, and papers that arXiv changed since."""

import datetime as dt

import pytest
from django.test import Client

from digests import publishing
from digests.export import export_digest
from digests.models import Correction, Digest, Entry, Event
from tests.factories import CandidateFactory, EntryFactory, PaperFactory
from tests.page import Page
from tracker.models import Paper, PaperVersion
from tracker.records import AbstractKind, Record
from tracker.storing import store_records

PUBLIC = "/llm/2023/w47/"
GALLEY = "/desk/llm/2023/w47/galley/"


@pytest.fixture
def entry(digest, publisher, time_machine) -> Entry:
    """The one entry of a digest that was published on 27 November 2023."""
    time_machine.move_to("2023-11-27T08:00Z", tick=False)
    topic = digest.series.topics.first()
    paper = PaperFactory(arxiv_id="2311.12983", title="GAIA", abstract="It has 466 questions.", version=1)
    CandidateFactory(digest=digest, paper=paper, suggested_topic=topic, verdict="picked")
    entry = EntryFactory(section=digest.sections.get(topic=topic), paper=paper, summary="It has 466 questions.")
    publishing.publish_digest(digest, editor=publisher)
    time_machine.move_to("2023-12-03T10:00Z", tick=False)
    entry.refresh_from_db()
    return entry


@pytest.fixture
def desk(publisher, as_user) -> Client:
    return as_user(publisher)


def correct(desk: Client, entry: Entry, **fields):
    sent = {
        "heading": "",
        "summary": "It has 466 questions.",
        "told": "It was said wrongly.",
        "revision": entry.revision,
    }
    return desk.post(f"/desk/entries/{entry.pk}/correct/", sent | fields)


def harvest(version: int, *, title: str = "GAIA", abstract: str = "It has 500 questions.", withdrawn: bool = False):
    """What arXiv tells of the paper now."""
    record = Record(
        arxiv_id="2311.12983", version=version, title=title, abstract=abstract, abstract_kind=AbstractKind.AUTHORS,
        authors=("A",), categories=("cs.CL",), withdrawn=withdrawn,
        submitted_at=dt.datetime(2023, 11, 21, tzinfo=dt.UTC), updated_at=dt.datetime(2023, 12, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    store_records([record])


# Corrections


def test_a_correction_changes_the_page_and_tells_its_date(entry, desk) -> None:
    assert correct(desk, entry, summary="It has 467 questions.", told="The number was 466.").status_code == 302
    page = Page(Client().get(PUBLIC))
    assert "It has 467 questions." in page.text
    assert "Correction, 3 December 2023: The number was 466." in page.text
    assert "It has 466 questions." not in page.text


def test_the_galley_leads_publishers_to_the_correction_of_each_paper(entry, desk, editor, as_user) -> None:
    way = f"/desk/entries/{entry.pk}/correct/"
    assert desk.get(way).status_code == 200
    assert way in desk.get("/desk/llm/2023/w47/galley/").content.decode()
    assert way not in as_user(editor).get("/desk/llm/2023/w47/galley/").content.decode()


@pytest.mark.parametrize("format_name", ["md", "html", "txt", "json"])
def test_downloads_tell_it_too(entry, desk, format_name) -> None:
    correct(desk, entry, told="The number was 466.")
    digest = Digest.objects.with_contents().get()
    assert "Correction, 3 December 2023: The number was 466." in export_digest(digest, format_name).content.decode()


def test_what_stands_around_the_papers_is_corrected_as_well(entry, desk) -> None:
    digest = Digest.objects.get()
    sent = {
        "headline": "A better headline",
        "subtitle": "",
        "intro": "Intro.",
        "sign_off": "Bye.",
        "revision": digest.revision,
    }
    desk.post(f"{GALLEY}correct/", sent | {"told": "The headline named *another* week."})
    page = Page(Client().get(PUBLIC))
    assert "A better headline" in page.texts("h1")[0]
    assert "Correction, 3 December 2023: The headline named *another* week." in page.text


def test_nothing_public_changes_untold(entry, desk) -> None:
    answer = correct(desk, entry, summary="Changed in silence.", told="  ")
    assert answer.status_code == 400
    assert "Say in a sentence" in Page(answer).text
    assert "Changed in silence" in answer.content.decode()  # still in the form
    entry.refresh_from_db()
    assert entry.summary == "It has 466 questions."


def test_two_corrections_never_overwrite_each_other(entry, desk) -> None:
    correct(desk, entry, summary="The first.", told="One.")
    answer = correct(desk, entry, summary="The second.", told="Two.")  # begun from the same revision
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "The first." in text
    assert "The second." in text
    assert Entry.objects.get().summary == "The first."
    assert [one.told for one in Correction.objects.all()] == ["One."]


def test_a_draft_needs_no_correction(entry, desk, publisher) -> None:
    publishing.withdraw_digest(Digest.objects.get(), editor=publisher)
    assert correct(desk, entry, summary="Other words.").status_code == 400
    assert "change it in the galley" in Page(desk.get(f"/desk/entries/{entry.pk}/correct/")).text
    assert not Correction.objects.exists()


def test_the_text_before_stays_in_the_history_and_the_deed_in_the_trail(entry, desk) -> None:
    correct(desk, entry, summary="Other words.", told="One.")
    assert entry.history.first().summary == "Other words."
    deeds = list(Event.objects.order_by("pk").values_list("deed", flat=True))
    assert deeds[-2:] == ["Correction told: “One.”", "Corrected"]


def test_hostile_words_are_only_words(entry, desk) -> None:
    correct(desk, entry, told="<script>alert(1)</script>")
    page = Page(Client().get(PUBLIC))
    assert page.inline_code == []
    assert "<script>alert(1)</script>" in page.text


# Papers that changed


def test_a_new_version_raises_a_flag_with_the_differences(entry, desk) -> None:
    harvest(2)
    assert "Changed papers 1" in Page(desk.get("/desk/")).text
    page = Page(desk.get("/desk/changes/"))
    assert "version 1 when published, now version 2" in page.text
    assert page.texts("del") == ["466"]
    assert page.texts("ins") == ["500"]
    (kept,) = PaperVersion.objects.all()
    assert (kept.version, kept.abstract) == (1, "It has 466 questions.")
    entry.refresh_from_db()
    assert entry.summary == "It has 466 questions."  # the editor's words are the editor's


def test_a_withdrawal_raises_a_flag_and_offers_a_sentence(entry, desk) -> None:
    harvest(2, abstract="This paper has been withdrawn.", withdrawn=True)
    page = Page(desk.get("/desk/changes/"))
    assert "withdrawn" in page.text
    offer = next(link for link in page.links if "/correct/?told=" in link)
    told = next(field for field in Page(desk.get(offer)).all("input") if field.attributes.get("name") == "told")
    assert told.attributes["value"] == "The authors have withdrawn this paper since."


def test_a_flag_is_settled_and_comes_up_with_the_next_version(entry, desk) -> None:
    harvest(2)
    desk.post(f"/desk/entries/{entry.pk}/settle/")
    assert "Nothing that was published has changed" in Page(desk.get("/desk/changes/")).text
    harvest(3, abstract="It has 501 questions.")
    page = Page(desk.get("/desk/changes/"))
    assert page.texts("del") == ["500"]  # against what was looked at last
    assert Event.objects.filter(deed="Version 2 seen, nothing to correct").exists()


def test_a_correction_settles_the_flag(entry, desk) -> None:
    harvest(2)
    correct(desk, entry, summary="It has 500 questions.", told="Version 2 has 500.")
    assert not Entry.objects.changed_since().exists()


def test_the_same_version_again_raises_none(entry, desk) -> None:
    harvest(1, abstract="It has 466 questions.")
    harvest(1, abstract="It has 466 questions. ")
    assert not Entry.objects.changed_since().exists()
    assert not PaperVersion.objects.exists()


def test_a_draft_raises_none(entry, desk, publisher) -> None:
    publishing.withdraw_digest(Digest.objects.get(), editor=publisher)
    harvest(2, abstract="It has 466 questions, still.")
    assert not Entry.objects.changed_since().exists()
    publishing.publish_digest(Digest.objects.get(), editor=publisher)
    assert not Entry.objects.changed_since().exists()  # it was published with version 2


def test_an_editor_sees_flags_but_does_not_settle_them(entry, editor, as_user) -> None:
    harvest(2)
    page = Page(as_user(editor).get("/desk/changes/"))
    assert "now version 2" in page.text
    assert "Nothing to correct" not in page.text


def test_many_flags_cost_few_queries(digest, editor, as_user, django_assert_max_num_queries) -> None:
    section = digest.sections.first()
    for _ in range(25):
        EntryFactory(section=section, paper=PaperFactory(version=2), published_version=1)
    Paper.objects.update(version=2)
    Digest.objects.update(status="published", published_at="2023-11-27T08:00Z")
    client = as_user(editor)
    with django_assert_max_num_queries(10):
        assert client.get("/desk/changes/").status_code == 200
