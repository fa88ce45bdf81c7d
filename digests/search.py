"""Search as readers meet it: the corpus and everything ever digested, each hit with its reasons and marked words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from digests.markdown import to_plain
from digests.models import Candidate, Digest, Entry
from tracker import search as corpus
from tracker import tex
from tracker.models import Paper, PaperQuerySet, first_authors_of
from tracker.query import Facet, Query, parse_query
from tracker.search import Answer, Hit, How
from tracker.search.passages import Piece, Sought, marked, passage
from tracker.words import Word

_AUTHORS_READ = 50
_AUTHORS_SHOWN = 4


@dataclass(frozen=True)
class Wish:
    """What a reader filled in: the search box and the filters beside it, as they were typed."""

    text: str = ""
    topic: str = ""
    category: str = ""
    first_week: str = ""
    last_week: str = ""
    in_digest: bool = False

    @property
    def query(self) -> Query:
        """All of it as one query."""
        query = parse_query(self.text)
        weeks = f"week:{self.first_week}..{self.last_week}" if self.first_week or self.last_week else ""
        topic, category = (f'{name}:"{value}"' if value else "" for name, value in self._named)
        beside = parse_query(f"{topic} {category} {weeks}")
        return replace(
            query,
            categories=(*query.categories, *beside.categories),
            filters=(*query.filters, *beside.filters),
            notices=(*query.notices, *beside.notices),
        )

    @property
    def as_typed(self) -> str:
        """All of it as one would type it into the box alone, but for “in a digest”, which has no word."""
        filters = [f'{name}:"{value}"' if " " in value else f"{name}:{value}" for name, value in self._named if value]
        weeks = [f"week:{self.first_week}..{self.last_week}"] if self.first_week or self.last_week else []
        return " ".join([*self.text.split(), *filters, *weeks])

    @property
    def _named(self) -> tuple[tuple[str, str], tuple[str, str]]:
        return ("topic", self.topic), ("cat", self.category)


@dataclass(frozen=True)
class Shown:
    """One hit as it is shown. Pieces are plain text."""

    paper: Paper
    title: list[Piece]
    passage: list[Piece]
    is_summary: bool  # the passage is of an editor's summary, not of the abstract
    authors: list[str]
    more_authors: bool
    reasons: list[str]
    entry: Entry | None  # the newest that the public may see


def ask(
    query: Query, *, in_digest: bool = False, within: PaperQuerySet | None = None, by_meaning: bool = True
) -> Answer:
    """The papers that answer the query, with its filters by topic; of all, or of those `within`."""
    if in_digest:
        papers = Paper.objects.all() if within is None else within
        within = papers.filter(pk__in=Entry.objects.published().order_by().values("paper"))
    for negative in (False, True):
        for slug in query.values(Facet.TOPIC, negative=negative):
            papers = Paper.objects.all() if within is None else within
            within = papers.exclude(pk__in=_under(slug)) if negative else papers.filter(pk__in=_under(slug))
    return corpus.search(query, within=within, by_meaning=by_meaning)


def _under(slug: str) -> "QuerySet[Any, Any]":
    """Papers that published digests put under the topic: their entries, and those sorted there in their weeks.

    Their keys in one set: of three conditions, either of which will do, PostgreSQL would ask for every paper.
    """
    weeks = Candidate.objects.filter(digest__status=Digest.Status.PUBLISHED).order_by()
    decided = weeks.filter(decided_topic__slug=slug)
    suggested = weeks.filter(decided_topic=None, suggested_topic__slug=slug)
    entries = Entry.objects.published().order_by().filter(section__topic__slug=slug)
    return entries.values("paper").union(decided.values("paper"), suggested.values("paper"))


def shown(query: Query, answer: Answer, hits: Sequence[Hit]) -> list[Shown]:
    """Some of an answer's hits, for a page of them. Three queries."""
    keys = [hit.paper_id for hit in hits]
    papers = Paper.objects.prefetch_related(first_authors_of(_AUTHORS_READ)).in_bulk(keys)
    entries = _newest_entries(keys)
    sought = Sought.of(query, half_typed=answer.how is How.HALF_TYPED)
    return [
        _shown(hit, papers[hit.paper_id], entries.get(hit.paper_id), sought) for hit in hits if hit.paper_id in papers
    ]


def _newest_entries(keys: Iterable[int]) -> dict[int, Entry]:
    published = Entry.objects.filter(paper__in=keys).published().with_number().select_related("digest__series")
    newest: dict[int, Entry] = {}
    for entry in published:
        newest.setdefault(entry.paper_id, entry)
    return newest


@dataclass(frozen=True)
class _Text:
    """A text of a paper and where it holds what was sought."""

    name: str
    text: str
    hits: list[Word]


def _shown(hit: Hit, paper: Paper, entry: Entry | None, sought: Sought) -> Shown:
    title = _text("title", tex.to_unicode(paper.title), sought)
    abstract = _text("abstract", tex.to_unicode(paper.abstract), sought)
    summary = _text("editor’s summary", to_plain(entry.summary) if entry else "", sought)
    names = [tex.to_unicode(authorship.author.name) for authorship in paper.first_authorships]  # type: ignore[attr-defined]
    best = summary if _distinct(summary) > _distinct(abstract) or not abstract.text else abstract
    return Shown(
        paper=paper,
        title=marked(title.text, title.hits),
        passage=passage(best.text, best.hits),
        is_summary=best is summary,
        authors=names[:_AUTHORS_SHOWN],
        more_authors=len(names) > _AUTHORS_SHOWN,
        reasons=list(_reasons(hit, (title, abstract, summary), [name for name in names if sought.hits(name)])),
        entry=entry,
    )


def _text(name: str, text: str, sought: Sought) -> _Text:
    return _Text(name, text, sought.hits(text))


def _distinct(text: _Text) -> int:
    return len({word.stem for word in text.hits})


def _reasons(hit: Hit, texts: Sequence[_Text], authors: Sequence[str]) -> Iterable[str]:
    """Why it is an answer, from what it holds."""
    if authors:
        yield f"by {' and '.join(authors[:_AUTHORS_SHOWN])}"
    if places := [text.name for text in texts if text.hits]:
        yield f"your words in the {' and the '.join(places)}" if hit.by_words else f"some words in the {places[0]}"
    if hit.similarity is not None:
        yield f"near in meaning ({hit.similarity:.0%})"
