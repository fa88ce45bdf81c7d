"""The map of a week: laid out by a worker, drawn by the page, the same each time."""

import re

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client

from digests import tasks
from digests.models import Candidate, Digest, WeekPicture
from digests.pictures.labels import place_labels
from digests.pictures.layout import lay_out
from digests.pictures.week_map import short_name
from tests.encoders import HashingEncoder
from tests.factories import CandidateFactory, DigestFactory, PaperFactory
from tests.page import Page
from tracker.embeddings import embed_missing
from tracker.models import Paper
from tracker.progress import Silent

ADDRESS = "/llm/2023/w47/map/"
SUBJECTS = ("reward model preference", "attention head kernel", "herring sonar Baltic")


@pytest.fixture
def week(published, series) -> Digest:
    """A published week of thirty papers on three subjects; one of each is picked, the fish are off the subject."""
    topics = [series.topics.get(slug="finetuning"), series.topics.get(slug="transformers"), None]
    papers = [
        PaperFactory(title=f"Paper {n}: {SUBJECTS[n % 3]}", abstract=f"{SUBJECTS[n % 3]} " * 5 + f"word{n}")
        for n in range(30)
    ]
    digest = published(contents={"LLM Fine Tuning": papers[:1], "Transformers": papers[1:2]})
    for n, paper in enumerate(papers):
        CandidateFactory(
            digest=digest,
            paper=paper,
            suggested_topic=topics[n % 3],
            scope=Candidate.Scope.INSIDE if topics[n % 3] else Candidate.Scope.OUTSIDE,
        )
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    return digest


def map_page() -> Page:
    response = Client().get(ADDRESS)
    assert response.status_code == 200
    return Page(response)


def test_beat_draws_what_was_published_since_it_was_last_drawn(week) -> None:
    assert tasks.draw_weeks() == 1
    assert tasks.draw_weeks() == 0
    picture = WeekPicture.objects.get()
    assert picture.model_name == HashingEncoder.model_name
    assert len(picture.points) == 30
    assert sorted(picture.topic_counts.values()) == [10, 10]
    Digest.objects.update(published_at=picture.drawn_at)  # taken back, and published once more
    WeekPicture.objects.update(drawn_at=week.published_at)
    assert tasks.draw_weeks() == 1


def test_drafts_are_not_drawn(series, capsys) -> None:
    DigestFactory(series=series)
    assert tasks.draw_weeks() == 0


def test_a_command_draws_them_all_again(week, capsys) -> None:
    call_command("draw_weeks", "--json")
    assert '{"digests": 1, "papers": 30}' in capsys.readouterr().out
    call_command("draw_weeks", "--json")
    assert '{"digests": 0, "papers": 0}' in capsys.readouterr().out
    call_command("draw_weeks", "--all", "--json")
    assert '{"digests": 1, "papers": 30}' in capsys.readouterr().out


def test_the_map_has_a_dot_for_every_paper_and_names_the_picked(week) -> None:
    tasks.draw_weeks()
    page = map_page()
    dots = [one for one in page.all("circle") if "dot" in one.attributes.get("class", "")]
    assert len(dots) == 30
    assert all(one.attributes["cx"] and one.attributes["cy"] for one in dots)
    assert [one.text for one in page.all("text") if one.attributes["class"] == "name"] == ["Paper 0", "Paper 1"]
    assert {"/llm/2023/w47/#1.1", "/llm/2023/w47/#2.1"} <= set(page.links)
    assert f"/papers/{Paper.objects.get(title__startswith='Paper 2:').arxiv_id}/" in page.links
    shoals = {one.attributes["class"] for one in page.all("g") if "class" in one.attributes}
    assert shoals == {"topic-3", "topic-6", "topic-none"}
    picked = [one.attributes["class"] for one in dots if "picked" in one.attributes["class"]]
    assert [re.search(r"topic-\S+", shade)[0] for shade in picked] == ["topic-3", "topic-6"]


def test_whoever_does_not_see_it_has_the_same_as_lists(week) -> None:
    tasks.draw_weeks()
    page = map_page()
    assert page.texts("summary") == [
        "LLM Fine Tuning 10",
        "Transformers & Attention Models 10",
        "Off the subject, or unsorted 10",
    ]
    listed = [one for one in page.all("li") if one.text.startswith("Paper ")]
    assert len(listed) == 30


def test_only_the_picked_dots_are_stops_of_the_tab_key(week) -> None:
    tasks.draw_weeks()
    stops = [one for one in map_page().all("a") if one.inside.tag == "svg" and "tabindex" not in one.attributes]
    assert len(stops) == 2


def test_a_week_that_is_not_drawn_says_so(published) -> None:
    published()
    assert "has not been drawn yet" in map_page().text
    assert "map of this week" not in Page(Client().get("/llm/2023/w47/")).text


def test_a_drawn_week_is_led_to_from_its_digest(week) -> None:
    tasks.draw_weeks()
    assert ADDRESS in Page(Client().get("/llm/2023/w47/")).links


def test_a_drafts_map_is_nothing_to_the_public(series) -> None:
    DigestFactory(series=series)
    assert Client().get(ADDRESS).status_code == 404


def test_it_costs_the_same_however_many_papers_there_are(week, django_assert_num_queries) -> None:
    tasks.draw_weeks()
    with django_assert_num_queries(5):  # digest and series, picture, topics, numbers, titles
        map_page()


# The layout


def clustered(sizes: tuple[int, ...], *, seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(len(sizes), 64))
    rows = np.concatenate(
        [centre + 0.3 * chance.normal(size=(n, 64)) for centre, n in zip(centres, sizes, strict=True)]
    )
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_the_same_vectors_are_laid_out_the_same() -> None:
    rows = clustered((30, 30, 20))
    assert np.array_equal(lay_out(rows), lay_out(rows.copy()))


def test_a_mirrored_room_gives_the_same_picture() -> None:
    """The widest directions of a room have no sign of their own: the picture must not depend on it."""
    rows = clustered((20, 12))
    assert np.allclose(lay_out(rows), lay_out(-rows), atol=1e-6)


def test_neighbours_stay_neighbours() -> None:
    rows = clustered((40, 40, 40))
    places = lay_out(rows)
    of = np.repeat([0, 1, 2], 40)
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1) + 9 * np.eye(len(rows))
    assert (of[distances.argmin(axis=1)] == of).mean() == 1
    assert places.min() == 0
    assert places.max() == 1


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_vectors_have_places_too(count) -> None:
    places = lay_out(clustered((count,))) if count else lay_out(np.zeros((0, 0)))
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()


def test_equal_vectors_have_places_too() -> None:
    assert np.isfinite(lay_out(np.ones((60, 8)))).all()


# Names


def test_names_do_not_cover_each_other_where_there_is_room() -> None:
    dots = [(100.0, 100.0, "First"), (110.0, 104.0, "Second"), (990.0, 300.0, "At the edge")]
    first, second, edge = place_labels(dots, width=1000, height=640, size=15, radius=6)
    assert (first.anchor, second.anchor) == ("end", "start")  # away from each other's dots
    assert edge.anchor == "end"  # and not over the edge


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("GAIA: a benchmark for General AI Assistants", "GAIA"),
        ("Attention Is All You Need", "Attention Is All You Need"),
        ("A study of everything that has ever been studied", "A study of everything that has…"),
        ("A very long beginning before its colon: short", "A very long beginning before…"),
        ("", ""),
    ],
)
def test_a_paper_is_called_by_its_short_name(title, name) -> None:
    assert short_name(title) == name
