"""The addresses of feeds. Readers of feeds come often: what hasn't changed is neither written nor sent again."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from digests.kept_feeds import Address, feed_version, kept_feed
from digests.models import Series, Topic

KINDS = {"digests": False, "papers": True}
FORMATS = {"atom": "application/atom+xml; charset=utf-8", "json": "application/feed+json; charset=utf-8"}


@require_safe
def series_feed(request: HttpRequest, series: str, kind: str, form: str) -> HttpResponseBase:
    """A series' digests or papers, as Atom or as JSON Feed."""
    return _feed(request, get_object_or_404(Series, slug=series), None, kind, form)


@require_safe
def topic_feed(request: HttpRequest, series: str, topic: str, kind: str, form: str) -> HttpResponseBase:
    """What a topic's sections held."""
    found = get_object_or_404(Topic.objects.select_related("series"), series__slug=series, slug=topic)
    return _feed(request, found.series, found, kind, form)


def _feed(request: HttpRequest, series: Series, topic: Topic | None, kind: str, form: str) -> HttpResponseBase:
    if kind not in KINDS or form not in FORMATS:
        raise Http404("There is no such feed.")
    address = Address(series, topic, KINDS[kind], form == "json", request.path)
    version = feed_version(address)
    etag = quote_etag(version)
    known = get_conditional_response(request, etag=etag)
    if known is not None:
        return known
    kept = kept_feed(address, version)
    response = HttpResponse(kept.body, content_type=FORMATS[form])
    response.headers["ETag"] = etag
    response.headers["Last-Modified"] = http_date(kept.since)
    return get_conditional_response(request, etag=etag, last_modified=kept.since, response=response) or response
