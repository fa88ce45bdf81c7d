"""Importance: terms that add up, said in words; past picks and the weeks before where the corpus has them."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pytest
from django.urls import reverse
from django.utils import timezone

from digests.classify import TopicSuggestion
from digests.models import Candidate, Digest, Series
from digests.rank import Importance, records_of, score_importance
from digests.ranking import prior
from digests.ranking.author_record import AuthorRecord
from digests.ranking.prior import AUTHORS_GROUP, COLUMNS, Linear, Prior
from tests.encoders import HashingEncoder
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tracker.embeddings import embed_missing, load_matrix
from tracker.models import Paper
from tracker.progress import SILENT, Silent
from tracker.weeks import Week

pytestmark = pytest.mark.django_db

WEEK = Week(2023, 47)
INSIDE = TopicSuggestion(None, True, 0.5, 0.1, ["closest to an example"], 0.9)
PLAIN = {"title": "A study", "abstract": "We study.", "authors": ["A", "B", "C", "D"]}


def rank(
    series: Series, papers: Sequence[Paper], suggestions: Sequence[TopicSuggestion] | None = None
) -> list[Importance]:
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    matrix = load_matrix([paper.pk for paper in papers], "hashing")
    told = suggestions or [INSIDE] * len(papers)
    return score_importance(series, WEEK, papers, matrix, told, model_name="hashing", progress=SILENT)


def published_with(series: Series, week: Week, picked: Sequence[Paper], passed: Sequence[Paper] = ()) -> Digest:
    digest = DigestFactory(
        series=series, week_start=week.monday, status=Digest.Status.PUBLISHED, published_at=timezone.now()
    )
    section = SectionFactory(digest=digest)
    for paper in picked:
        EntryFactory(section=section, paper=paper)
        CandidateFactory(digest=digest, paper=paper, verdict=Candidate.Verdict.PICKED)
    for paper in passed:
        CandidateFactory(digest=digest, paper=paper)
    return digest


def with_weights(monkeypatch, **weights: float) -> Prior:
    """Ship a prior of these columns alone: Ada Lovelace has had papers picked."""
    shipped = prior.shipped_prior()
    authors = AuthorRecord(WEEK.monday)
    authors.add_pick(["Ada Lovelace"], WEEK.monday, among_known=True)
    values = np.array([weights.get(column, 0.0) for column in COLUMNS])
    full = Linear(COLUMNS, np.zeros(len(COLUMNS)), values, -2.0)
    count = len(shipped.blind.columns)
    blind = Linear(COLUMNS[:count], np.zeros(count), values[:count], -2.0)
    made = Prior("made up", shipped.lexicon, authors, full, blind)
    monkeypatch.setattr("digests.rank.shipped_prior", lambda: made)
    return made


@pytest.mark.parametrize(
    ("facts", "column", "reason"),
    [
        ({"authors": [f"Author {n}" for n in range(27)]}, "many authors", "a team of 27"),
        ({"comment": "Code at https://github.com/lab/model"}, "links", "links to its code, data or page"),
        ({"abstract": "All code will be released."}, "releases", "says that code, models or data are released"),
        ({"abstract": "We train a 7B model and a 70B one."}, "model sizes", "names model sizes (7B, 70B)"),
        ({"title": "GAIA: for assistants"}, "title names a method", "its title names what it brings: GAIA"),
        ({"comment": "12 pages, 3 figures"}, "pages told", "its authors note 12 pages"),
        ({"authors": ["Ada Lovelace", "B"]}, "any picked", "one of its 2 authors has had papers picked"),
    ],
)
def test_a_fact_that_counts_raises_the_score_and_is_said(monkeypatch, series, facts, column, reason):
    with_weights(monkeypatch, **{column: 1.0})
    with_fact, without = rank(series, [PaperFactory(**{**PLAIN, **facts}), PaperFactory(**PLAIN)])
    assert with_fact.score > without.score
    assert reason in with_fact.reasons
    assert reason not in without.reasons


def test_what_speaks_against_a_paper_says_so_and_comes_last(monkeypatch, series):
    with_weights(monkeypatch, **{"benchmark": -2.0, "links": 1.0})
    paper = PaperFactory(**{**PLAIN, "abstract": "A benchmark at https://bench.org"})
    (told,) = rank(series, [paper])
    assert told.reasons[0] == "links to its code, data or page"
    assert told.reasons[-1].startswith("but ")


def test_the_shipped_terms_add_up_to_the_log_odds():
    papers = [PaperFactory(**PLAIN), PaperFactory(comment="Accepted at ICML. Code: https://github.com/a/b")]
    shipped, records = prior.shipped_prior(), records_of(papers)
    terms = shipped.terms(records, WEEK.monday)
    total = shipped.full.intercept + sum(term.added for term in terms)
    assert np.allclose(total, shipped.log_odds(records, WEEK.monday), atol=1e-5)
    assert {term.group for term in terms} == set(prior.GROUPS)


def test_named_words_are_those_that_add_the_most():
    shipped = prior.shipped_prior()
    (record,) = records_of([PaperFactory(title="Agentic reasoning", abstract="Agents reason with language models.")])
    told = shipped.lexicon.telling(record, 3, raises=True)
    weight = dict(zip(shipped.lexicon.terms, shipped.lexicon.weights, strict=True))
    assert told
    assert all(weight[term] > 0 for term in told)
    assert all(weight[term] < 0 for term in shipped.lexicon.telling(record, 3, raises=False))


@pytest.mark.parametrize(
    ("weights", "facts", "reason"),
    [
        # Of several subjects those that pulled are named, the weightiest first; others it has are not.
        (
            {"agents": 0.5, "video": 1.0, "reasoning": -0.4},
            {"title": "Agents reason on video: reasoning"},
            "video, agents",
        ),
        ({"medicine": -1.0, "agents": 0.4}, {"title": "Clinical agents"}, "but its subject: medicine"),
        ({"in stat.ML": -1.0}, {"categories": ["cs.LG", "stat.ML"]}, "but listed in stat.ML"),
        ({"first": 1.0}, {"abstract": "We give the first proof."}, "claims a first"),
        ({"workshop": -1.0}, {"comment": "At a workshop"}, "but a workshop paper, its authors note"),
    ],
)
def test_of_a_group_the_facts_are_named_that_pulled(monkeypatch, series, weights, facts, reason):
    with_weights(monkeypatch, **weights)
    (told,) = rank(series, [PaperFactory(**{**PLAIN, **facts})])
    assert any(reason in one for one in told.reasons)


def test_named_words_are_those_that_titles_use():
    lexicon = prior.shipped_prior().lexicon
    titular = dict(zip(lexicon.terms, lexicon.titular, strict=True))
    assert titular["agents"]
    assert not titular["exhibits"]
    assert not titular["and interaction"]


def test_the_authors_record_can_be_switched_off_for_a_series(monkeypatch, series):
    with_weights(monkeypatch, **{"any picked": 3.0})
    known = PaperFactory(**{**PLAIN, "authors": ["Ada Lovelace", "B", "C", "D"]})
    unknown = PaperFactory(**PLAIN)
    first, second = rank(series, [known, unknown])
    assert first.score > second.score
    series.use_author_record = False
    first, second = rank(series, [known, unknown])
    assert first.score == second.score
    assert not any("have had papers picked" in reason for reason in first.reasons)


def test_the_board_says_what_the_ranking_goes_by(client, series, django_user_model):
    DigestFactory(series=series)
    client.force_login(django_user_model.objects.create_superuser("ed", password="x"))
    board = reverse("board", args=[series.slug, WEEK])
    assert "its authors’ record of past picks" in client.get(board).content.decode()
    Series.objects.update(use_author_record=False)
    page = client.get(board).content.decode()
    assert "record of past picks" not in page
    assert "switched off for this series" in page


def test_a_paper_without_known_authors_is_not_judged_by_them():
    (paper,) = [PaperFactory(**PLAIN)]
    paper.authorships.all().delete()
    terms = {term.group: term.added for term in prior.shipped_prior().terms(records_of([paper]), WEEK.monday)}
    assert terms["team"] == terms[AUTHORS_GROUP] == 0


def test_a_paper_outside_the_series_ranks_below_one_inside(series):
    papers = [PaperFactory(**PLAIN), PaperFactory(**PLAIN)]
    outside = TopicSuggestion(None, False, 1.0, 1.0, [], 0.0)
    clear = TopicSuggestion(series.topics.first(), True, 0.9, 0.8, [], 0.95)
    low, high = rank(series, papers, [outside, clear])
    assert high.score > low.score
    assert "but may lie outside the series" in low.reasons


def orca_weeks(series: Series, first: int, last: int) -> None:
    """Digests of weeks of 2023, in which the editor picked Orcas and passed over bread."""
    for number in range(first, last + 1):
        week = Week(2023, number)
        orcas = [
            PaperFactory(arxiv_id=f"2311.{number}{n:03d}", title="Orca teaches small models", announced_on=week.monday)
            for n in range(3)
        ]
        bread = PaperFactory.create_batch(12, title="Bread", abstract="Flour and water.", announced_on=week.monday)
        published_with(series, week, orcas, bread)


def test_verdicts_move_the_ranking_the_further_the_more_there_are(series):
    like = PaperFactory(title="Orca teaches smaller models", abstract="Orcas.")
    unlike = PaperFactory(title="Bread", abstract="Flour and water.")

    def lead() -> float:
        first, second = (np.log(told.score / (1 - told.score)) for told in rank(series, [like, unlike]))
        return first - second

    leads = [lead()]
    for first, last in ((46, 46), (41, 45)):
        orca_weeks(series, first, last)
        leads.append(lead())
    assert leads[0] < leads[1] < leads[2]


def test_the_past_pick_that_adds_the_most_is_named(series):
    orca_weeks(series, 43, 46)
    like = PaperFactory(title="Orca teaches small models")
    unlike = PaperFactory(title="Bread", abstract="Flour and water.")
    first, second = rank(series, [like, unlike])
    assert any(
        reason.startswith("reads like 2311.4") and reason.endswith("which you picked") for reason in first.reasons
    )
    assert "but unlike what you picked before" in second.reasons


def test_drafts_and_later_digests_are_no_past_picks(series):
    other = PaperFactory(title="Orca teaches small models", announced_on=dt.date(2023, 12, 1))
    published_with(series, WEEK.next, [other])
    draft = DigestFactory(series=series, week_start=WEEK.previous.monday)
    EntryFactory(section=SectionFactory(digest=draft), paper=other)
    papers = [PaperFactory(title="Orca teaches smaller models"), PaperFactory(title="Bread", abstract="Flour.")]
    assert not any("you picked" in reason for one in rank(series, papers) for reason in one.reasons)


def test_a_line_of_work_busy_in_the_weeks_before_raises_the_score(monkeypatch, series):
    with_weights(monkeypatch)
    monkeypatch.setattr("digests.rank._BUSYNESS", 0.5)
    PaperFactory.create_batch(4, title="Reasoning with tokens", announced_on=dt.date(2023, 11, 15))
    busy, lonely = PaperFactory(title="Reasoning with tokens"), PaperFactory(title="Bread", abstract="Flour.")
    first, second = rank(series, [busy, lonely])
    assert first.score > second.score
    assert "in a busy line of work" in first.reasons
    assert "but new: little like it in 8 weeks" in second.reasons


def test_with_an_empty_past_and_equal_papers_all_score_alike(series):
    papers = PaperFactory.create_batch(3, title="The same", abstract="The same.")
    first, second, third = rank(series, papers)
    assert first == second == third
    assert 0 < first.score < 1


def test_no_papers_no_scores(series):
    assert rank(series, []) == []


def test_a_week_takes_a_fixed_number_of_queries(series, django_assert_num_queries):
    past = PaperFactory(announced_on=dt.date(2023, 11, 14))
    published_with(series, WEEK.previous, [past], PaperFactory.create_batch(3, announced_on=dt.date(2023, 11, 14)))
    papers = PaperFactory.create_batch(12)
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    matrix = load_matrix([paper.pk for paper in papers], "hashing")
    with django_assert_num_queries(11):  # records; the weeks before; the digests; of each its week and records
        score_importance(series, WEEK, papers, matrix, [INSIDE] * 12, model_name="hashing", progress=SILENT)
