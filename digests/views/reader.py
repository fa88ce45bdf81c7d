"""The public pages: home, a series' archive, a digest and its downloads, a paper."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tracker.weeks import Week


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    raise NotImplementedError


@require_safe
def series(request: HttpRequest, series: str) -> HttpResponse:
    raise NotImplementedError


@require_safe
def digest(request: HttpRequest, series: str, week: Week) -> HttpResponse:
    raise NotImplementedError


@require_safe
def canonical_digest(request: HttpRequest, series: str, week: Week) -> HttpResponse:
    raise NotImplementedError


@require_safe
def export(request: HttpRequest, series: str, week: Week, format_name: str) -> HttpResponse:
    raise NotImplementedError


@require_safe
def paper(request: HttpRequest, arxiv_id: str) -> HttpResponse:
    raise NotImplementedError
