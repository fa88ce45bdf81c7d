"""Importance: facts that count, said in words; past picks and the weeks before where the corpus has them."""

import datetime as dt
from collections.abc import Sequence

import pytest
from django.utils import timezone

from digests.classify import TopicSuggestion
from digests.models import Digest, Series
from digests.rank import Importance, score_importance
from tests.encoders import HashingEncoder
from tests.factories import DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tracker.embeddings import embed_missing, load_matrix
from tracker.models import Paper
from tracker.progress import Silent
from tracker.weeks import Week

pytestmark = pytest.mark.django_db

WEEK = Week(2023, 47)
INSIDE = TopicSuggestion(None, True, 0.5, 0.1, ["closest to an example"], 0.9)


def rank(
    series: Series, papers: Sequence[Paper], suggestions: Sequence[TopicSuggestion] | None = None
) -> list[Importance]:
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    matrix = load_matrix([paper.pk for paper in papers], "hashing")
    told = suggestions or [INSIDE] * len(papers)
    return score_importance(series, WEEK, papers, matrix, told, model_name="hashing")


def published_with(series: Series, paper: Paper, week: Week) -> Digest:
    digest = DigestFactory(
        series=series, week_start=week.monday, status=Digest.Status.PUBLISHED, published_at=timezone.now()
    )
    EntryFactory(section=SectionFactory(digest=digest), paper=paper)
    return digest


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"authors": [f"Author {number}" for number in range(27)]}, "27 authors"),
        ({"comment": "Code at https://github.com/lab/model"}, "links to its code, data or page"),
        ({"abstract": "All code and models will be released."}, "says that code, models or data are released"),
        ({"abstract": "We train a 7B model and a 70B one."}, "names model sizes (7B, 70B)"),
        ({"title": "GAIA: a benchmark for assistants"}, "introduces or studies a benchmark or dataset"),
    ],
)
def test_a_fact_that_counts_raises_the_score_and_is_said(series: Series, facts: dict[str, object], reason: str) -> None:
    plain = {"title": "A study", "abstract": "We study.", "authors": ["A", "B", "C", "D"]}
    with_fact, without = rank(series, [PaperFactory(**{**plain, **facts}), PaperFactory(**plain)])
    assert with_fact.score > without.score
    assert with_fact.reasons == [reason]
    assert without.reasons == []


def test_a_paper_outside_the_series_ranks_below_one_inside(series: Series) -> None:
    papers = PaperFactory.create_batch(2)
    outside = TopicSuggestion(None, False, 0.95, 0.9, [], 0.05)
    clear = TopicSuggestion(series.topics.first(), True, 0.9, 0.8, [], 0.95)
    low, high = rank(series, papers, [outside, clear])
    assert high.score > low.score
    assert "may lie outside the series" in low.reasons
    assert f"a clear case of {series.topics.first().name}" in high.reasons


def test_a_paper_like_a_past_pick_rises_and_the_pick_is_named(series: Series) -> None:
    picked = PaperFactory(arxiv_id="2311.11045", title="Orca teaches small models", announced_on=dt.date(2023, 11, 14))
    published_with(series, picked, WEEK.previous)
    like, unlike = PaperFactory(title="Orca teaches smaller models"), PaperFactory(title="Bread", abstract="Flour.")
    first, second = rank(series, [like, unlike])
    assert first.score > second.score
    assert "reads like 2311.11045, which you picked" in first.reasons


def test_drafts_and_later_digests_are_no_past_picks(series: Series) -> None:
    other = PaperFactory(title="Orca teaches small models", announced_on=dt.date(2023, 12, 1))
    published_with(series, other, WEEK.next)
    draft = DigestFactory(series=series, week_start=WEEK.previous.monday)
    EntryFactory(section=SectionFactory(digest=draft), paper=other)
    papers = [PaperFactory(title="Orca teaches smaller models"), PaperFactory(title="Bread", abstract="Flour.")]
    assert not any("picked" in reason for one in rank(series, papers) for reason in one.reasons)


def test_a_line_of_work_busy_in_the_weeks_before_raises_the_score(series: Series) -> None:
    PaperFactory.create_batch(4, title="Reasoning with tokens", announced_on=dt.date(2023, 11, 15))
    busy, lonely = PaperFactory(title="Reasoning with tokens"), PaperFactory(title="Bread", abstract="Flour.")
    first, second = rank(series, [busy, lonely])
    assert first.score > second.score
    assert "in a busy line of work" in first.reasons
    assert "far from what others worked on lately" in second.reasons


def test_with_an_empty_past_and_equal_papers_all_score_alike(series: Series) -> None:
    papers = PaperFactory.create_batch(3, title="The same", abstract="The same.")
    first, second, third = rank(series, papers)
    assert first == second == third
    assert 0 < first.score < 1


def test_a_paper_without_known_authors_is_not_punished(series: Series) -> None:
    unknown, four = PaperFactory(title="A", abstract="B"), PaperFactory(title="A", abstract="B", authors=list("WXYZ"))
    unknown.authorships.all().delete()
    first, second = rank(series, [unknown, four])
    assert first.score == second.score


def test_no_papers_no_scores(series: Series) -> None:
    assert rank(series, []) == []


def test_a_week_takes_a_fixed_number_of_queries(series: Series, django_assert_num_queries) -> None:
    published_with(series, PaperFactory(announced_on=dt.date(2023, 11, 14)), WEEK.previous)
    papers = PaperFactory.create_batch(12)
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    matrix = load_matrix([paper.pk for paper in papers], "hashing")
    with django_assert_num_queries(5):  # authors; the weeks before and their vectors; past picks and theirs
        score_importance(series, WEEK, papers, matrix, [INSIDE] * 12, model_name="hashing")
