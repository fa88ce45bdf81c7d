"""Series and topics as administrators set them up at the desk, and what a change of them does to open weeks."""

import pytest
from django.test import Client

from digests import drafting, setting_up
from digests.models import Candidate, Event, FormerSlug, Series, Topic, WeeklyRun
from tests.factories import (
    CandidateFactory,
    DigestFactory,
    EntryFactory,
    PaperFactory,
    SectionFactory,
    SubscriberFactory,
)
from tests.page import Page
from tracker.weeks import Week

LIST, LLM = "/desk/series/", "/desk/series/llm/"


@pytest.fixture
def chief(administrator, as_user) -> Client:
    """The administrator's browser."""
    return as_user(administrator)


@pytest.fixture
def woken(monkeypatch) -> list[WeeklyRun]:
    """The runs of which workers were told."""
    runs: list[WeeklyRun] = []
    monkeypatch.setattr("digests.tasks.wake", runs.append)
    return runs


def sent(series: Series | None = None, **changed) -> dict[str, object]:
    """The form of a series as a browser sends it."""
    told = {
        "name": "Vision papers",
        "slug": "vision",
        "categories": "cs.CV",
        "headline_template": "Vision from $start to $end",
        "target_entries": 8,
        "target_words": 1500,
    }
    if series:
        told |= {name: getattr(series, name) for name in [*told, "scope", "outside", "intro_template", "sign_off"]}
        told |= {"categories": " ".join(series.categories), "subtitle_template": series.subtitle_template}
        told |= {"use_author_record": "on", "mail_on_publishing": "on"}
    return told | changed


def topic_sent(topic: Topic | None = None, **changed) -> dict[str, object]:
    told = {"name": "Detection", "slug": "", "description": "Finding things in pictures.", "examples": "A study"}
    if topic:
        told = {name: getattr(topic, name) for name in told}
    return told | changed


def deeds() -> list[tuple[str, str]]:
    return list(Event.objects.filter(kind="series").order_by("pk").values_list("deed", "subject"))


# Series


def test_a_second_series_is_added_with_topics_and_stands_beside_the_first(chief, series, woken) -> None:
    assert chief.post("/desk/add-series/", sent(categories="cs.CV, eess.IV  cs.CV")).url == "/desk/series/vision/"
    chief.post("/desk/series/vision/add-topic/", topic_sent())
    made = Series.objects.get(slug="vision")
    assert made.categories == ["cs.CV", "eess.IV"]
    assert [(topic.slug, topic.position) for topic in made.topics.all()] == [("detection", 0)]
    DigestFactory(series=made)
    DigestFactory(series=series)
    page = Page(chief.get("/desk/"))
    assert "Vision papers" in page.text
    assert {"/desk/vision/2023/w47/", "/desk/llm/2023/w47/"} <= set(page.links)
    assert "vision" in Page(chief.get("/desk/vision/2023/w47/")).text.lower()
    assert deeds() == [("Series added", "Vision papers"), ("Topic added", "Detection (Vision papers)")]
    assert woken == []


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("categories", "cs.CV cs.QQ", "arXiv has no category “cs.QQ”"),
        ("categories", "", "required"),
        ("headline_template", "From $beginning", "Unknown in a template: beginning"),
        ("slug", "desk", "an address of the site"),
        ("slug", "llm", "already exists"),
        ("target_entries", "many", "whole number"),
    ],
)
def test_what_makes_no_sense_is_told_beside_its_field(chief, series, field, value, reason) -> None:
    answer = chief.post("/desk/add-series/", sent(**{field: value}))
    assert answer.status_code == 400
    assert reason in Page(answer).text
    assert Series.objects.count() == 1


def test_a_change_keeps_what_stood_before_in_the_trail(chief, series, woken) -> None:
    before = series.sign_off
    assert chief.post(LLM, sent(series, sign_off="Bye.")).url == LLM
    (event,) = Event.objects.filter(kind="series")
    assert event.changes == {"sign_off": [before, "Bye."]}
    chief.post(LLM, sent(Series.objects.get(pk=series.pk)))
    assert Event.objects.filter(kind="series").count() == 1  # nothing changed, nothing told
    assert woken == []


def test_an_example_shows_what_the_templates_make(chief, series, time_machine) -> None:
    time_machine.move_to("2023-11-28T09:00Z")
    asked = {"headline_template": "From $start to $end", "intro_template": "The *$nth* week."}
    example = chief.get("/desk/series-example/", asked).content.decode()
    assert "From 20/11 to 26/11" in example
    assert "<em>fourth</em>" in example
    wrong = chief.get("/desk/series-example/", {"headline_template": "$soon"})
    assert "Unknown in a template: soon" in wrong.content.decode()
    assert "from 20/11 to 26/11" in Page(chief.get(LLM)).text


# Slugs


def test_a_changed_slug_leads_on_from_every_old_address(chief, series, published) -> None:
    published()
    chief.post(LLM, sent(series, slug="language"))
    for old, new in {
        "/llm/": "/language/",
        "/llm/2023/w47/": "/language/2023/w47/",
        "/llm/2023/w47/galley.md?x=1": "/language/2023/w47/galley.md?x=1",
    }.items():
        answer = Client().get(old)
        assert (answer.status_code, answer["Location"]) == (301, new)
        assert Client().get(new).status_code == 200
    assert Client().get("/llm/2020/w01/", follow=True).status_code == 404
    assert Client().post("/llm/").status_code in (404, 405)


def test_a_topic_with_a_changed_slug_leads_on_too(chief, series, published) -> None:
    topic = series.topics.first()
    entry = EntryFactory(section=SectionFactory(digest=published(), topic=topic))
    assert entry
    old = topic.get_absolute_url()
    chief.post(f"{LLM}topics/{topic.pk}/", topic_sent(topic, slug="renamed"))
    assert Client().get(old)["Location"] == "/llm/topics/renamed/"
    chief.post(LLM, sent(series, slug="language"))
    assert Client().get(old)["Location"] == "/language/topics/renamed/"


def test_a_slug_that_is_taken_again_is_no_former_one(chief, series) -> None:
    chief.post(LLM, sent(series, slug="language"))
    chief.post("/desk/add-series/", sent(slug="llm"))
    assert not FormerSlug.objects.exists()
    assert Client().get("/llm/").status_code == 200
    chief.post("/desk/series/language/", sent(Series.objects.get(slug="language"), slug="words"))
    chief.post("/desk/series/words/", sent(Series.objects.get(slug="words"), slug="language"))  # and back
    assert [former.slug for former in FormerSlug.objects.all()] == ["words"]


def test_a_slug_of_another_topic_is_refused(chief, series) -> None:
    first, second = series.topics.all()[:2]
    answer = chief.post(f"{LLM}topics/{first.pk}/", topic_sent(first, slug=second.slug))
    assert answer.status_code == 400
    assert "Another topic of this series has this slug" in Page(answer).text


# Topics


def test_topics_are_put_in_order(chief, series) -> None:
    before = [topic.slug for topic in series.topics.all()]
    last = series.topics.last()
    chief.post(f"{LLM}topics/{last.pk}/place/", {"step": "-1"})
    after = [topic.slug for topic in series.topics.all()]
    assert after == [*before[:-2], before[-1], before[-2]]
    assert list(series.topics.values_list("position", flat=True)) == list(range(len(before)))


def test_a_topic_that_goes_leaves_its_sections(chief, series, digest, woken) -> None:
    topic = series.topics.first()
    entry = EntryFactory(section=digest.sections.get(topic=topic))
    assert "1 section in digests stays as it is" in Page(chief.get(f"{LLM}topics/{topic.pk}/remove/")).text
    assert Topic.objects.filter(pk=topic.pk).exists()
    chief.post(f"{LLM}topics/{topic.pk}/remove/")
    assert not Topic.objects.filter(pk=topic.pk).exists()
    entry.refresh_from_db()
    assert (entry.section.title, entry.section.topic) == (topic.name, None)
    assert Event.objects.get(deed="Topic taken away").changes["description"] == [topic.description, None]


def test_whose_subscriptions_a_topic_that_goes_would_widen_is_told_before(chief, series) -> None:
    first, second = series.topics.all()[:2]
    for chosen in ([first], [first, second], [second], []):
        SubscriberFactory().subscriptions.create(series=series).topics.set(chosen)
    text = Page(chief.get(f"{LLM}topics/{first.pk}/remove/")).text
    assert "1 subscription chose this topic alone" in text


@pytest.mark.parametrize(
    ("changed", "runs"), [({"description": "Other words."}, 1), ({"examples": "A paper"}, 1), ({"slug": "other"}, 0)]
)
def test_other_words_have_the_open_weeks_sorted_anew(chief, series, published, woken, changed, runs) -> None:
    open_week = DigestFactory(series=series, week_start=Week(2023, 48).monday)
    CandidateFactory(digest=open_week)
    CandidateFactory(digest=published("2023-W46"))
    topic = series.topics.first()
    answer = chief.post(f"{LLM}topics/{topic.pk}/", topic_sent(topic, **changed), follow=True)
    assert [(str(run.week), run.step, run.state) for run in woken] == [("2023-W48", "suggest", "waiting")] * runs
    assert ("is sorted anew" in Page(answer).text) is bool(runs)
    assert ("Sort and rank" in Page(chief.get("/desk/")).text) is bool(runs)  # the desk shows how far it is


def test_only_what_nobody_decided_on_is_sorted_anew(series, digest, editor) -> None:
    first, second = series.topics.all()[:2]
    rows = [CandidateFactory(digest=digest, suggested_topic=first, verdict=verdict) for verdict in Candidate.Verdict]
    fresh = [Candidate(paper=row.paper, suggested_topic=second, importance=0.9, model_name="new") for row in rows]
    drafting.write_suggestions(digest, fresh)
    for row in Candidate.objects.select_related("suggested_topic"):
        is_undecided = row.verdict == Candidate.Verdict.UNDECIDED
        assert row.suggested_topic == (second if is_undecided else first)
        assert row.importance == 0.9


def at_work(digest, step: str) -> WeeklyRun:
    week = {"series": digest.series, "week_start": digest.week_start}
    return WeeklyRun.objects.create(**week, step=step, state="running", lease="x")


def test_a_week_that_is_still_fetched_comes_to_the_sorting_by_itself(series, woken) -> None:
    digest = DigestFactory(series=series)
    CandidateFactory(digest=digest, paper=PaperFactory())
    run = WeeklyRun.objects.create(
        series=series, week_start=digest.week_start, step="embed", state="running", lease="x"
    )
    setting_up.remove_topic(series.topics.first(), by=None)
    run.refresh_from_db()
    assert (run.step, run.state, run.lease) == ("embed", "running", "x")


def test_a_week_that_is_being_sorted_begins_again(series, woken) -> None:
    digest = DigestFactory(series=series)
    CandidateFactory(digest=digest)
    run = WeeklyRun.objects.create(
        series=series, week_start=digest.week_start, step="draft", state="running", lease="x"
    )
    setting_up.remove_topic(series.topics.first(), by=None)
    run.refresh_from_db()
    assert (run.step, run.state, run.lease) == ("suggest", "waiting", "")


def test_the_list_costs_the_same_for_many(chief, series, django_assert_max_num_queries) -> None:
    for number in range(12):
        Topic.objects.create(series=series, slug=f"t{number}", name="T", description="D", position=9)
        Series.objects.create(slug=f"s{number}", name="S", headline_template="H")
    with django_assert_max_num_queries(8):
        chief.get(LIST)
