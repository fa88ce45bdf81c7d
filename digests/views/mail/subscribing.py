"""Subscribing by mail: the form, and what may be done by the links in mails, without an account or a cookie."""

import ipaddress
import json
from dataclasses import dataclass
from typing import Self

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digests import outbox, subscriptions
from digests.access import DeskRequest, reader_required
from digests.mail_forms import SubscribeForm, new_stamp
from digests.mailing import tokens
from digests.mailing.addresses import normalise
from digests.models import Series, Subscriber
from digests.subscriptions import Source, Wish
from tracker.errors import GalleyError

MOST_BYTES = 10_000  # of a request to the API
TOO_OFTEN = "Too many requests came from your network. Try again in an hour."


class BadRequest(GalleyError):
    """The API was asked for something that it can't read."""


@dataclass(frozen=True)
class ApiRequest:
    """An address and its wishes, as the API takes them."""

    email: str
    wishes: list[Wish]

    @classmethod
    def read(cls, body: bytes) -> Self:
        """Raises BadRequest, NotAnAddress."""
        try:
            told = json.loads(body[:MOST_BYTES].replace(rb"\u0000", b""))  # PostgreSQL has no NUL
            email, series = normalise(str(told["email"])), told.get("series")
            wanted = {str(slug): [str(topic) for topic in topics or ()] for slug, topics in (series or {}).items()}
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadRequest('Send JSON like {"email": "ada@example.org", "series": {"llm": []}}.') from error
        found = Series.objects.prefetch_related("topics")
        chosen = list(found.filter(slug__in=wanted) if wanted else found)
        if len(chosen) < max(1, len(wanted)):
            raise BadRequest("One of the series doesn’t exist.")
        wishes = [Wish.from_json(one, {"topics": wanted.get(one.slug, [])}) for one in chosen]
        if any(len(wish.topics) < len(wanted.get(wish.series.slug, [])) for wish in wishes):
            raise BadRequest("One of the topics doesn’t exist.")
        return cls(email, wishes)


def visitor_ip(request: HttpRequest) -> str:
    return str(get_adapter().get_client_ip(request))


def is_allowed(request: HttpRequest) -> bool:
    """Whether the visitor's network may ask once more. IPv6 gives every household a /56 of its own."""
    ip = ipaddress.ip_address(visitor_ip(request))
    network = ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False)
    return ratelimit.consume(request, action="mail_network", key=str(network))


def is_patient(request: HttpRequest, email: str) -> bool:
    """Whether one more mail may be sent to the address because somebody asks. Whoever asks isn't told."""
    return ratelimit.consume(request, action="mail_address", key=email.lower())


# Subscribing only asks the address, by mail, so a forged request gains nothing, and no page needs a cookie for it.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """The form. Sent without its stamp, from the foot of any page, it opens with the address filled in."""
    all_series = list(Series.objects.prefetch_related("topics"))
    if request.method != "POST" or "stamp" not in request.POST:
        email = request.POST.get("email", "") or own_address(request)
        form = SubscribeForm(all_series=all_series, initial={"email": email})
        return _form_page(request, form)
    form = SubscribeForm(request.POST, all_series=all_series)
    if not form.is_valid():
        return _form_page(request, form, status=400)
    if not is_allowed(request):
        form.add_error(None, TOO_OFTEN)
        return _form_page(request, form, status=429)
    if not form.is_trapped and is_patient(request, form.cleaned_data["email"]):
        source = Source("page", visitor_ip(request))
        subscriptions.subscribe(form.cleaned_data["email"], form.wishes(), source=source)
    return redirect("subscribe_sent")


def _form_page(request: HttpRequest, form: SubscribeForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "stamp": new_stamp(), "wording": subscriptions.WORDINGS[subscriptions.WORDING]}
    return render(request, "digests/subscribe/subscribe.html", context, status=status)


def own_address(request: HttpRequest) -> str:
    """The address that whoever is signed in has proved to be theirs; empty where there is none."""
    if not request.user.is_authenticated:
        return ""
    return EmailAddress.objects.filter(user=request.user, verified=True).values_list("email", flat=True).first() or ""


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The same for everybody: look into your mail."""
    return render(request, "digests/subscribe/sent.html", {"kept": outbox.is_in_use()})


@csrf_exempt
@require_POST
def api(request: HttpRequest) -> HttpResponse:
    """The same for other sites' forms: `{"email": …, "series": {"llm": ["topic", …]}}`; no topics means all.

    Answers 202 whether the address is known or not, and like the form only asks the address.
    """
    try:
        told = ApiRequest.read(request.body)
    except GalleyError as error:
        return JsonResponse({"error": str(error)}, status=400)
    if not is_allowed(request):
        return JsonResponse({"error": TOO_OFTEN}, status=429)
    if is_patient(request, told.email):
        subscriptions.subscribe(told.email, told.wishes, source=Source("api", visitor_ip(request)))
    return JsonResponse({"state": "asked"}, status=202)


@reader_required
@require_safe
def my_mail(request: DeskRequest) -> HttpResponse:
    """From an account to the settings of its proved address, or to the form where it gets no mail yet."""
    subscriber = Subscriber.objects.of_email(own_address(request)).filter(state=Subscriber.State.CONFIRMED).first()
    return redirect(tokens.settings_path(subscriber.handle) if subscriber else reverse("subscribe"))
