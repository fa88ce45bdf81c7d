"""What one may ask the API for: everything that is public, and nothing can be changed."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Path, Query
from ninja.throttling import AnonRateThrottle

from digests.api import answers
from digests.api.problems import DescribedApi, NotKnown, tell_problems
from digests.api.schemas import (
    AnswerOut,
    DigestOut,
    EntryOut,
    FullDigestOut,
    FullPaperOut,
    Paged,
    PaperOut,
    Problem,
    SeriesOut,
    SimilarOut,
)
from digests.models import Digest, Entry, Series
from digests.search import Wish, ask, shown
from tracker.models import Paper
from tracker.search import similar_papers
from tracker.weeks import MalformedWeek, Week

DESCRIPTION = (
    "Everything that Galley publishes, to read: its series and digests, the papers it knows, search, and papers like a"
    " paper. Nobody needs an account or a key. Answers carry an ETag; whoever asks too often is told by Retry-After how"
    " long to wait. Papers' metadata is arXiv's and CC0; summaries belong to their editors."
)

throttle = AnonRateThrottle(settings.API_RATE)
api = DescribedApi(
    title="Galley", version="1", description=DESCRIPTION, docs_url=None, urls_namespace="api", throttle=[throttle]
)
tell_problems(api)

PageNumber = Annotated[int, Query(ge=1, le=10_000, description="Which page.")]
PageSize = Annotated[int, Query(ge=1, le=100, description="How many to a page.")]
Slug = Annotated[str, Path(max_length=100, description="The series' slug.")]
WeekName = Annotated[str, Query(max_length=10, description="An ISO week.", examples=["2023-W47"])]
ArxivId = Annotated[str, Path(max_length=40, description="An arXiv id without version.", examples=["2311.12983"])]

_PROBLEMS = {404: Problem, 422: Problem, 429: Problem}


def _get(address: str, answer: type, name: str, tag: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a read of `address` that answers with `answer`, or with a problem."""
    return api.get(address, response={200: answer, **_PROBLEMS}, url_name=name, tags=[tag])


@_get("/series", Paged[SeriesOut], "all_series", "Digests")
def all_series(request: HttpRequest, page: PageNumber = 1, page_size: PageSize = 25) -> dict[str, Any]:
    """All series with their topics."""
    return _paged(request, Series.objects.prefetch_related("topics"), page, page_size, answers.series_out)


@_get("/series/{slug}", SeriesOut, "one_series", "Digests")
def one_series(request: HttpRequest, slug: Slug) -> SeriesOut:
    """One series with its topics."""
    return answers.series_out(_series(slug))


@_get("/series/{slug}/digests", Paged[DigestOut], "digests", "Digests")
def digests(request: HttpRequest, slug: Slug, page: PageNumber = 1, page_size: PageSize = 25) -> dict[str, Any]:
    """The published digests of a series, the newest first."""
    published = Digest.objects.published().filter(series=_series(slug)).select_related("series").with_paper_count()
    return _paged(request, published, page, page_size, answers.digest_out)


@_get("/series/{slug}/digests/{week}", FullDigestOut, "one_digest", "Digests")
def one_digest(
    request: HttpRequest, slug: Slug, week: Annotated[str, Path(max_length=10, description="Its ISO week.")]
) -> FullDigestOut:
    """One published digest with all that stands in it."""
    published = Digest.objects.published().of_week(_week(week)).filter(series=_series(slug))
    digest = published.with_paper_count().with_contents().first()
    if digest is None:
        raise NotKnown(f"There is no digest of {slug} for {week}.")
    return answers.full_digest_out(digest)


@_get("/entries", Paged[EntryOut], "entries", "Digests")
def entries(
    request: HttpRequest,
    series: Annotated[str, Query(max_length=100, description="A series' slug.")] = "",
    topic: Annotated[str, Query(max_length=100, description="A topic's slug.")] = "",
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> dict[str, Any]:
    """Papers in published digests with what was written of them, the newest digest first."""
    found = Entry.objects.published().order_by("-digest__week_start", "digest", "section__position", "position", "pk")
    if series:
        found = found.filter(digest__series__slug=series)
    if topic:
        found = found.filter(section__topic__slug=topic)
    rows = found.with_number().select_related("digest__series", "section")
    return _page(request, rows, found.count(), page, page_size, answers.entries_out)


@_get("/papers", Paged[PaperOut], "papers", "Papers")
def papers(
    request: HttpRequest,
    category: Annotated[str, Query(max_length=40, description="A category of arXiv's.", examples=["cs.CL"])] = "",
    week: WeekName = "",
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> dict[str, Any]:
    """The papers that Galley knows, the newest first."""
    found = Paper.objects.all()
    if week:
        found = found.announced_in(_week(week))
    if category:
        found = found.in_categories([category])
    newest = answers.with_lists(found.newest_first())
    return _paged(request, newest, page, page_size, answers.paper_out)


@_get("/papers/{path:arxiv_id}/similar", list[SimilarOut], "similar", "Papers")
def similar(
    request: HttpRequest,
    arxiv_id: ArxivId,
    limit: Annotated[int, Query(ge=1, le=50, description="How many at most.")] = 10,
) -> list[SimilarOut]:
    """The papers nearest to one in meaning, with what they share."""
    return answers.similar_out(similar_papers(_paper(arxiv_id), limit))


@_get("/papers/{path:arxiv_id}", FullPaperOut, "one_paper", "Papers")
def one_paper(request: HttpRequest, arxiv_id: ArxivId) -> FullPaperOut:
    """One paper."""
    return answers.full_paper_out(_paper(arxiv_id))


@_get("/search", AnswerOut, "search", "Search")
def search(
    request: HttpRequest,
    q: Annotated[str, Query(max_length=2_000, description="What is looked for, as in the site's search box.")] = "",
    topic: Annotated[str, Query(max_length=100, description="A topic's slug.")] = "",
    category: Annotated[str, Query(max_length=40, description="A category of arXiv's.")] = "",
    first_week: WeekName = "",
    last_week: WeekName = "",
    in_digest: Annotated[bool, Query(description="Only papers in published digests.")] = False,
    page: PageNumber = 1,
    page_size: PageSize = 25,
) -> dict[str, Any]:
    """Papers by words and by meaning, the best first, each with its reasons."""
    wish = Wish(q, topic.replace('"', ""), category.replace('"', ""), first_week, last_week, in_digest)
    query = wish.query
    answer = ask(query, in_digest=in_digest)
    hits = answer.hits[(page - 1) * page_size : page * page_size]
    told = _page(request, [], len(answer.hits), page, page_size, list)
    return told | {
        "results": answers.hits_out(shown(query, answer, hits)),
        "total": answer.total,
        "notices": list(query.notices),
        "by_meaning": not answer.without_meaning,
    }


def _series(slug: str) -> Series:
    series = Series.objects.prefetch_related("topics").filter(slug=slug).first()
    if series is None:
        raise NotKnown(f"There is no series “{slug}”.")
    return series


def _week(text: str) -> Week:
    try:
        return Week.parse(text)
    except MalformedWeek as error:
        raise NotKnown(str(error)) from error


def _paper(arxiv_id: str) -> Paper:
    paper = answers.with_lists(Paper.objects.filter(arxiv_id=arxiv_id)).first()
    if paper is None:
        raise NotKnown(f"Galley doesn’t know the paper “{arxiv_id}”.")
    return paper


def _paged(
    request: HttpRequest, rows: "QuerySet[Any]", page: int, size: int, told: Callable[[Any], object]
) -> dict[str, Any]:
    return _page(request, rows, rows.count(), page, size, lambda some: [told(row) for row in some])


def _page(
    request: HttpRequest,
    rows: "QuerySet[Any] | Sequence[Any]",
    count: int,
    page: int,
    size: int,
    told: Callable[[Sequence[Any]], Iterable[object]],
) -> dict[str, Any]:
    start = (page - 1) * size
    return {
        "count": count,
        "next": _address(request, page + 1) if start + size < count else None,
        "previous": _address(request, page - 1) if page > 1 else None,
        "results": list(told(list(rows[start : start + size]))),
    }


def _address(request: HttpRequest, page: int) -> str:
    parameters = {**request.GET.dict(), "page": str(page)}
    return f"{settings.SITE_URL}{request.path}?{urlencode(parameters)}"
