"""The read-only API: JSON at /api/, described by OpenAPI and by a page of its own."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_safe

from digests.api import docs
from digests.api.operations import api
from digests.api.problems import problem, read_only

__all__ = ["app_name", "urlpatterns"]


def nothing_here(request: HttpRequest, rest: str) -> HttpResponse:
    """An address that the API doesn't have."""
    return problem(404, "The API has no such address. /api/ lists those that it has.")


def _operations() -> list[URLPattern]:
    patterns, _, _ = api.urls
    known = [pattern for pattern in patterns if isinstance(pattern, URLPattern) and pattern.name != "api-root"]
    for pattern in known:
        pattern.callback = read_only(pattern.callback)
    return known


app_name = "api"
urlpatterns = [
    path("", require_safe(docs.page), name="api-root"),  # the name by which ninja finds its addresses' beginning
    *_operations(),
    re_path(r"^(?P<rest>[\s\S]+)$", read_only(nothing_here), name="nothing"),  # line breaks and all
]
