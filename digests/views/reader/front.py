"""Where readers come in: the front page, and each series' own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from digests.export.document import build_document
from digests.models import Digest, Series
from digests.views.reader.addresses import absolute

EARLIER = 6  # of the digests before the newest, those named on the front page


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The newest digest of all series, the ones before it, and what this site is."""
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
        "earlier": published.select_related("series").with_paper_count()[1 : EARLIER + 1],
        "all_series": Series.objects.all(),
        "canonical_url": absolute(request.path),
    }
    return render(request, "digests/reader/home.html", context)
