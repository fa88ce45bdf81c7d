"""What the machine drafts, and what it never touches."""

import datetime as dt

import pytest

from digests import drafting
from digests.models import Candidate, Digest, Entry, Series
from tests.encoders import HashingEncoder
from tests.factories import CandidateFactory, PaperFactory
from tracker.embeddings import embed_missing
from tracker.models import Paper
from tracker.progress import Silent
from tracker.weeks import Week

WEEK = Week(2023, 47)


@pytest.fixture
def digest(series) -> Digest:
    return drafting.open_digest(series, WEEK)


def candidates_under(digest: Digest, slug: str, *importances: float) -> list[Candidate]:
    topic = digest.series.topics.get(slug=slug)
    return [CandidateFactory(digest=digest, suggested_topic=topic, importance=value) for value in importances]


def contents(digest: Digest) -> list[tuple[str, int, int]]:
    return list(
        Entry.objects.filter(digest=digest)
        .order_by("section__position", "position")
        .values_list("section__topic__slug", "position", "paper_id")
    )


def test_a_new_digest_is_worded_by_its_series_templates(digest):
    assert digest.headline == "Top Important LLM Papers for the Week from 20/11 to 26/11"
    assert digest.subtitle == "Stay Updated with Recent Large Language Models Research"
    assert "fourth week of November, 2023" in digest.intro
    assert "$" not in digest.intro


def test_its_sections_are_the_topics_in_their_order(digest):
    assert [section.title for section in digest.sections.all()] == [
        "LLM Progress & Benchmarking",
        "LLM Training & Optimization",
        "LLM Fine Tuning",
        "LLM Reasoning",
        "Responsible AI & LLM Ethics",
        "Transformers & Attention Models",
    ]


def test_a_proposal_takes_the_best_of_each_topic_before_the_second_best_of_any(digest):
    digest.series.target_entries = 3
    digest.series.save()
    strong = candidates_under(digest, "reasoning", 0.9, 0.8, 0.7)
    weak = candidates_under(digest, "training", 0.2)
    drafting.propose(digest)
    assert contents(digest) == [
        ("training", 0, weak[0].paper_id),
        ("reasoning", 0, strong[0].paper_id),
        ("reasoning", 1, strong[1].paper_id),
    ]


def test_no_topic_takes_more_than_its_share_of_a_proposal(digest):
    digest.series.target_entries = 10
    digest.series.save()
    candidates_under(digest, "reasoning", *(0.5 + n / 100 for n in range(20)))
    drafting.propose(digest)
    assert len(contents(digest)) == 4


def test_unsorted_outside_and_skipped_papers_are_not_proposed(digest):
    CandidateFactory(digest=digest, importance=0.9)
    CandidateFactory(digest=digest, importance=0.9, scope=Candidate.Scope.OUTSIDE)
    (skipped,) = candidates_under(digest, "reasoning", 0.9)
    skipped.verdict = Candidate.Verdict.SKIPPED
    skipped.save()
    assert drafting.propose(digest)["proposed"] == 0
    assert contents(digest) == []


def test_drafting_again_changes_nothing(digest):
    candidates_under(digest, "reasoning", 0.9, 0.8)
    candidates_under(digest, "training", 0.4)
    drafting.propose(digest)
    before = list(Entry.objects.values()), list(Candidate.objects.values())
    drafting.propose(digest)
    assert (list(Entry.objects.values()), list(Candidate.objects.values())) == before


def test_a_better_paper_replaces_an_untouched_proposal(digest):
    digest.series.target_entries = 1
    digest.series.save()
    (first,) = candidates_under(digest, "reasoning", 0.5)
    drafting.propose(digest)
    (better,) = candidates_under(digest, "reasoning", 0.9)
    drafting.propose(digest)
    first.refresh_from_db()
    assert not first.proposed
    assert contents(digest) == [("reasoning", 0, better.paper_id)]


@pytest.mark.parametrize("touch", ["picked", "written"])
def test_what_an_editor_picked_or_wrote_in_stays(digest, touch):
    digest.series.target_entries = 1
    digest.series.save()
    (mine,) = candidates_under(digest, "reasoning", 0.5)
    drafting.propose(digest)
    if touch == "picked":
        Candidate.objects.filter(pk=mine.pk).update(verdict=Candidate.Verdict.PICKED)
    else:
        Entry.objects.filter(paper=mine.paper).update(summary="Mine.", revision=1)
    candidates_under(digest, "reasoning", 0.9)
    drafting.propose(digest)
    assert [paper for _, _, paper in contents(digest)] == [mine.paper_id]
    if touch == "written":
        assert Entry.objects.get(paper=mine.paper).summary == "Mine."


def test_a_new_abstract_changes_the_draft_and_not_the_summary(digest):
    (candidate,) = candidates_under(digest, "reasoning", 0.5)
    drafting.propose(digest)
    Entry.objects.update(summary="Mine.", revision=1)
    Paper.objects.filter(pk=candidate.paper_id).update(abstract="Quite another text.")
    drafting.propose(digest)
    entry = Entry.objects.get()
    assert (entry.draft_summary, entry.summary) == ("Quite another text.", "Mine.")


def test_a_proposal_follows_its_paper_to_another_topic(digest, series):
    (candidate,) = candidates_under(digest, "reasoning", 0.5)
    drafting.propose(digest)
    Candidate.objects.filter(pk=candidate.pk).update(suggested_topic=series.topics.get(slug="training"))
    drafting.propose(digest)
    assert contents(digest) == [("training", 0, candidate.paper_id)]


def test_a_published_digest_is_left_alone(digest):
    candidates_under(digest, "reasoning", 0.5)
    Digest.objects.update(status=Digest.Status.PUBLISHED, published_at=dt.datetime(2023, 11, 27, tzinfo=dt.UTC))
    assert drafting.propose(digest)["proposed"] == 0
    assert contents(digest) == []


def test_suggestions_come_again_without_touching_verdicts(series: Series, editor):
    encoder = HashingEncoder()
    kept, withdrawn = PaperFactory(), PaperFactory()
    PaperFactory(categories=["cs.RO"], primary_category="cs.RO")
    embed_missing(Paper.objects.all(), encoder, progress=Silent())
    digest = drafting.suggest(series, WEEK, encoder)
    assert digest.candidates.count() == 2
    topic = series.topics.get(slug="training")
    digest.candidates.filter(paper=kept).update(
        verdict=Candidate.Verdict.PICKED, decided_topic=topic, decided_by=editor, importance=None
    )
    Paper.objects.filter(pk=withdrawn.pk).update(withdrawn=True)
    drafting.suggest(series, WEEK, encoder)
    candidate = digest.candidates.get()
    assert (candidate.paper, candidate.verdict, candidate.topic) == (kept, Candidate.Verdict.PICKED, topic)
    assert candidate.importance is not None
    assert candidate.model_name.startswith(encoder.model_name)


def test_an_empty_week_is_an_error_that_says_so(series):
    with pytest.raises(drafting.EmptyWeek, match="2023-W47"):
        drafting.suggest(series, WEEK, HashingEncoder())
    assert not Digest.objects.exists()
