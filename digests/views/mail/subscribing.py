"""Subscribing by mail: the form, and what may be done by the links in mails, without an account or a cookie."""

import ipaddress

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from digests import outbox, subscriptions
from digests.access import DeskRequest, reader_required
from digests.mail_forms import SubscribeForm, new_stamp
from digests.mailing import tokens
from digests.models import Series, Subscriber
from digests.subscriptions import Source

TOO_OFTEN = "Too many requests came from your network. Try again in an hour."


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
        email = request.POST.get("email", "") or _own_address(request)
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


def _own_address(request: HttpRequest) -> str:
    if not request.user.is_authenticated:
        return ""
    return EmailAddress.objects.filter(user=request.user, verified=True).values_list("email", flat=True).first() or ""


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The same for everybody: look into your mail."""
    return render(request, "digests/subscribe/sent.html", {"kept": outbox.is_in_use()})


@reader_required
@require_safe
def my_mail(request: DeskRequest) -> HttpResponse:
    """From an account to the settings of its proved address, or to the form where it gets no mail yet."""
    subscriber = Subscriber.objects.of_email(_own_address(request)).filter(state=Subscriber.State.CONFIRMED).first()
    return redirect(tokens.settings_link(subscriber.handle) if subscriber else reverse("subscribe"))
