"""What the site says of itself: to people on two pages, to search engines in two files."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from digests.attention import SOURCES
from digests.models import Series
from digests.views.reader.addresses import absolute


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """How papers are found, sorted, ranked and chosen."""
    context = {
        "all_series": Series.objects.prefetch_related("topics"),
        "signs": [(name, name in settings.ATTENTION) for name in SOURCES],
        "canonical_url": absolute(request.path),
    }
    return render(request, "digests/reader/about.html", context)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept of a reader, and for how long."""
    context = {
        "clicks_counted": Series.objects.filter(count_clicks=True).exists(),
        "canonical_url": absolute(request.path),
    }
    return render(request, "digests/reader/privacy.html", context)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Machines may read what everybody reads, but needn't search; the sitemap says what there is."""
    closed = [reverse("desk"), reverse("library"), reverse("search"), "/accounts/", "/admin/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {absolute(reverse('sitemap'))}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
