"""Feeds: read by an independent parser, held to their specifications, and not sent again unchanged."""

import datetime as dt
import json

import feedparser
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker
from lxml import etree

from digests import kept_feeds
from digests.models import Digest, Entry, Series
from digests.publishing import correct_entry, withdraw_digest
from tests.factories import DigestFactory, PaperFactory
from tests.page import Page
from tracker.models import Paper
from tracker.records import Record
from tracker.storing import store_records

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = "<script>alert(1)</script>]]>&amp; \u202e"
ADDRESSES = [
    "/llm/feeds/digests.atom", "/llm/feeds/papers.atom", "/llm/feeds/digests.json", "/llm/feeds/papers.json",
    "/llm/topics/reasoning/feeds/digests.atom", "/llm/topics/reasoning/feeds/papers.atom",
    "/llm/topics/reasoning/feeds/digests.json", "/llm/topics/reasoning/feeds/papers.json",
]  # fmt: skip


@pytest.fixture
def issues(published, series) -> list[Digest]:
    """Two digests; in the newer one, two topics."""
    paper = PaperFactory(arxiv_id="2311.12983", title="On $x^2$", authors=["Ada Lovelace", "Alan Turing"])
    digests = [
        published("2023-W46", {"LLM Reasoning": ["Older"]}),
        published("2023-W47", {"LLM Reasoning": [paper], "LLM Agents": ["Other"]}, intro="An *intro*."),
    ]
    for digest in digests:
        digest.sections.filter(title="LLM Reasoning").update(topic=series.topics.get(slug="reasoning"))
    digests[1].entries.filter(paper=paper).update(summary="It is **cheap**: $O(n)$.\n\n- one\n- two")
    return digests


def atom(address: str) -> feedparser.FeedParserDict:
    response = Client().get(address)
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    parsed = feedparser.parse(response.content)
    assert parsed.version == "atom10"
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


def json_feed(address: str) -> dict:
    response = Client().get(address)
    assert response["Content-Type"] == "application/feed+json; charset=utf-8"
    return json.loads(response.content)


def test_a_series_feed_has_an_item_for_each_digest_the_newest_first(issues) -> None:
    feed = atom("/llm/feeds/digests.atom")
    assert feed.feed.title == "LLM papers"
    assert feed.feed.link == "http://localhost:8000/llm/"
    assert [entry.link for entry in feed.entries] == [
        "http://localhost:8000/llm/2023/w47/",
        "http://localhost:8000/llm/2023/w46/",
    ]
    (content,) = feed.entries[0].content
    assert "<em>intro</em>" in content.value
    assert "<strong>cheap</strong>" in content.value
    assert "<li>two</li>" in content.value
    assert 'href="http://localhost:8000/llm/2023/w47/#1.1"' in content.value
    assert [tag.term for tag in feed.entries[0].tags] == ["LLM Reasoning", "LLM Agents"]


def test_a_paper_feed_has_an_item_for_each_paper(issues) -> None:
    feed = atom("/llm/feeds/papers.atom")
    first = feed.entries[0]
    assert [entry.title for entry in feed.entries] == ["On x²", "Other", "Older"]
    assert first.link == "http://localhost:8000/llm/2023/w47/#1.1"
    assert [author.name for author in first.authors] == ["Ada Lovelace", "Alan Turing"]
    assert "<strong>cheap</strong>" in first.content[0].value
    assert first.summary.startswith("It is cheap: O(n).")


def test_a_topic_feed_has_only_its_section(issues, published) -> None:
    published("2023-W48", {"LLM Agents": ["Elsewhere"]})
    feed = atom("/llm/topics/reasoning/feeds/digests.atom")
    assert len(feed.entries) == 2
    assert "On " in feed.entries[0].content[0].value
    assert "Other" not in feed.entries[0].content[0].value
    assert "intro" not in feed.entries[0].content[0].value
    assert [entry.title for entry in atom("/llm/topics/reasoning/feeds/papers.atom").entries] == ["On x²", "Older"]


def test_json_says_the_same(issues) -> None:
    for address in ADDRESSES:
        if address.endswith(".json"):
            written, read = json_feed(address), atom(address.replace(".json", ".atom"))
            assert [item["id"] for item in written["items"]] == [entry.id for entry in read.entries]
            assert [item["title"] for item in written["items"]] == [entry.title for entry in read.entries]


# What the specification demands (https://www.jsonfeed.org/version/1.1/), in our words.
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string"},
        "home_page_url": {"type": "string", "pattern": "^https?://"},
        "feed_url": {"type": "string", "pattern": "^https?://"},
        "authors": {"type": "array", "items": {"type": "object", "minProperties": 1}},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "url": {"type": "string", "pattern": "^https?://"},
                    "title": {"type": "string"},
                    "content_html": {"type": "string"},
                    "date_published": {"type": "string", "format": "date-time"},
                    "date_modified": {"type": "string", "format": "date-time"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address.endswith("json")])
def test_json_feeds_are_what_the_specification_demands(issues, address) -> None:
    feed = json_feed(address)
    Draft202012Validator(JSON_FEED, format_checker=FormatChecker()).validate(feed)
    assert feed["feed_url"] == f"http://localhost:8000{address}"


@pytest.mark.parametrize("address", [address for address in ADDRESSES if address.endswith("atom")])
def test_atom_feeds_are_what_the_specification_demands(issues, address) -> None:
    """RFC 4287, section 4: what a feed and its entries must have, and have once."""
    feed = etree.fromstring(Client().get(address).content)
    assert feed.tag == f"{ATOM}feed"
    assert feed.find(f"{ATOM}author/{ATOM}name").text
    assert [link.get("href") for link in feed.findall(f"{ATOM}link[@rel='self']")] == [
        f"http://localhost:8000{address}"
    ]
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    for one in (feed, *entries):
        for name in ("id", "title", "updated"):
            (element,) = one.findall(ATOM + name)
            assert element.text
        assert dt.datetime.fromisoformat(one.find(f"{ATOM}updated").text).tzinfo
    for entry in entries:
        assert entry.find(f"{ATOM}content").get("type") == "html"
        assert len(entry.findall(f"{ATOM}link[@rel='alternate']")) == 1
    ids = [entry.find(f"{ATOM}id").text for entry in entries]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("tag:localhost,2023-") for one in ids)


def test_ids_stay_when_slugs_and_titles_change(issues, series) -> None:
    before = [[entry.id for entry in atom(f"/llm/feeds/{kind}.atom").entries] for kind in ("digests", "papers")]
    series.slug = "renamed"
    series.save()
    Digest.objects.update(headline="Another")
    Entry.objects.update(heading="Another")
    after = [[entry.id for entry in atom(f"/renamed/feeds/{kind}.atom").entries] for kind in ("digests", "papers")]
    assert before == after


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_has_not_changed_is_not_sent_again(issues, address) -> None:
    client = Client()
    first = client.get(address)
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(address, headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304


@pytest.fixture
def unwritten(monkeypatch) -> None:
    """Nothing can be written anew."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("A feed was written.")

    monkeypatch.setattr(kept_feeds, "feed_of", refuse)


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_has_not_changed_is_not_written_again(issues, address, request, django_assert_max_num_queries) -> None:
    first = Client().get(address)
    request.getfixturevalue("unwritten")
    with django_assert_max_num_queries(8):
        again = Client().get(address)
    assert (again.content, again["ETag"], again["Last-Modified"]) == (
        first.content,
        first["ETag"],
        first["Last-Modified"],
    )
    cache.clear()  # what is kept may go at any time
    assert Client().get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304


def _correct(entry: Entry, editor: User) -> None:
    correct_entry(entry, "", "It is dear.", "Not cheap.", entry.revision, editor=editor)


def _note_version(entry: Entry, editor: User) -> None:
    Entry.objects.filter(pk=entry.pk).update(summarised_version=1)
    Paper.objects.filter(pk=entry.paper_id).update(version=3)


CHANGES = {
    "a correction": _correct,
    "a sentence about the whole": lambda entry, editor: entry.digest.corrections.create(told="Not quite."),
    "taking back": lambda entry, editor: withdraw_digest(entry.digest, editor=editor),
    "a new version": _note_version,
    "a withdrawal": lambda entry, editor: Paper.objects.filter(pk=entry.paper_id).update(withdrawn=True),
    "a paper's new title": lambda entry, editor: Paper.objects.filter(pk=entry.paper_id).update(title="New"),
    "other authors": lambda entry, editor: store_records([_by_another(entry.paper)]),
    "a heading": lambda entry, editor: Entry.objects.filter(pk=entry.pk).update(heading="New"),
    "an entry's place": lambda entry, editor: Entry.objects.filter(pk=entry.pk).update(position=9),
    "a section's title": lambda entry, editor: entry.digest.sections.update(title="New"),
    "a headline": lambda entry, editor: Digest.objects.filter(pk=entry.digest_id).update(headline="New"),
    "an intro": lambda entry, editor: Digest.objects.filter(pk=entry.digest_id).update(intro="New"),
    "the series' name": lambda entry, editor: Series.objects.update(name="New"),
}


def _by_another(paper: Paper) -> Record:
    return Record(
        arxiv_id=paper.arxiv_id,
        title=paper.title,
        abstract=paper.abstract,
        authors=("Somebody Else",),
        categories=("cs.CL",),
        version=2,
    )


@pytest.mark.parametrize("address", ["/llm/feeds/papers.atom", "/llm/feeds/digests.json"])
@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_sent_to_whoever_asks_what_is_new(issues, publisher, address, change) -> None:
    first = Client().get(address)
    CHANGES[change](issues[1].entries.get(paper__arxiv_id="2311.12983"), publisher)
    for headers in ({"If-None-Match": first["ETag"]}, {"If-Modified-Since": first["Last-Modified"]}):
        answer = Client().get(address, headers=headers)
        assert answer.status_code == 200
        assert answer["ETag"] != first["ETag"]
    assert Client().get(address, headers={"If-Modified-Since": answer["Last-Modified"]}).status_code == 304


def test_what_was_taken_back_and_put_back_is_sent_both_times(issues, publisher) -> None:
    """To whoever asks by date alone too, though the digest's own dates go back."""
    address, digest = "/llm/feeds/digests.atom", issues[1]
    asked = [Client().get(address)]
    for status in (Digest.Status.DRAFT, Digest.Status.PUBLISHED):
        published_at = digest.published_at if status is Digest.Status.PUBLISHED else None
        Digest.objects.filter(pk=digest.pk).update(status=status, published_at=published_at)
        asked.append(Client().get(address, headers={"If-Modified-Since": asked[-1]["Last-Modified"]}))
    assert [answer.status_code for answer in asked] == [200, 200, 200]
    assert "w47" not in asked[1].content.decode()
    assert asked[2].content == asked[0].content


def test_a_correction_is_dated(issues, publisher, time_machine) -> None:
    time_machine.move_to(dt.datetime(2023, 12, 1, 9, tzinfo=dt.UTC), tick=False)
    for history in (Digest.history, Entry.history):
        history.update(history_date=dt.datetime(2023, 11, 27, 8, tzinfo=dt.UTC))
    _correct(issues[1].entries.get(paper__arxiv_id="2311.12983"), publisher)
    corrected = atom("/llm/feeds/papers.atom").entries[0]
    assert corrected.updated == "2023-12-01T09:00:00+00:00"
    assert "dear" in corrected.content[0].value


def test_an_empty_feed_is_one_too(series) -> None:
    for address in ADDRESSES:
        first = Client().get(address)
        assert first.status_code == 200
        assert Client().get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_drafts_are_not_told(issues, series) -> None:
    DigestFactory(series=series, week_start=dt.date(2023, 12, 4), headline="Not ready")
    assert "Not ready" not in Client().get("/llm/feeds/digests.atom").content.decode()


@pytest.mark.parametrize("address", ["/none/feeds/digests.atom", "/llm/feeds/x.atom", "/llm/feeds/digests.rss"])
def test_other_feeds_are_not_found(series, address) -> None:
    assert Client().get(address).status_code == 404


def test_hostile_text_is_harmless(published, series) -> None:
    paper = PaperFactory(title=HOSTILE, authors=[HOSTILE])
    digest = published(contents={HOSTILE[:200]: [paper]}, headline=HOSTILE, subtitle=HOSTILE, intro=HOSTILE + "\x0b")
    digest.entries.update(summary=f"{HOSTILE}\x0b [x](javascript:alert(1))")
    digest.sections.update(topic=series.topics.get(slug="reasoning"))
    for address in ADDRESSES:
        if address.endswith("atom"):
            for entry in atom(address).entries:
                assert "<script" not in entry.content[0].value
                assert 'href="javascript' not in entry.content[0].value
        else:
            for item in json_feed(address)["items"]:
                assert "<script" not in item["content_html"]


@pytest.mark.parametrize("address", ["/", "/llm/", "/llm/2023/w47/", "/llm/archive/", "/llm/topics/reasoning/"])
def test_pages_tell_of_their_feeds(issues, address) -> None:
    page = Page(Client().get(address))
    told = [link.attributes["href"] for link in page.all("link") if link.attributes.get("rel") == "alternate"]
    assert "/llm/feeds/digests.atom" in told
    assert ("/llm/topics/reasoning/feeds/digests.atom" in told) is ("topics" in address)
    for feed in told:
        assert Client().get(feed).status_code == 200


def test_a_feed_costs_the_same_however_many_digests_it_has(published, django_assert_max_num_queries) -> None:
    for number in range(1, 13):
        published(f"2023-W{number:02d}", {"LLM Reasoning": ["One", "Two"], "LLM Agents": ["Three"]})
    with django_assert_max_num_queries(14):  # six of them tell whether it changed
        Client().get("/llm/feeds/papers.atom")
