"""Every saved version: the list, the differences, and the way back."""

import datetime as dt
import html

import pytest
import time_machine
from django.urls import reverse

from digests import publishing, versions
from tests.factories import CandidateFactory, EntryFactory

START = dt.datetime(2023, 11, 27, 9, tzinfo=dt.UTC)


@pytest.fixture
def entry(digest):
    section = digest.sections.first()
    entry = EntryFactory(section=section, summary="")
    CandidateFactory(digest=digest, paper=entry.paper, suggested_topic=section.topic, verdict="picked")
    return entry


def write(entry, editor, *texts, minutes=1):
    """Save the texts one after the other, so many minutes apart."""
    for text in texts:
        begun = entry.history.count() * minutes
        with time_machine.travel(START + dt.timedelta(minutes=begun), tick=False):
            publishing.write_entry(entry, "", text, entry.revision, editor=editor)


def test_every_save_that_changed_the_text_is_a_version(entry, editor):
    write(entry, editor, "One.", "Two.", "Two.", "Three.")
    assert [version.texts["summary"] for version in versions.entry_versions(entry)] == ["Three.", "Two.", "One."]


def test_saves_of_one_sitting_are_folded_and_anothers_are_not(entry, editor, publisher):
    write(entry, editor, "One.", "One, two.")
    write(entry, publisher, "One, two, three.")
    write(entry, editor, "Late.", minutes=60)
    found = versions.sittings(versions.entry_versions(entry))
    assert [(sitting.last.saved_by, len(sitting.others)) for sitting in found] == [
        ("editor", 0),
        ("publisher", 0),
        ("editor", 1),
    ]


def test_versions_outlast_an_entry_that_was_taken_out(digest, entry, editor):
    write(entry, editor, "One.")
    publishing.skip(digest.candidates.get(), editor=editor)
    publishing.pick(digest.candidates.get(), editor=editor)
    again = digest.entries.get()
    assert [version.texts["summary"] for version in versions.entry_versions(again)] == ["One."]


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("", "New.", [("added", "New.")]),
        ("Same.", "Same.", [("same", "Same.")]),
        ("A fast model.", "A very slow model.",
         [("same", "A "), ("removed", "fast"), ("added", "very slow"), ("same", " model.")]),
    ],
)  # fmt: skip
def test_a_difference_is_told_word_by_word(old, new, changes):
    assert [(change.kind, change.text) for change in versions.compare(old, new)] == changes


def test_the_pages_show_what_changed_and_restore_it(as_user, digest, entry, editor):
    write(entry, editor, "One <b>good</b> text.", "One bad text.")
    client = as_user(editor)
    page = html.unescape(client.get(reverse("entry_history", args=[entry.pk])).content.decode())
    assert "<ins>bad</ins>" in page
    assert "1 save on the way" in page
    first = versions.entry_versions(entry)[-1]
    page = client.get(reverse("entry_history", args=[entry.pk]), {"version": first.pk, "against": "now"})
    assert "<del>&lt;b&gt;good&lt;/b&gt;</del>" in page.content.decode()
    answer = client.post(reverse("restore_entry", args=[entry.pk]), {"version": first.pk})
    assert answer.status_code == 302
    entry.refresh_from_db()
    assert (entry.summary, entry.revision) == ("One <b>good</b> text.", 3)
    latest = versions.entry_versions(entry)[0]
    assert (latest.reason, latest.saved_by) == ("Restored from 27 Nov 2023, 09:01 UTC", "editor")


def test_the_front_is_restored_too(as_user, digest, editor):
    publishing.write_front(digest, "First", "", "Intro.", "", 0, editor=editor)
    publishing.write_front(digest, "Second", "", "Other.", "", 1, editor=editor)
    first = versions.front_versions(digest)[1]
    client = as_user(editor)
    assert (
        "<del>First</del><ins>Second</ins>"
        in client.get(reverse("front_history", args=["llm", digest.week])).content.decode()
    )
    client.post(reverse("restore_front", args=["llm", digest.week]), {"version": first.pk})
    digest.refresh_from_db()
    assert (digest.headline, digest.intro) == ("First", "Intro.")


@pytest.mark.parametrize("version", ["", "0", "x", "9" * 30])
def test_a_version_that_is_not_there_is_refused(as_user, entry, editor, version):
    answer = as_user(editor).post(reverse("restore_entry", args=[entry.pk]), {"version": version}, follow=True)
    assert "isn’t in this entry’s history" in html.unescape(answer.content.decode())


def test_the_page_costs_as_many_queries_however_long_the_history(as_user, entry, editor, django_assert_max_num_queries):
    write(entry, editor, *(f"Text {n}." for n in range(30)))
    client = as_user(editor)
    with django_assert_max_num_queries(14):
        client.get(reverse("entry_history", args=[entry.pk]))
