"""The addresses of feeds. Readers of feeds come often: what hasn't changed isn't sent again."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from digests.feeds import feed_of, to_atom, to_json_feed
from digests.models import Series, Topic

KINDS = {"digests": False, "papers": True}
FORMATS = ("atom", "json")


@require_safe
def series_feed(request: HttpRequest, series: str, kind: str, form: str) -> HttpResponse:
    """A series' digests or papers, as Atom or as JSON Feed."""
    return _feed(request, get_object_or_404(Series, slug=series), None, kind, form)


@require_safe
def topic_feed(request: HttpRequest, series: str, topic: str, kind: str, form: str) -> HttpResponse:
    """What a topic's sections held."""
    found = get_object_or_404(Topic.objects.select_related("series"), series__slug=series, slug=topic)
    return _feed(request, found.series, found, kind, form)


def _feed(request: HttpRequest, series: Series, topic: Topic | None, kind: str, form: str) -> HttpResponse:
    if kind not in KINDS or form not in FORMATS:
        raise Http404("There is no such feed.")
    feed = feed_of(series, topic, by_paper=KINDS[kind], url=request.path)
    response: HttpResponse
    if form == "atom":
        response = HttpResponse(to_atom(feed), content_type="application/atom+xml; charset=utf-8")
    else:
        response = JsonResponse(to_json_feed(feed), content_type="application/feed+json; charset=utf-8")
    response.headers["Last-Modified"] = http_date(feed.updated_at.timestamp())
    return response
