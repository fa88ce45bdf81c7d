"""Following authors, topics and searches; the news of them; the feed."""

import datetime as dt

import feedparser
import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from digests import library
from digests.models import Follow, Library
from tests.encoders import HashingEncoder, QueryCopy
from tests.factories import DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tests.page import Page
from tracker.embeddings import embed_missing
from tracker.fulltext import index_papers
from tracker.models import Paper
from tracker.progress import Silent
from tracker.search import fused


@pytest.fixture(autouse=True)
def now(time_machine):
    time_machine.move_to("2023-11-28T12:00:00Z", tick=False)


@pytest.fixture
def client(reader, as_user) -> Client:
    return as_user(reader)


@pytest.fixture
def paper(db):
    return PaperFactory(title="Reasoning at $O(n)$", authors=["Ana López", "T. Wolf"])


@pytest.fixture
def entry(series):
    """A paper under the series' first topic, in a published digest."""
    digest = DigestFactory(series=series, status="published", published_at=timezone.now() - dt.timedelta(hours=2))
    section = SectionFactory(digest=digest, topic=series.topics.first(), title="A section")
    return EntryFactory(section=section, paper=PaperFactory(title="Of the digest", authors=["Someone Else"]))


def test_a_followed_authors_paper_is_news_with_its_reason(client, paper):
    PaperFactory(title="By others", authors=["B. Other"])
    client.post("/library/follow/", {"author": paper.authors.get(name="Ana López").pk})
    page = Page(client.get("/library/news/"))
    assert "by Ana López" in page.text
    assert "By others" not in page.text


def test_two_followed_authors_of_one_paper_make_one_item(client, paper, reader):
    for author in paper.authors.all():
        library.follow(reader=reader, author=author)
    page = Page(client.get("/library/news/"))
    assert "by Ana López and T. Wolf" in page.text
    assert page.text.count("Reasoning at") == 1


def test_a_followed_topics_entry_is_news_once_its_digest_is_published(client, entry, reader):
    library.follow(reader=reader, topic=entry.section.topic)
    page = Page(client.get("/library/news/"))
    assert "under A section" in page.text
    assert entry.digest.get_absolute_url() in page.links
    entry.digest.status, entry.digest.published_at = "draft", None
    entry.digest.save()
    assert "Of the digest" not in Page(client.get("/library/news/")).text


def test_old_papers_and_withdrawn_ones_are_no_news(client, reader, paper):
    library.follow(reader=reader, author=paper.authors.first())
    paper.withdrawn = True
    paper.save()
    PaperFactory(authors=["Ana López"], announced_on=dt.date(2023, 1, 10), title="Long ago")
    assert "Nothing new in the last 8 weeks" in Page(client.get("/library/news/")).text


def test_what_was_marked_as_seen_is_new_no_more(client, paper, reader, time_machine):
    library.follow(reader=reader, author=paper.authors.first())
    assert "1 of them new" in Page(client.get("/library/news/")).text
    client.post("/library/news/seen/")
    assert "of them new" not in Page(client.get("/library/news/")).text
    PaperFactory(authors=["Ana López"], announced_on=dt.date(2023, 11, 29))
    time_machine.move_to("2023-11-29T12:00:00Z", tick=False)
    assert "2 papers in 8 weeks, 1 of them new" in Page(client.get("/library/news/")).text


@pytest.mark.parametrize("query", ["tree search", "ti:tree", "au:lópez", '"tree search" -vision'])
def test_a_followed_search_finds_new_papers_with_all_its_words(client, reader, query):
    found = PaperFactory(title="Tree search for agents", authors=["Ana López"])
    old = PaperFactory(title="Tree search of old", authors=["Ana López"], announced_on=dt.date(2023, 1, 10))
    half = PaperFactory(title="Search engines", authors=["B. Other"])
    index_papers([found, old, half])
    library.follow(reader=reader, query=query)
    page = Page(client.get("/library/news/"))
    assert "Tree search for agents" in page.texts("h2")
    assert f"found by “{query}”" in page.text
    assert "of old" not in page.text
    assert "Search engines" not in page.text


def test_what_is_only_near_in_meaning_is_no_news(client, reader, settings, monkeypatch):
    settings.ENCODER_MODEL = HashingEncoder.model_name
    encoder = HashingEncoder()
    monkeypatch.setattr(fused, "get_query_encoder", lambda: QueryCopy(encoder))
    near = PaperFactory(title="Tree search", abstract="Tree search.")
    index_papers([near, PaperFactory(title="Of trees and tree search engines in agents")])
    embed_missing(Paper.objects.all(), encoder, progress=Silent())
    library.follow(reader=reader, query="tree search agents")
    titles = Page(client.get("/library/news/")).texts("h2")
    assert "Of trees and tree search engines in agents" in titles
    assert "Tree search" not in titles


def test_a_search_can_be_followed_from_its_page_with_its_filters(client, reader):
    index_papers([PaperFactory(title="Tree search")])
    page = Page(client.get("/search/?q=tree++search&category=cs.CL&from=2023-W40"))
    (query,) = [one.attributes["value"] for one in page.all("input") if one.attributes.get("name") == "query"]
    assert query == "tree search cat:cs.CL week:2023-W40.."
    client.post("/library/follow/", {"query": query})
    assert "Following · stop" in Page(client.get("/search/?q=tree+search&category=cs.CL&from=2023-W40")).texts("button")
    assert "Tree search" in Page(client.get("/library/news/")).text


def test_following_twice_is_following_once_and_can_be_stopped(client, paper, reader):
    author = paper.authors.first()
    for _ in range(2):
        client.post("/library/follow/", {"author": author.pk})
    followed = Follow.objects.get(reader=reader)
    client.post(f"/library/follows/{followed.pk}/stop/")
    assert not Follow.objects.exists()


def test_nobody_stops_what_another_follows(client, paper):
    other = User.objects.create_user("other")
    followed = library.follow(reader=other, author=paper.authors.first())
    assert client.post(f"/library/follows/{followed.pk}/stop/").status_code == 404
    assert Follow.objects.filter(pk=followed.pk).exists()


@pytest.mark.parametrize("wish", [{}, {"query": "  "}, {"query": "a", "author": "own"}, {"query": "x" * 501}])
def test_what_cannot_be_followed_is_told(client, paper, wish):
    wish = {name: paper.authors.first().pk if value == "own" else value for name, value in wish.items()}
    answer = client.post("/library/follow/", wish, follow=True)
    assert "to follow" in answer.content.decode() or "too long" in answer.content.decode()
    assert not Follow.objects.exists()


@pytest.mark.parametrize("author", ["0", "x", "9" * 30])
def test_an_author_that_is_none_is_not_found(client, author):
    assert client.post("/library/follow/", {"author": author}).status_code == 404


def test_searches_are_followed_up_to_a_number(client, reader, monkeypatch):
    monkeypatch.setattr(library, "SEARCHES_AT_MOST", 1)
    client.post("/library/follow/", {"query": "  tree   search "})
    client.post("/library/follow/", {"query": "another"})
    assert [one.query for one in Follow.objects.all()] == ["tree search"]


def test_the_feed_tells_the_same_at_an_address_of_ones_own(client, paper, reader):
    library.follow(reader=reader, author=paper.authors.first())
    client.post("/library/feed/renew/")
    key = Library.objects.get(reader=reader).feed_key
    answer = Client().get(f"/library/feed/{key}.atom")
    feed = feedparser.parse(answer.content)
    assert (feed.bozo, feed.version) == (False, "atom10")
    (item,) = feed.entries
    assert item.title == "Reasoning at O(n)"
    assert item.id.endswith(f"/papers/{paper.arxiv_id}/")
    assert answer["Cache-Control"] == "private"
    client.post("/library/feed/renew/")
    assert Client().get(f"/library/feed/{key}.atom").status_code == 404


def test_the_feed_of_an_account_that_was_closed_answers_nobody(reader):
    own = library.open_library(reader)
    reader.is_active = False
    reader.save()
    assert Client().get(f"/library/feed/{own.feed_key}.atom").status_code == 404


def test_the_news_cost_the_same_queries_however_many(client, reader, django_assert_num_queries):
    def put(count):
        for n in range(count):
            paper = PaperFactory(authors=[f"Author {n} {count}"])
            library.follow(reader=reader, author=paper.authors.first())

    put(2)
    client.get("/library/news/")
    with django_assert_num_queries(10):
        client.get("/library/news/")
    put(20)
    with django_assert_num_queries(10):
        client.get("/library/news/")
