"""Mail at the desk as a whole: how many subscribe, what became of each digest's mail, how the list grows."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digests import growth, outbox
from digests.access import DeskRequest, editor_required
from digests.models import Delivery, Digest, Subscriber, Tally

SHOWN = 30  # digests


@editor_required
@require_safe
def overview(request: DeskRequest) -> HttpResponse:
    """Counts, the chart of growth, and the digests that went out."""
    digests = list(
        Digest.objects.filter(mailing__isnull=False).select_related("series", "mailing").order_by("-week_start")[:SHOWN]
    )
    tallies = Delivery.objects.filter(mailing__in=[digest.pk for digest in digests]).tallies()
    context = {
        "rows": [(digest, tallies.get(digest.pk, Tally())) for digest in digests],
        "states": Subscriber.objects.state_counts(),
        "chart": growth.chart(),
        "kept": outbox.is_in_use(),
    }
    return render(request, "digests/desk/mail/overview.html", context)
