"""Near-duplicates of a week, and papers of one lab."""

from dataclasses import dataclass

import numpy as np

from digests import drafting
from digests.models import Entry
from digests.ranking.duplicates import Labs, clusters
from tests.factories import CandidateFactory, PaperFactory
from tracker.vectors import normalise
from tracker.weeks import Week


@dataclass
class Titled:
    title: str


def at_angle(*cosines: float) -> np.ndarray:
    """Unit rows with these cosines to the first of them."""
    return normalise(np.array([[value, np.sqrt(1 - value**2)] for value in cosines]))


def test_papers_with_nearly_the_same_text_are_one_cluster():
    papers = [Titled("Agents that plan"), Titled("Planning with agents"), Titled("Bread")]
    assert clusters(papers, at_angle(1.0, 0.95, 0.1)) == [0, 0, 1]


def test_a_high_cosine_alone_is_not_enough_without_a_shared_title():
    near = at_angle(1.0, 0.85)
    assert clusters([Titled("Agents that plan trips"), Titled("Bread and butter")], near) == [0, 1]
    assert clusters([Titled("Agents that plan trips"), Titled("Agents that plan long trips")], near) == [0, 0]


def test_a_chain_of_near_papers_is_one_cluster():
    papers = [Titled("A one"), Titled("B two"), Titled("C three")]
    rows = normalise(np.array([[np.cos(angle), np.sin(angle)] for angle in (0.0, 0.4, 0.8)]))
    assert clusters(papers, rows) == [0, 0, 0]


def test_a_week_without_papers_has_no_clusters():
    assert clusters([], np.zeros((0, 0))) == []


def test_two_authors_in_common_make_a_lab_and_one_does_not():
    labs = Labs({1: {10, 11, 12}, 2: {11, 12}, 3: {12, 13}}, [1])
    assert (labs.met(2), labs.met(3)) == (1, 0)
    labs.take(2)
    assert labs.met(1) == 2


def proposed(digest) -> set[int]:
    drafting.propose(digest)
    return set(Entry.objects.filter(digest=digest).values_list("paper_id", flat=True))


def test_a_proposal_takes_one_of_a_cluster(series):
    series.target_entries = 2
    series.save()
    digest = drafting.open_digest(series, Week(2023, 47))
    topic = series.topics.first()
    best, twin, other = (
        CandidateFactory(digest=digest, suggested_topic=topic, importance=value, cluster=cluster)
        for value, cluster in ((0.9, 0), (0.8, 0), (0.3, 1))
    )
    assert proposed(digest) == {best.paper_id}  # a topic's share of two is one
    series.target_entries = 5
    series.save()
    digest.refresh_from_db()
    assert proposed(digest) == {best.paper_id, other.paper_id}
    assert twin.paper_id not in proposed(digest)


def test_a_proposal_prefers_other_labs_to_a_third_paper_of_one(series):
    series.target_entries = 7
    series.save()
    digest = drafting.open_digest(series, Week(2023, 47))
    topic = series.topics.first()
    lab = ["Ada Lovelace", "Alan Turing", "Grace Hopper"]
    papers = [PaperFactory(authors=lab) for _ in range(3)] + [PaperFactory(authors=["Someone Else"])]
    for paper, importance in zip(papers, (0.9, 0.8, 0.7, 0.1), strict=True):
        CandidateFactory(digest=digest, paper=paper, suggested_topic=topic, importance=importance)
    assert proposed(digest) == {papers[0].pk, papers[1].pk, papers[3].pk}  # the third best waits: its lab has two
