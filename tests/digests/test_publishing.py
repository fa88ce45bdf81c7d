"""What editors do to a digest, verb by verb."""

import pytest
from django.urls import reverse
from django.utils import timezone

from digests import publishing
from digests.models import Candidate, Digest, Entry, Mailing, Posting
from tests.factories import (
    CandidateFactory,
    DigestFactory,
    EntryFactory,
    PaperFactory,
    SectionFactory,
    SubscriberFactory,
)
from tests.page import Page

PICKED, SKIPPED, UNDECIDED = Candidate.Verdict.PICKED, Candidate.Verdict.SKIPPED, Candidate.Verdict.UNDECIDED


@pytest.fixture
def reasoning(series):
    return series.topics.get(slug="reasoning")


@pytest.fixture
def training(series):
    return series.topics.get(slug="training")


@pytest.fixture
def candidate(digest, reasoning) -> Candidate:
    """Under a topic, not proposed, undecided."""
    return CandidateFactory(digest=digest, suggested_topic=reasoning)


@pytest.fixture
def proposed(digest, reasoning) -> Candidate:
    """As drafting leaves it: proposed, with an entry that holds a draft."""
    candidate = CandidateFactory(digest=digest, suggested_topic=reasoning, proposed=True)
    section = digest.sections.get(topic=reasoning)
    EntryFactory(section=section, paper=candidate.paper, position=0, summary="", draft_summary="A draft.")
    return candidate


def entry_of(candidate) -> Entry | None:
    return Entry.objects.filter(digest=candidate.digest, paper=candidate.paper).first()


def order(section) -> list[tuple[int, int]]:
    return [(entry.position, entry.paper_id) for entry in section.entries.all()]


def ready(digest, reasoning, editor) -> Candidate:
    """Make the digest fit for publishing: one picked paper with a summary."""
    candidate = CandidateFactory(digest=digest, suggested_topic=reasoning)
    publishing.pick(candidate, editor=editor)
    publishing.write_entry(entry_of(candidate), "", "What it shows.", 0, editor=editor)
    return candidate


def test_a_picked_paper_gets_an_entry_with_a_draft_at_the_end_of_its_section(digest, candidate, proposed, editor):
    publishing.pick(candidate, editor=editor)
    entry = entry_of(candidate)
    assert candidate.verdict == PICKED
    assert (candidate.decided_by, entry.section.topic) == (editor, candidate.suggested_topic)
    assert candidate.decided_at is not None
    assert entry.position == 1
    assert entry.summary == entry.heading == ""
    assert "language models" in entry.draft_summary


def test_a_paper_without_a_topic_is_not_picked_until_it_is_moved(digest, reasoning, editor):
    lost = CandidateFactory(digest=digest)
    with pytest.raises(publishing.TopicNeeded, match="move it to one"):
        publishing.pick(lost, editor=editor)
    lost.refresh_from_db()
    assert (lost.verdict, entry_of(lost)) == (UNDECIDED, None)
    publishing.move(lost, reasoning, editor=editor)
    publishing.pick(lost, editor=editor)
    assert entry_of(lost).section.topic == reasoning


def test_a_skipped_paper_leaves_the_draft_and_comes_back_with_the_editors_words(digest, candidate, editor):
    publishing.pick(candidate, editor=editor)
    publishing.write_entry(entry_of(candidate), "A better heading", "My words.", 0, editor=editor)
    publishing.skip(candidate, editor=editor)
    assert (candidate.verdict, entry_of(candidate)) == (SKIPPED, None)
    publishing.pick(candidate, editor=editor)
    entry = entry_of(candidate)
    assert (entry.heading, entry.summary, entry.revision) == ("A better heading", "My words.", 1)


def test_a_reconsidered_paper_stays_in_the_draft_only_where_it_is_proposed(candidate, proposed, editor):
    for row in (candidate, proposed):
        publishing.pick(row, editor=editor)
        publishing.reconsider(row, editor=editor)
        assert row.verdict == UNDECIDED
    assert entry_of(candidate) is None
    assert entry_of(proposed) is not None


def test_reconsidering_a_skipped_proposal_brings_its_entry_back(proposed, editor):
    publishing.skip(proposed, editor=editor)
    assert entry_of(proposed) is None
    publishing.reconsider(proposed, editor=editor)
    assert entry_of(proposed) is not None


def test_picking_twice_makes_one_entry(candidate, editor):
    publishing.pick(candidate, editor=editor)
    publishing.pick(candidate, editor=editor)
    assert Entry.objects.filter(paper=candidate.paper).count() == 1


def test_moving_a_proposed_paper_moves_its_entry_and_closes_the_gap(digest, proposed, reasoning, training, editor):
    second = CandidateFactory(digest=digest, suggested_topic=reasoning)
    publishing.pick(second, editor=editor)
    publishing.move(proposed, training, editor=editor)
    assert order(digest.sections.get(topic=training)) == [(0, proposed.paper_id)]
    assert order(digest.sections.get(topic=reasoning)) == [(0, second.paper_id)]
    publishing.move(proposed, None, editor=editor)
    assert order(digest.sections.get(topic=reasoning)) == [(0, second.paper_id), (1, proposed.paper_id)]


def test_moving_never_changes_what_the_machine_suggested(candidate, reasoning, training, editor):
    publishing.move(candidate, training, editor=editor)
    candidate.refresh_from_db()
    assert (candidate.suggested_topic, candidate.decided_topic, candidate.topic) == (reasoning, training, training)


def test_a_picked_paper_is_not_left_without_a_topic(digest, reasoning, editor):
    candidate = CandidateFactory(digest=digest)
    publishing.move(candidate, reasoning, editor=editor)
    publishing.pick(candidate, editor=editor)
    with pytest.raises(publishing.TopicNeeded):
        publishing.move(candidate, None, editor=editor)
    assert entry_of(candidate) is not None


def test_a_topic_added_since_the_draft_gets_its_section_when_it_is_needed(series, digest, candidate, editor):
    late = series.topics.create(slug="agents", name="Agents", description="Agents.", position=9)
    publishing.pick(candidate, editor=editor)
    publishing.move(candidate, late, editor=editor)
    assert entry_of(candidate).section.title == "Agents"
    assert digest.sections.last().topic == late


def test_a_topic_of_another_series_is_refused(candidate, editor):
    other = type(candidate.digest.series).objects.create(slug="bio", name="Bio", headline_template="Bio")
    with pytest.raises(publishing.WrongDigest):
        publishing.move(candidate, other.topics.create(slug="x", name="X", description="X."), editor=editor)


def test_all_proposed_papers_are_picked_at_once(digest, candidate, proposed, editor):
    assert publishing.pick_all_proposed(digest, editor=editor) == 1
    proposed.refresh_from_db()
    candidate.refresh_from_db()
    assert (proposed.verdict, proposed.decided_by, candidate.verdict) == (PICKED, editor, UNDECIDED)
    assert publishing.pick_all_proposed(digest, editor=editor) == 0


@pytest.mark.parametrize(("place", "expected"), [(0, "cab"), (1, "acb"), (2, "abc"), (99, "abc"), (-5, "cab")])
def test_entries_keep_contiguous_places_when_one_is_moved(digest, reasoning, editor, place, expected):
    rows = {}
    for name in "abc":
        rows[name] = CandidateFactory(digest=digest, suggested_topic=reasoning)
        publishing.pick(rows[name], editor=editor)
    section = digest.sections.get(topic=reasoning)
    publishing.place_entry(entry_of(rows["c"]), section, place, editor=editor)
    assert order(section) == [(n, rows[name].paper_id) for n, name in enumerate(expected)]


def test_an_entry_put_into_another_section_takes_its_candidate_along(digest, candidate, training, editor):
    publishing.pick(candidate, editor=editor)
    publishing.place_entry(entry_of(candidate), digest.sections.get(topic=training), 0, editor=editor)
    candidate.refresh_from_db()
    assert (candidate.decided_topic, entry_of(candidate).section.topic) == (training, training)


def test_an_entry_is_not_put_into_another_digest(digest, candidate, editor):
    publishing.pick(candidate, editor=editor)
    other = SectionFactory(digest=DigestFactory(series=digest.series, week_start=digest.week.next.monday))
    with pytest.raises(publishing.WrongDigest):
        publishing.place_entry(entry_of(candidate), other, 0, editor=editor)


def test_writing_counts_the_revision_and_records_who_and_when(candidate, editor):
    publishing.pick(candidate, editor=editor)
    publishing.write_entry(entry_of(candidate), " Two\nlines ", "One.\r\n\r\nTwo.\n", 0, editor=editor)
    entry = entry_of(candidate)
    assert (entry.heading, entry.summary, entry.revision) == ("Two lines", "One.\n\nTwo.", 1)
    saved = entry.history.first()
    assert (saved.summary, saved.history_user, saved.history_change_reason) == ("One.\n\nTwo.", editor, "Written")


def test_two_editors_never_overwrite_each_other(candidate, editor, publisher):
    publishing.pick(candidate, editor=editor)
    publishing.write_entry(entry_of(candidate), "", "Theirs.", 0, editor=publisher)
    with pytest.raises(publishing.EditClash, match="publisher saved this") as clash:
        publishing.write_entry(entry_of(candidate), "", "Mine.", 0, editor=editor)
    assert clash.value.theirs.summary == "Theirs."
    assert clash.value.saved_by == publisher
    assert entry_of(candidate).summary == "Theirs."


def test_saving_the_same_words_again_is_no_clash_and_no_revision(candidate, editor):
    publishing.pick(candidate, editor=editor)
    for _ in range(2):
        publishing.write_entry(entry_of(candidate), "", "Same.", 0, editor=editor)
    assert entry_of(candidate).revision == 1


def test_a_draft_is_taken_as_the_summary(proposed, editor):
    publishing.take_draft(entry_of(proposed), editor=editor)
    assert (entry_of(proposed).summary, entry_of(proposed).revision) == ("A draft.", 1)


def test_taking_the_draft_over_a_text_not_seen_is_a_clash(proposed, editor, publisher):
    publishing.write_entry(entry_of(proposed), "", "Theirs.", 0, editor=publisher)
    with pytest.raises(publishing.EditClash):
        publishing.take_draft(entry_of(proposed), revision=0, editor=editor)
    assert entry_of(proposed).summary == "Theirs."


def test_a_missing_draft_is_not_taken(digest, proposed, editor):
    digest.entries.update(draft_summary="")
    with pytest.raises(publishing.NoDraft):
        publishing.take_draft(entry_of(proposed), editor=editor)


def test_taking_all_drafts_leaves_what_is_written(digest, proposed, editor):
    written = EntryFactory(section=digest.sections.first(), summary="Mine.")
    assert publishing.take_all_drafts(digest, editor=editor) == 1
    written.refresh_from_db()
    assert (entry_of(proposed).summary, written.summary) == ("A draft.", "Mine.")


def test_the_front_is_written_and_guarded_by_its_revision(digest, editor, publisher):
    publishing.write_front(digest, "One", "Sub", "In\r\n\r\ntro", "Bye", 0, editor=publisher)
    stale = Digest.objects.get()
    assert (stale.headline, stale.intro, stale.revision) == ("One", "In\n\ntro", 1)
    with pytest.raises(publishing.EditClash) as clash:
        publishing.write_front(stale, "Two", "Sub", "Intro", "Bye", 0, editor=editor)
    assert clash.value.theirs.headline == "One"
    assert Digest.objects.get().headline == "One"


def test_publishing_makes_the_digest_public_and_records_who_and_when(digest, reasoning, publisher):
    ready(digest, reasoning, publisher)
    publishing.publish_digest(digest, editor=publisher)
    assert list(Digest.objects.published()) == [digest]
    assert digest.published_by == publisher
    assert digest.published_at is not None
    assert digest.history.first().history_change_reason == "Published"


def test_publishing_is_refused_a_second_time(digest, reasoning, publisher):
    ready(digest, reasoning, publisher)
    publishing.publish_digest(digest, editor=publisher)
    first = Digest.objects.get().published_at
    with pytest.raises(publishing.AlreadyPublished):
        publishing.publish_digest(digest, editor=publisher)
    assert Digest.objects.get().published_at == first


def test_publishing_is_refused_while_a_proposal_waits_for_a_verdict(digest, reasoning, proposed, publisher):
    ready(digest, reasoning, publisher)
    with pytest.raises(publishing.DigestNotReady) as refusal:
        publishing.publish_digest(digest, editor=publisher)
    assert ["only proposed" in problem.sentence for problem in refusal.value.problems] == [True]
    assert Digest.objects.get().status == Digest.Status.DRAFT


def test_publishing_drops_entries_that_no_pick_stands_for(digest, reasoning, publisher):
    picked = ready(digest, reasoning, publisher)
    stray = EntryFactory(section=digest.sections.get(topic=reasoning), paper=PaperFactory(), position=0)
    publishing.publish_digest(digest, editor=publisher)
    assert list(digest.entries.values_list("paper", "position")) == [(picked.paper_id, 0)]
    assert Entry.history.filter(paper=stray.paper, history_type="-").exists()


def test_no_verb_changes_a_published_digest(digest, reasoning, training, candidate, publisher):
    picked = ready(digest, reasoning, publisher)
    publishing.publish_digest(digest, editor=publisher)
    entry, section = entry_of(picked), digest.sections.get(topic=training)
    before = list(Entry.objects.values()), list(Candidate.objects.values()), list(Digest.objects.values())
    for change in (
        lambda: publishing.pick(candidate, editor=publisher),
        lambda: publishing.skip(picked, editor=publisher),
        lambda: publishing.reconsider(picked, editor=publisher),
        lambda: publishing.move(picked, training, editor=publisher),
        lambda: publishing.place_entry(entry, section, 0, editor=publisher),
        lambda: publishing.write_entry(entry, "", "Late.", 1, editor=publisher),
        lambda: publishing.take_draft(entry, editor=publisher),
        lambda: publishing.pick_all_proposed(digest, editor=publisher),
        lambda: publishing.take_all_drafts(digest, editor=publisher),
        lambda: publishing.write_front(digest, "Late", "", "", "", 0, editor=publisher),
    ):
        with pytest.raises(publishing.AlreadyPublished):
            change()
    assert (list(Entry.objects.values()), list(Candidate.objects.values()), list(Digest.objects.values())) == before


def test_a_published_digest_is_taken_back_to_draft_with_all_its_words(digest, reasoning, publisher):
    candidate = ready(digest, reasoning, publisher)
    publishing.publish_digest(digest, editor=publisher)
    publishing.withdraw_digest(digest, editor=publisher)
    digest.refresh_from_db()
    assert (digest.status, digest.published_at, digest.published_by) == (Digest.Status.DRAFT, None, None)
    assert entry_of(candidate).summary == "What it shows."
    assert digest.history.first().history_change_reason == "Taken back to draft"
    publishing.publish_digest(digest, editor=publisher)
    assert digest.is_published


def test_the_page_that_takes_back_tells_of_mail_that_went_out(published, publisher, as_user):
    digest = published()
    mailing = Mailing.objects.create(digest=digest)
    now = timezone.now()
    for state, settled_at in (("sent", now), ("sent", now), ("queued", None)):
        subscriber = SubscriberFactory()
        mailing.deliveries.create(subscriber=subscriber, state=state, settled_at=settled_at, queued_at=now)
    Posting.objects.create(digest=digest, channel="git:x", occasion="published", state="done", done_at=now)
    text = Page(as_user(publisher).get(reverse("withdraw", args=["llm", digest.week]))).text
    assert "went to 2 subscribers and can’t be called back" in text
    assert "1 mail still to go will wait" in text
    assert "they aren’t told" in text


def test_a_draft_cannot_be_taken_back(digest, publisher):
    with pytest.raises(publishing.NotPublished):
        publishing.withdraw_digest(digest, editor=publisher)
