"""Leading from addresses with a slug that a series or topic once had to where it is now."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from digests.models import FormerSlug


class FormerSlugs:
    """Middleware: where nothing is found under an address of the public, try what its slugs became."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and request.method in ("GET", "HEAD"):
            path = _now_at(request.path)
            if path != request.path:
                query = request.META.get("QUERY_STRING", "")
                return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
        return response


def _now_at(path: str) -> str:
    """The path with each former slug replaced by the present one: `/series/…` and `/series/topics/topic/…`."""
    parts = path.split("/")
    if len(parts) < 3:
        return path
    former = FormerSlug.objects.filter(slug=parts[1], topic=None).select_related("series").first()
    if former:
        parts[1] = former.series.slug
    if parts[2] == "topics" and len(parts) > 3:
        topics = FormerSlug.objects.filter(series__slug=parts[1], slug=parts[3], topic__isnull=False)
        if found := topics.select_related("topic").first():
            assert found.topic is not None
            parts[3] = found.topic.slug
    return "/".join(parts)
