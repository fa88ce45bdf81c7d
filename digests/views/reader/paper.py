"""One paper, and an author's papers."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from digests.export.citations import CITATION_FORMATS, citation_of, to_words
from digests.models import Entry
from digests.views.reader.addresses import absolute
from digests.views.reader.paging import page_address, page_of
from tracker.models import Author, Paper, authors_of
from tracker.search import similar_papers
from tracker.taxonomy import CATEGORIES

MANY_AUTHORS = 30  # more are folded behind the first ones, so that the abstract stays in sight
FIRST_AUTHORS = 20
ANNOUNCED_HOW = {
    Paper.AnnouncedBy.LISTING: "from arXiv’s listing",
    Paper.AnnouncedBy.SCHEDULE: "by arXiv’s schedule",
    Paper.AnnouncedBy.NEIGHBOURS: "held by moderation: dated by the papers with neighbouring ids",
}


@require_safe
def paper(request: HttpRequest, arxiv_id: str) -> HttpResponse:
    """One paper: what arXiv tells of it, how to cite it, and the digests it appeared in."""
    paper = get_object_or_404(Paper.objects.prefetch_related("categories", authors_of()), arxiv_id=arxiv_id)
    authors = [authorship.author for authorship in paper.authorships.all()]
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
        "similar": similar_papers(paper),
        "reference": to_words([citation_of(paper)]),
        "citation_formats": CITATION_FORMATS.values(),
        "canonical_url": absolute(request.path),
    }
    return render(request, "digests/reader/paper.html", context)


@require_safe
def citation(request: HttpRequest, arxiv_id: str, suffix: str) -> HttpResponse:
    """How to cite the paper, as a file."""
    form = next((form for form in CITATION_FORMATS.values() if form.suffix == suffix), None)
    if form is None:
        raise Http404(f"“{suffix}” is no form of citation.")
    paper = get_object_or_404(Paper.objects.prefetch_related(authors_of()), arxiv_id=arxiv_id)
    filename = f"{arxiv_id.replace('/', '-')}.{form.suffix}"
    disposition = content_disposition_header(as_attachment=True, filename=filename)
    written = form.write([citation_of(paper)])
    return HttpResponse(written, content_type=form.content_type, headers={"Content-Disposition": disposition})


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


@require_safe
def author(request: HttpRequest, name: str) -> HttpResponse:
    """What somebody of that name wrote, the newest first, with the digests that took it up."""
    author = get_object_or_404(Author, name=name)
    page = page_of(request, Paper.objects.by_author(author).defer("abstract"))
    entries = (
        Entry.objects.filter(paper__in=page.object_list).published().with_number().select_related("digest__series")
    )
    taken_up: dict[int, list[Entry]] = {}
    for entry in entries:
        taken_up.setdefault(entry.paper_id, []).append(entry)
    context = {
        "author": author,
        "page": page,
        "rows": [(paper, taken_up.get(paper.pk, [])) for paper in page.object_list],
        "canonical_url": page_address(request, page),
    }
    return render(request, "digests/reader/author.html", context)
