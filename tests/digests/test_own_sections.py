"""A digest's own sections, and what a refresh of the draft makes of them."""

import pytest
from django.urls import reverse

from digests import drafting, publishing
from digests.models import Candidate, Entry, Section
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, PaperFactory


@pytest.fixture
def client(as_user, editor):
    return as_user(editor)


def titles(digest) -> list[str]:
    return list(digest.sections.standing().values_list("title", flat=True))


def post(client, name, *args, **data):
    return client.post(reverse(name, args=args), data, headers={"HX-Request": "true"})


def candidate(digest, slug, **columns) -> Candidate:
    topic = digest.series.topics.get(slug=slug)
    return CandidateFactory(digest=digest, suggested_topic=topic, proposed=True, **columns)


def test_a_section_is_added_renamed_moved_and_taken_out(client, digest, series):
    before = titles(digest)
    assert post(client, "add_section", "llm", digest.week, title=" In  brief ").status_code == 200
    assert titles(digest) == [*before, "In brief"]
    own = digest.sections.get(topic=None)
    assert own.history.first().history_user.username == "editor"
    post(client, "rename_section", own.pk, title="In short")
    post(client, "place_section", own.pk, position=0)
    assert titles(digest) == ["In short", *before]
    post(client, "place_section", own.pk, step=1)
    assert titles(digest) == [before[0], "In short", *before[1:]]
    post(client, "remove_section", own.pk)
    assert titles(digest) == before
    assert [topic.name for topic in series.topics.all()] == before


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, "llm reasoning"])
def test_a_title_that_cannot_be_is_refused(client, digest, title):
    before = titles(digest)
    assert post(client, "add_section", "llm", digest.week, title=title).status_code == 409
    assert post(client, "rename_section", digest.sections.first().pk, title=title).status_code == 409
    assert titles(digest) == before


def test_a_section_with_papers_stays(client, digest):
    entry = EntryFactory(section=digest.sections.first())
    answer = post(client, "remove_section", entry.section.pk)
    assert (answer.status_code, "move them or take them out first" in answer.content.decode()) == (409, True)
    assert Entry.objects.filter(pk=entry.pk).exists()


def test_another_digest_keeps_its_titles(client, digest, series):
    other = DigestFactory(series=series, week_start=digest.week.previous.monday)
    drafting.open_digest(series, other.week)
    post(client, "rename_section", digest.sections.first().pk, title="Other words")
    assert titles(other) == [topic.name for topic in series.topics.all()]


def test_a_topics_section_taken_out_stays_out_until_a_paper_is_picked_for_it(client, digest, series, editor):
    gone = digest.sections.get(topic__slug="reasoning")
    post(client, "remove_section", gone.pk)
    waiting = candidate(digest, "reasoning", importance=0.9)
    drafting.open_digest(series, digest.week)
    drafting.propose(digest)
    assert gone.title not in titles(digest)
    assert not digest.entries.exists()
    publishing.pick(waiting, editor=editor)
    assert gone.title in titles(digest)
    assert digest.entries.get().section == gone


def test_what_stands_in_a_section_of_ones_own_stays_there(digest, editor):
    own = publishing.add_section(digest, "In brief", editor=editor)
    one = candidate(digest, "reasoning", importance=0.9)
    drafting.propose(digest)
    publishing.place_entry(digest.entries.get(), own, 0, editor=editor)
    drafting.propose(digest)
    publishing.pick(one, editor=editor)
    assert digest.entries.get().section == own
    publishing.move(one, digest.series.topics.get(slug="training"), editor=editor)
    assert digest.entries.get().section.topic.slug == "training"


def test_a_removed_section_takes_no_papers(client, digest):
    gone = Section.objects.get(digest=digest, topic__slug="reasoning")
    post(client, "remove_section", gone.pk)
    entry = EntryFactory(section=digest.sections.get(topic__slug="training"), paper=PaperFactory())
    assert post(client, "place_entry", entry.pk, section=gone.pk).status_code == 409
    entry.refresh_from_db()
    assert entry.section != gone
