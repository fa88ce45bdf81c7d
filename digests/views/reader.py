"""The public pages: home, a series' archive, a digest and its downloads, a paper."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from digests.export import FORMATS, UnknownFormat, export_digest
from digests.export.document import build_document
from digests.models import Digest, Entry, Series
from tracker.models import Paper
from tracker.taxonomy import CATEGORIES
from tracker.weeks import Week

MANY_AUTHORS = 30  # more are folded behind the first ones, so that the abstract stays in sight
FIRST_AUTHORS = 20
ANNOUNCED_HOW = {
    Paper.AnnouncedBy.LISTING: "from arXiv’s listing",
    Paper.AnnouncedBy.SCHEDULE: "by arXiv’s schedule",
    Paper.AnnouncedBy.NEIGHBOURS: "held by moderation: dated by the papers with neighbouring ids",
}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The newest digest of all series, and every published one by year."""
    return _front(request, None)


@require_safe
def series(request: HttpRequest, series: str) -> HttpResponse:
    """The same for one series."""
    return _front(request, get_object_or_404(Series, slug=series))


def _front(request: HttpRequest, only: Series | None) -> HttpResponse:
    published = Digest.objects.published()
    if only is not None:
        published = published.filter(series=only)
    latest = published.with_contents().first()
    context = {
        "series": only,
        "latest": latest,
        "document": latest and build_document(latest),
        "archive": published.select_related("series").with_paper_count(),
        "all_series": Series.objects.all(),
        "canonical_url": settings.SITE_URL + request.path,
    }
    return render(request, "digests/reader/home.html", context)


@require_safe
def digest(request: HttpRequest, series: str, week: Week) -> HttpResponse:
    """One published digest, in full."""
    digest = _published(series, week)
    others = Digest.objects.published().select_related("series")
    context = {
        "digest": digest,
        "document": build_document(digest),
        "formats": FORMATS,
        "previous": others.before(digest).first(),
        "next": others.after(digest).first(),
        "canonical_url": settings.SITE_URL + digest.get_absolute_url(),
    }
    return render(request, "digests/reader/digest.html", context)


@require_safe
def canonical_digest(request: HttpRequest, series: str, week: Week) -> HttpResponse:
    """From another way of writing the week to its one address."""
    return redirect("digest", series, week, permanent=True)


@require_safe
def export(request: HttpRequest, series: str, week: Week, format_name: str) -> HttpResponse:
    """A published digest as a file."""
    digest = _published(series, week)
    try:
        made = export_digest(digest, format_name)
    except UnknownFormat as error:
        raise Http404(str(error)) from error
    disposition = content_disposition_header(as_attachment=True, filename=made.filename)
    return HttpResponse(made.content, content_type=made.content_type, headers={"Content-Disposition": disposition})


def _published(series: str, week: Week) -> Digest:
    """A draft is nothing to the public: Http404, as for a week that has no digest."""
    return get_object_or_404(Digest.objects.published().of_week(week).with_contents(), series__slug=series)


@require_safe
def paper(request: HttpRequest, arxiv_id: str) -> HttpResponse:
    """One paper: what arXiv tells of it, and the digests it appeared in."""
    paper = get_object_or_404(Paper.objects.prefetch_related("categories", "authorships__author"), arxiv_id=arxiv_id)
    authors = [authorship.author.name for authorship in paper.authorships.all()]
    open_to = len(authors) if len(authors) <= MANY_AUTHORS else FIRST_AUTHORS
    context = {
        "paper": paper,
        "authors": authors[:open_to],
        "more_authors": authors[open_to:],
        "categories": _named_categories(paper),
        "dois": paper.doi.split(),
        "announced_how": ANNOUNCED_HOW.get(Paper.AnnouncedBy(paper.announced_by)) if paper.announced_by else "",
        "entries": Entry.objects.filter(paper=paper)
        .published()
        .with_number()
        .select_related("digest__series", "section"),
        "canonical_url": settings.SITE_URL + request.path,
    }
    return render(request, "digests/reader/paper.html", context)


@require_safe
def paper_version(request: HttpRequest, arxiv_id: str, version: int) -> HttpResponse:
    """From one version's id to the paper, which stands at the latest."""
    return redirect("paper", arxiv_id, permanent=True)


def _named_categories(paper: Paper) -> list[dict[str, object]]:
    """Code and name of each category, the primary one first."""
    codes = sorted((c.code for c in paper.categories.all()), key=lambda code: (code != paper.primary_category, code))
    return [
        {"code": code, "name": CATEGORIES.get(code, code), "primary": code == paper.primary_category} for code in codes
    ]
