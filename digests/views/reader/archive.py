"""What was published so far: a series' archive, and a topic through the weeks."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from digests.models import Digest, Entry, Series, Topic
from digests.pictures.shares import draw_shares
from digests.views.reader.addresses import absolute
from digests.views.reader.paging import page_address, page_of


@require_safe
def archive(request: HttpRequest, series: str) -> HttpResponse:
    """Every published digest of a series, and how its topics' shares of the weeks' papers moved."""
    found = get_object_or_404(Series.objects.prefetch_related("topics"), slug=series)
    published = Digest.objects.published().filter(series=found).with_paper_count()
    digests = list(published.select_related("series", "picture").defer("picture__points"))
    context = {
        "series": found,
        "digests": digests,
        "shares": draw_shares(list(found.topics.all()), digests),
        "canonical_url": absolute(request.path),
    }
    return render(request, "digests/reader/archive.html", context)


@require_safe
def topic(request: HttpRequest, series: str, topic: str) -> HttpResponse:
    """What a topic's sections held, the newest digest first."""
    found = get_object_or_404(Topic.objects.select_related("series"), series__slug=series, slug=topic)
    entries = Entry.objects.published().under(found)
    page = page_of(request, entries)
    context = {
        "topic": found,
        "topics": found.series.topics.all(),
        "page": page,
        "canonical_url": page_address(request, page),
    }
    return render(request, "digests/reader/topic.html", context)
