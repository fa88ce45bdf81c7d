"""The machine's report card, made on publishing and shown on the desk."""

import pytest
from django.urls import reverse

from digests import publishing, report_card
from digests.models import Candidate, Digest, ReportCard
from tests.factories import CandidateFactory, DigestFactory


@pytest.fixture
def digest(series, monkeypatch) -> Digest:
    """Four candidates of which the machine holds two for the first; a third is under no topic."""
    monkeypatch.setattr(report_card, "FIRST", 2)
    digest = DigestFactory(series=series)
    reasoning = series.topics.get(slug="reasoning")
    for importance in (0.9, 0.8, 0.2):
        CandidateFactory(digest=digest, suggested_topic=reasoning, importance=importance)
    CandidateFactory(digest=digest, importance=0.1)
    CandidateFactory(digest=digest, importance=0.1, scope=Candidate.Scope.OUTSIDE)
    return digest


def publish(digest: Digest, places: tuple[int, ...], editor) -> None:
    candidates = list(digest.candidates.ranked())
    for place in places:
        publishing.pick(candidates[place], editor=editor)
    publishing.take_all_drafts(digest, editor=editor)
    publishing.publish_digest(digest, editor=editor)


def test_publishing_keeps_how_the_picks_stood(digest, publisher):
    training = digest.series.topics.get(slug="training")
    publishing.move(digest.candidates.ranked()[2], training, editor=publisher)
    publish(digest, (0, 2), publisher)
    card = ReportCard.objects.get()
    assert (card.picks, card.found, card.moved) == (2, 1, 1)
    assert (card.candidates, card.unsorted) == (4, 1)


def test_a_digest_published_again_is_graded_anew(digest, publisher):
    publish(digest, (0,), publisher)
    publishing.withdraw_digest(digest, editor=publisher)
    publish(digest, (1,), publisher)
    card = ReportCard.objects.get()
    assert (card.picks, card.found) == (2, 2)


def test_a_digest_that_was_taken_back_is_in_no_chart(digest, publisher):
    publish(digest, (0,), publisher)
    assert report_card.charts(digest.series)
    publishing.withdraw_digest(digest, editor=publisher)
    assert report_card.charts(digest.series) == []


def test_the_desk_shows_it_in_pictures_and_in_words(digest, publisher, as_user):
    empty = as_user(publisher).get(reverse("desk")).content.decode()
    assert "report-card" not in empty
    publish(digest, (0, 2), publisher)
    page = as_user(publisher).get(reverse("desk")).content.decode()
    assert "<title>2023-W47: 1 of 2</title>" in page
    assert 'aria-label="2023-W47: 1 of 2"' in page


def test_the_charts_cost_one_query_a_series(digest, publisher, django_assert_num_queries):
    publish(digest, (0, 2), publisher)
    series = digest.series
    with django_assert_num_queries(1):
        charts = report_card.charts(series)
    assert [chart.latest for chart in charts] == ["1 of 2", "0 of 2", "1 of 4"]
