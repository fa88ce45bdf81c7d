"""The map of a digest's week."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from digests.models import Digest
from digests.pictures.week_map import draw_map
from digests.views.reader.addresses import absolute
from tracker.weeks import Week


@require_safe
def week_map(request: HttpRequest, series: str, week: Week) -> HttpResponse:
    """Every paper of the week as a dot, placed by what it is about; the digest's own are named."""
    digest = get_object_or_404(Digest.objects.published().of_week(week).select_related("series"), series__slug=series)
    context = {
        "digest": digest,
        "map": draw_map(digest),
        "canonical_url": absolute(reverse("week_map", args=[series, week])),
    }
    return render(request, "digests/reader/week_map.html", context)
