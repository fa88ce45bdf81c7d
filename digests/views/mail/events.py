"""Where a mail provider tells what became of mails: delivered, bounced, complained about."""

import logging
import re
from typing import Any

import anymail.urls
from anymail.signals import EventType, tracking
from django.conf import settings
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digests import subscriptions
from digests.deliverability import provider
from digests.mailing import bounces
from digests.models import Delivery, Subscriber

logger = logging.getLogger(__name__)

_OUR_MESSAGE_ID = re.compile(r"<?(\d+)\.([\w-]+)@")
_SOFT = re.compile(r"soft|transient|temporary|mailbox.?full|quota", re.IGNORECASE)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def events(request: HttpRequest) -> HttpResponseBase:
    """Hands what the provider of EMAIL_URL tells to anymail, which checks its password and signature.

    Without MAIL_WEBHOOK_SECRET nobody could tell a provider from a stranger, so nothing is taken.
    """
    views = {pattern.name: pattern.callback for pattern in anymail.urls.urlpatterns}
    view = views.get(f"{provider()}_tracking_webhook")
    if view is None or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    answer: HttpResponseBase = view(request)
    return answer


# The one way in which anymail hands events on.
@receiver(tracking)
def heed(sender: object, event: Any, esp_name: str, **_: Any) -> None:
    """Note what became of one mail. Heard twice it counts once, but for soft bounces."""
    subscriber = Subscriber.objects.of_email(event.recipient or "").first()
    if subscriber is None:
        return
    delivery = _delivery(subscriber, event)
    told = " ".join(str(event.mta_response or event.description or event.reject_reason or event.event_type).split())
    match event.event_type:
        case EventType.DELIVERED:
            bounces.arrived(subscriber)
        case EventType.BOUNCED | EventType.REJECTED:
            bounces.bounced(subscriber, delivery, for_good=not _is_soft(event), detail=told)
        case EventType.COMPLAINED:
            bounces.complained(subscriber, delivery, detail=told)
        case EventType.UNSUBSCRIBED:
            subscriptions.leave(subscriber, how=esp_name)


def _delivery(subscriber: Subscriber, event: Any) -> Delivery | None:
    """The mail that the event is of, by the provider's name of it or by ours."""
    name = str(event.message_id or "")
    own = _OUR_MESSAGE_ID.match(name)
    found = Delivery.objects.filter(subscriber=subscriber)
    return found.filter(pk=own[1]).first() if own else found.filter(provider_id=name).exclude(provider_id="").first()


def _is_soft(event: Any) -> bool:
    """Whether the mailbox may take the next mail. Providers say so each in its own words."""
    told = event.esp_event if isinstance(event.esp_event, dict) else {}
    kind = told.get("Type") or told.get("bounceType") or (told.get("bounce") or {}).get("bounceType")
    if kind is not None:
        return _SOFT.search(str(kind)) is not None
    if "hard_bounce" in told:
        return not told["hard_bounce"]
    response = str(event.mta_response or "")
    return response.startswith("4") or _SOFT.search(f"{event.description or ''} {response}") is not None
