"""Undo on the board: ten actions back, one's own only, and never over what was decided since."""

import pytest

from digests import publishing, rank, report_card
from digests.models import Candidate, Decision, Entry
from digests.models.decisions import UNDOABLE
from digests.ranking.prior import shipped_prior
from tests.factories import CandidateFactory, EntryFactory
from tracker.models import Embedding
from tracker.vectors import pack


@pytest.fixture
def reasoning(series):
    return series.topics.get(slug="reasoning")


@pytest.fixture
def candidates(digest, reasoning) -> list[Candidate]:
    return [CandidateFactory(digest=digest, suggested_topic=reasoning) for _ in range(12)]


def state(candidate) -> tuple:
    candidate.refresh_from_db()
    in_draft = Entry.objects.filter(digest=candidate.digest, paper=candidate.paper).exists()
    return (candidate.verdict, candidate.decided_topic, candidate.decided_by, in_draft)


def test_undo_puts_verdict_topic_name_and_entry_back_step_by_step(digest, series, candidates, editor):
    one = candidates[0]
    training = series.topics.get(slug="training")
    publishing.pick(one, editor=editor)
    publishing.move(one, training, editor=editor)
    publishing.skip(one, editor=editor)
    assert state(one) == ("skipped", training, editor, False)
    assert publishing.undo_last(digest, editor=editor).deed == "Skipped"
    assert state(one) == ("picked", training, editor, True)
    assert Entry.objects.get(digest=digest).section.topic == training
    assert publishing.undo_last(digest, editor=editor).deed == "Moved to LLM Training & Optimization"
    assert Entry.objects.get(digest=digest).section.topic == one.suggested_topic
    publishing.undo_last(digest, editor=editor)
    assert state(one) == ("undecided", None, None, False)
    with pytest.raises(publishing.NothingToUndo):
        publishing.undo_last(digest, editor=editor)


def test_undo_keeps_a_picked_paper_in_the_draft_though_its_topic_is_gone(digest, series, editor):
    gone, other = series.topics.get(slug="training"), series.topics.get(slug="reasoning")
    candidate = CandidateFactory(digest=digest)
    publishing.pick(candidate, topic=gone, editor=editor)
    publishing.move(candidate, other, editor=editor)
    gone.delete()
    publishing.undo_last(digest, editor=editor)
    candidate.refresh_from_db()
    assert (candidate.verdict, candidate.topic) == (Candidate.Verdict.PICKED, None)
    assert Entry.objects.filter(digest=digest, paper=candidate.paper).exists()


def test_undo_reaches_ten_actions_back_and_no_further(digest, candidates, editor):
    for candidate in candidates:
        publishing.skip(candidate, editor=editor)
    for _ in range(UNDOABLE):
        publishing.undo_last(digest, editor=editor)
    with pytest.raises(publishing.NothingToUndo):
        publishing.undo_last(digest, editor=editor)
    assert [candidate.verdict for candidate in digest.candidates.order_by("pk")] == ["skipped"] * 2 + ["undecided"] * 10


def test_undo_takes_back_ones_own_actions_only(digest, candidates, editor, publisher):
    publishing.skip(candidates[0], editor=editor)
    publishing.pick(candidates[1], editor=publisher)
    publishing.undo_last(digest, editor=editor)
    assert state(candidates[0])[0] == "undecided"
    assert state(candidates[1])[0] == "picked"
    with pytest.raises(publishing.NothingToUndo):
        publishing.undo_last(digest, editor=editor)


def test_undo_leaves_alone_and_tells_what_somebody_decided_since(digest, candidates, editor, publisher):
    publishing.skip(candidates[1], editor=editor)
    publishing.skip(candidates[0], editor=editor)
    publishing.pick(candidates[0], editor=publisher)
    undone = publishing.undo_last(digest, editor=editor)
    assert (undone.restored, undone.overtaken) == ([], [candidates[0]])
    assert undone.overtaken[0].decided_by == publisher
    assert state(candidates[0])[0] == "picked"
    assert publishing.undo_last(digest, editor=editor).restored == [candidates[1]]
    assert Decision.objects.filter(state="overtaken").count() == 1


def test_undoing_over_anothers_verdict_gives_it_back_with_its_name(digest, candidates, editor, publisher):
    publishing.pick(candidates[0], editor=publisher)
    publishing.skip(candidates[0], editor=editor)
    publishing.undo_last(digest, editor=editor)
    assert state(candidates[0]) == ("picked", None, publisher, True)
    publishing.undo_last(digest, editor=publisher)
    assert state(candidates[0])[0] == "undecided"


def test_picking_all_that_is_proposed_is_one_action(digest, reasoning, editor):
    section = digest.sections.get(topic=reasoning)
    for place in range(3):
        one = CandidateFactory(digest=digest, suggested_topic=reasoning, proposed=True)
        EntryFactory(section=section, paper=one.paper, position=place)
    assert publishing.pick_all_proposed(digest, editor=editor) == 3
    assert len(publishing.undo_last(digest, editor=editor).restored) == 3
    assert digest.candidates.undecided().count() == 3
    assert digest.entries.count() == 3


def test_what_changes_nothing_is_no_action(digest, candidates, editor, publisher):
    publishing.pick(candidates[0], editor=publisher)
    publishing.pick(candidates[0], editor=editor)
    assert state(candidates[0])[2] == publisher
    with pytest.raises(publishing.NothingToUndo):
        publishing.undo_last(digest, editor=editor)


def test_nothing_is_undone_in_a_published_digest(digest, candidates, editor):
    publishing.skip(candidates[0], editor=editor)
    digest.status, digest.published_at = "published", "2023-11-27T08:00Z"
    digest.save()
    with pytest.raises(publishing.AlreadyPublished):
        publishing.undo_last(digest, editor=editor)
    assert state(candidates[0])[0] == "skipped"


# Maybe: neither picked nor skipped


def test_a_paper_set_aside_leaves_the_draft_and_keeps_its_words(digest, candidates, editor):
    one = candidates[0]
    publishing.pick(one, editor=editor)
    publishing.write_entry(digest.entries.get(), "Mine", "My words.", 0, editor=editor)
    publishing.set_aside(one, editor=editor)
    assert state(one)[0::3] == ("maybe", False)
    publishing.pick(one, editor=editor)
    assert digest.entries.get().summary == "My words."


def test_the_report_card_counts_no_maybe(digest, candidates, publisher):
    publishing.pick(candidates[0], editor=publisher)
    publishing.set_aside(candidates[1], editor=publisher)
    assert report_card.grade(digest).picks == 1


def test_the_ranking_learns_nothing_from_a_maybe(digest, candidates, publisher):
    for candidate in candidates:
        Embedding.objects.create(
            paper=candidate.paper, model_name="test", vector=pack([[1.0, 0.0]])[0], text_hash=candidate.paper.text_hash
        )
    publishing.pick(candidates[0], editor=publisher)
    publishing.set_aside(candidates[1], editor=publisher)
    publishing.skip(candidates[2], editor=publisher)
    known = rank._judged(digest, shipped_prior(), digest.series, "test")
    assert candidates[1].paper.arxiv_id not in known.ids
    assert candidates[2].paper.arxiv_id in known.ids
