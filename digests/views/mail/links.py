"""What the links in mails lead to: confirm, settings, leave. The signed link is the permission; GET changes nothing."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digests import subscriptions
from digests.mail_forms import AddressForm, WishesForm
from digests.mailing import clicks, tokens
from digests.mailing.tokens import BadLink, ExpiredLink, Purpose
from digests.models import Digest, Note, Series, Subscriber
from digests.views.mail.subscribing import TOO_OFTEN, is_allowed, is_patient, visitor_ip

PAUSES = {"4": "four weeks", "8": "eight weeks", "13": "three months"}  # by weeks

_P = ParamSpec("_P")
_View = Callable[Concatenate[HttpRequest, str, _P], HttpResponse]


def _by_link(view: _View[_P]) -> _View[_P]:
    """For views that a signed link alone opens: no cookie, no cache, no search engine, and nothing told to others."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def opened(request: HttpRequest, token: str, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
        try:
            answer = view(request, token, *args, **kwargs)
        except (BadLink, ExpiredLink) as error:
            status = 410 if isinstance(error, ExpiredLink) else 404
            answer = render(request, "digests/subscribe/bad_link.html", {"error": error}, status=status)
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["X-Robots-Tag"] = "noindex"
        return answer

    return opened


@_by_link
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The button that makes a subscription; programs that open every link of a mail don't press it."""
    note = Note.objects.filter(pk=tokens.read(Purpose.CONFIRM, token)).select_related("subscriber").first()
    if note is None:
        raise BadLink("This request has been deleted. Subscribe again if you still want the roundups.")
    if request.method != "POST":
        names = Series.objects.filter(slug__in=note.wanted).values_list("name", flat=True)
        return render(request, "digests/subscribe/confirm.html", {"names": names, "address": note.subscriber.email})
    try:
        subscriber = subscriptions.confirm(note, ip=visitor_ip(request))
    except subscriptions.RequestGone as error:
        return render(request, "digests/subscribe/bad_link.html", {"error": error}, status=410)
    messages.success(request, "You are subscribed. Here you can choose more finely, now or later.")
    return redirect(tokens.settings_path(subscriber.handle))


def _owner(token: str) -> Subscriber:
    """Whose settings the link opens. Raises BadLink, ExpiredLink."""
    subscriber = Subscriber.objects.filter(handle=tokens.read(Purpose.SETTINGS, token)).first()
    if subscriber is None:
        raise BadLink("Nothing is held about this address any more.")
    return subscriber


@_by_link
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """What is sent, and everything that can be done about it."""
    subscriber = _owner(token)
    all_series = list(Series.objects.prefetch_related("topics"))
    found = subscriber.subscriptions.select_related("first_topic").prefetch_related("topics")
    has = {subscription.series_id: subscription for subscription in found}
    form = WishesForm(request.POST or None, all_series=all_series, has=has)
    if request.method == "POST" and subscriber.state == Subscriber.State.CONFIRMED and form.is_valid():
        subscriptions.choose(subscriber, form.wishes())
        messages.success(request, "Saved.")
        return redirect("mail_settings", token)
    context = {"subscriber": subscriber, "form": form, "token": token, "pauses": PAUSES}
    status = 400 if form.errors else 200
    return render(request, "digests/subscribe/settings.html", context, status=status)


@_by_link
@require_POST
def pause(request: HttpRequest, token: str) -> HttpResponse:
    """Pause for some weeks; without a number of weeks, go on again."""
    subscriber = _owner(token)
    weeks = request.POST.get("weeks", "")
    if weeks in PAUSES:
        subscriptions.pause(subscriber, timezone.now() + dt.timedelta(weeks=int(weeks)))
        messages.success(request, f"Paused for {PAUSES[weeks]}. It goes on by itself.")
    else:
        subscriptions.pause(subscriber, None)
        messages.success(request, "It goes on.")
    return redirect("mail_settings", token)


@_by_link
@require_POST
def leave_all(request: HttpRequest, token: str) -> HttpResponse:
    """Leave every series."""
    subscriptions.leave(_owner(token), how="settings", ip=visitor_ip(request))
    return render(request, "digests/subscribe/left.html", {})


@_by_link
@require_safe
def data(request: HttpRequest, token: str) -> HttpResponse:
    """All that is held about the address."""
    held = subscriptions.what_we_hold(_owner(token))
    return JsonResponse(held, json_dumps_params={"indent": 2, "ensure_ascii": False})


@_by_link
@require_POST
def delete(request: HttpRequest, token: str) -> HttpResponse:
    """Delete the address and all that is held about it."""
    subscriptions.delete(_owner(token))
    return render(request, "digests/subscribe/left.html", {"deleted": True})


@_by_link
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Leave one series: by the button of the page, or by the mail program's own (RFC 8058), which posts here."""
    handle, _, digest_id = tokens.read(Purpose.LEAVE, token).partition(".")
    subscriber = Subscriber.objects.filter(handle=handle).first()
    digest = Digest.objects.filter(pk=digest_id).select_related("series").first()
    series = digest.series if digest else None  # where the digest is gone, leaving means all
    if request.method == "POST" and subscriber is not None:
        how = "one click" if request.POST.get("List-Unsubscribe") == "One-Click" else "page"
        subscriptions.leave(subscriber, series, how=how, ip=visitor_ip(request), digest=digest)
    elif subscriber is not None and subscriber.subscriptions.filter(**({"series": series} if series else {})).exists():
        return render(request, "digests/subscribe/leave.html", {"series": series, "address": subscriber.email})
    return render(request, "digests/subscribe/left.html", {"series": series})


@_by_link
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """On to where a link of a mail leads. Counting it is the one thing that a GET of this site writes."""
    return HttpResponseRedirect(clicks.count_click(token))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def send_link(request: HttpRequest) -> HttpResponse:
    """Mail somebody the link to their settings. The answer is the same whether the address is known or not."""
    form = AddressForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        if not is_allowed(request):
            form.add_error(None, TOO_OFTEN)
        else:
            if is_patient(request, form.cleaned_data["email"]):
                subscriptions.send_settings(form.cleaned_data["email"])
            return redirect("subscribe_sent")
    return render(request, "digests/subscribe/send_link.html", {"form": form}, status=400 if form.errors else 200)
