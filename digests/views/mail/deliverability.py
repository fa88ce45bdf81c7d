"""The desk's page on whether mail arrives: DNS records, the large mailboxes' rules, where bounces come in."""

import datetime as dt

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from digests import deliverability
from digests.access import DeskRequest, editor_required
from digests.models import Delivery


@editor_required
@require_safe
def page(request: DeskRequest) -> HttpResponse:
    """Asks the DNS as it is opened, for some seconds at most."""
    checks = deliverability.records()
    lately = Delivery.objects.filter(settled_at__gte=timezone.now() - dt.timedelta(days=30), state="sent")
    complained = lately.filter(complained_at__isnull=False).count()
    context = {
        "host": deliverability.sender_host(),
        "sender": settings.DEFAULT_FROM_EMAIL,
        "provider": deliverability.provider(),
        "checks": checks,
        "rules": deliverability.rules(checks, sent=lately.count(), complained=complained),
        "events_address": settings.SITE_URL + reverse("mail_events"),
        "has_secret": bool(settings.ANYMAIL.get("WEBHOOK_SECRET")),
    }
    return render(request, "digests/desk/mail/deliverability.html", context)
