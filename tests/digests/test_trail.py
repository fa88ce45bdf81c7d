"""What was done at the desk is kept, and can be looked up."""

import pytest

from digests import publishing
from digests.models import Candidate, Event
from tests.factories import CandidateFactory, EntryFactory, PaperFactory, SectionFactory
from tests.page import Page


@pytest.fixture
def candidate(digest) -> Candidate:
    topic = digest.series.topics.first()
    return CandidateFactory(digest=digest, paper=PaperFactory(title="A study"), suggested_topic=topic)


def told(**which) -> list[tuple[str, str, str]]:
    found = Event.objects.filter(**which).order_by("pk")
    return [(event.actor_name, event.deed, event.subject) for event in found]


def test_every_verb_of_the_desk_leaves_a_trace(digest, candidate, editor, as_user) -> None:
    client = as_user(editor)
    address = f"/desk/candidates/{candidate.pk}/"
    other = digest.series.topics.last()
    client.post(address, {"verdict": "pick"})
    client.post(address, {"topic": other.pk})
    entry = digest.entries.get()
    client.post(f"/desk/entries/{entry.pk}/", {"heading": "Mine", "summary": "Words.", "revision": entry.revision})
    client.post(address, {"verdict": "skip"})
    assert told(digest=digest) == [
        ("editor", "Picked", "A study"),
        ("editor", f"Moved to {other}", "A study"),
        ("editor", "Written", "A study"),
        ("editor", "Skipped", "A study"),
    ]
    assert set(Event.objects.values_list("kind", flat=True)) == {"verdict", "text"}


def test_what_changes_nothing_leaves_none(digest, candidate, editor) -> None:
    publishing.reconsider(candidate, editor=editor)
    assert told() == []


def test_a_verb_that_is_refused_leaves_none(digest, editor) -> None:
    nowhere = CandidateFactory(digest=digest, suggested_topic=None)
    with pytest.raises(publishing.TopicNeeded):
        publishing.pick(nowhere, editor=editor)
    assert told() == []


def test_the_page_of_a_digest_shows_its_own_trail(digest, candidate, editor, as_user) -> None:
    publishing.pick(candidate, editor=editor)
    Event.objects.create(kind="people", deed="Made publisher", subject="somebody")
    page = Page(as_user(editor).get(f"/desk/{digest.series.slug}/2023/w47/trail/"))
    assert "Picked: A study" in page.text
    assert "Made publisher" not in page.text
    assert "Made publisher: somebody" in Page(as_user(editor).get("/desk/trail/")).text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=verdict", ["one"]),
        ("kind=people", ["two"]),
        ("q=picked+on", ["one"]),
        ("q=nowhere", []),
        ("who={editor}", ["one"]),
        ("who={publisher}&kind=people", ["two"]),
        ("kind=nonsense", ["two", "one"]),  # a filter that makes no sense filters nothing
        ("page=99", ["two", "one"]),
    ],
)
def test_the_trail_is_filtered(editor, publisher, as_user, query, found) -> None:
    Event.objects.create(kind="verdict", deed="Picked", subject="one", actor=editor, actor_name="editor")
    Event.objects.create(kind="people", deed="Invited", subject="two", actor=publisher, actor_name="publisher")
    asked = query.format(editor=editor.pk, publisher=publisher.pk)
    context = as_user(editor).get(f"/desk/trail/?{asked}").context
    assert [event.subject for event in context["page"]] == found


def test_a_name_outlasts_its_account(editor, publisher, as_user) -> None:
    Event.objects.create(kind="verdict", deed="Picked", subject="one", actor=editor, actor_name="editor")
    editor.delete()
    assert "editor Picked: one" in Page(as_user(publisher).get("/desk/trail/")).text


def test_a_long_trail_comes_in_pages_of_few_queries(digest, editor, as_user, django_assert_max_num_queries) -> None:
    for number in range(120):  # each of another paper, so each is a line
        Event.objects.create(kind="text", deed="Written", subject=f"No. {number}", digest=digest, actor=editor)
    client = as_user(editor)
    with django_assert_max_num_queries(10):
        answer = client.get("/desk/trail/?kind=text&page=2")
    page = Page(answer)
    assert "No. 69" in page.text
    assert "No. 70" not in page.text
    assert "?kind=text&page=3" in page.links


def test_changes_are_told_in_words(editor, as_user) -> None:
    changes = {"use_author_record": [True, False], "categories": [["cs.CL", "cs.LG"], []], "target_words": [0, 2500]}
    Event.objects.create(kind="series", deed="Series changed", changes=changes)
    text = Page(as_user(editor).get("/desk/trail/")).text
    for said in ("use author recordyes → no", "cs.CL, cs.LG → nothing", "target words0 → 2500"):
        assert said in text


def test_hostile_words_are_only_words(editor, as_user) -> None:
    Event.objects.create(
        kind="text", deed="<script>", subject="<img src=x onerror=alert(1)>", changes={"a": ["<b>", 1]}
    )
    page = Page(as_user(editor).get("/desk/trail/?q=%3Cscript%3E"))
    assert page.inline_code == []
    assert "<script>" in page.text


def test_moving_an_entry_stands_in_the_trail(digest, editor) -> None:
    section = digest.sections.first()
    entry = EntryFactory(section=section, paper=PaperFactory(title="A study"))
    EntryFactory(section=SectionFactory(digest=digest))
    publishing.place_entry(entry, digest.sections.last(), 0, editor=editor)
    assert told()[-1] == ("editor", f"Put at place 1 of {digest.sections.last().title}", "A study")


def test_saving_while_one_writes_is_one_line(digest, editor, publisher, as_user, time_machine) -> None:
    time_machine.move_to("2023-11-27T08:00Z", tick=False)
    entry = EntryFactory(section=digest.sections.first(), paper=PaperFactory(title="A study"))
    for minute, (words, person) in enumerate(
        [("One.", editor), ("Two.", editor), ("Three.", editor), ("4", publisher)]
    ):
        time_machine.move_to(f"2023-11-27T08:0{minute}Z", tick=False)
        publishing.write_entry(entry, "", words, entry.revision, editor=person)
    page = Page(as_user(editor).get("/desk/llm/2023/w47/trail/"))
    assert "editor Written, 3 times since 08:00: A study" in page.text
    assert "publisher Written: A study" in page.text
    assert "revision" not in page.text
    assert Event.objects.count() == 4  # all of them are kept
