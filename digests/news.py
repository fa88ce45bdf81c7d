"""What is new of what a reader follows: papers of authors, papers under topics, what searches find."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.utils import timezone

from digests.models import Entry, Follow
from digests.search import ask
from tracker.models import Authorship, Paper
from tracker.query import parse_query
from tracker.search import How

WEEKS_BACK = 8
ITEMS_AT_MOST = 200


@dataclass
class NewsItem:
    """One paper with the reasons why it is in a reader's news, the instant it came, and the entry that has it."""

    paper: Paper
    came_at: dt.datetime
    entry: Entry | None = None
    reasons: list[str] = field(default_factory=list)


def news_of(reader: User) -> list[NewsItem]:
    """The last eight weeks' news of what the reader follows, the newest first, each paper once; at most 200.

    A followed author's paper comes when arXiv announced it, and so does one with all the words of a followed search;
    an entry under a followed topic comes when its digest was published.
    """
    follows = list(Follow.objects.filter(reader=reader).select_related("author", "topic__series"))
    since = timezone.now() - dt.timedelta(weeks=WEEKS_BACK)
    items: dict[int, NewsItem] = {}
    for paper, came_at, entry, reason in [
        *_by_authors(follows, since),
        *_under_topics(follows, since),
        *_by_searches(follows, since),
    ]:
        item = items.setdefault(paper.pk, NewsItem(paper, came_at))
        item.came_at = max(item.came_at, came_at)
        item.entry = item.entry or entry
        item.reasons.append(reason)
    newest = sorted(items.values(), key=lambda item: (item.came_at, item.paper.arxiv_id), reverse=True)
    return newest[:ITEMS_AT_MOST]


_Found = tuple[Paper, dt.datetime, Entry | None, str]


def _by_authors(follows: Iterable[Follow], since: dt.datetime) -> Iterable[_Found]:
    authors = {one.author_id: one.author for one in follows if one.author}
    if not authors:
        return
    written = (
        Authorship.objects.filter(author__in=authors, paper__announced_on__gte=since.date(), paper__withdrawn=False)
        .select_related("paper", "author")
        .order_by("-paper__announced_on", "-paper__arxiv_id", "position")[:ITEMS_AT_MOST]
    )
    names: dict[int, list[str]] = defaultdict(list)
    papers: dict[int, Paper] = {}
    for authorship in written:
        papers[authorship.paper_id] = authorship.paper
        names[authorship.paper_id].append(authorship.author.name)
    for key, paper in papers.items():
        yield paper, announced_at(paper), None, f"by {' and '.join(names[key])}"


def announced_at(paper: Paper) -> dt.datetime:
    """The listing day as an instant: its midnight in UTC, which is after arXiv's evening announcement began it."""
    assert paper.announced_on is not None
    return dt.datetime.combine(paper.announced_on, dt.time(), dt.UTC)


def _under_topics(follows: Iterable[Follow], since: dt.datetime) -> Iterable[_Found]:
    topics = {one.topic_id for one in follows if one.topic_id}
    if not topics:
        return
    entries = (
        Entry.objects.published()
        .filter(digest__published_at__gte=since, section__topic__in=topics)
        .select_related("paper", "digest__series", "section")
        .order_by("-digest__published_at")[:ITEMS_AT_MOST]
    )
    for entry in entries:
        assert entry.digest.published_at is not None
        yield entry.paper, entry.digest.published_at, entry, f"under {entry.section.title}"


def _by_searches(follows: Iterable[Follow], since: dt.datetime) -> Iterable[_Found]:
    """By words alone: whatever is near in meaning is near all the time, and so is no news."""
    recent = Paper.objects.filter(announced_on__gte=since.date(), withdrawn=False)
    reasons: dict[int, list[str]] = defaultdict(list)
    for query in (one.query for one in follows if one.query):
        answer = ask(parse_query(query), within=recent, by_meaning=False)
        if answer.how is not How.ANY:  # papers with only some of the words weren't asked for
            for hit in answer.hits:
                reasons[hit.paper_id].append(f"found by “{query}”")
    for paper in Paper.objects.filter(pk__in=reasons).order_by("-announced_on", "-arxiv_id")[:ITEMS_AT_MOST]:
        for reason in reasons[paper.pk]:
            yield paper, announced_at(paper), None, reason
