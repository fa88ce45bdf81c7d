"""The desk's page of subscribers: find one, take lists in, give them out."""

import secrets
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from digests import subscriber_lists, subscriptions
from digests.access import DeskRequest, publisher_required
from digests.mail_forms import ImportForm
from digests.models import Subscriber
from tracker.errors import GalleyError

SHOWN = 50
_KEPT_FOR = 3600  # seconds between looking at an import's report and saying yes


@publisher_required
@require_safe
def subscribers(request: DeskRequest) -> HttpResponse:
    """The latest, or those whose address holds `?q=`."""
    return _page(request, ImportForm(label_suffix=""))


def _page(request: DeskRequest, form: ImportForm, status: int = 200, **more: Any) -> HttpResponse:
    asked = request.GET.get("q", "").strip()
    found = Subscriber.objects.order_by("-pk").prefetch_related("subscriptions__series", "subscriptions__topics")
    if asked:
        found = found.filter(email__icontains=asked)
    context = {"found": found[:SHOWN], "asked": asked, "form": form, **more}
    return render(request, "digests/desk/mail/subscribers.html", context, status=status)


@publisher_required
@require_POST
def take_in(request: DeskRequest) -> HttpResponse:
    """Say what an uploaded list would do; with the name that the report gave it, do it."""
    name = f"mail-import:{request.POST.get('kept', '')}"
    if kept := cache.get(name):
        cache.delete(name)
        form = ImportForm(kept, label_suffix="", has_text=True)
    else:
        form = ImportForm(request.POST, request.FILES, label_suffix="")
    if not form.is_valid():
        return _page(request, form, status=400)
    text = kept["text"] if kept else form.cleaned_data["file"]
    series, consent = form.cleaned_data["series"], form.cleaned_data["consent"]
    try:
        report = subscriber_lists.take_in(text, series, consent=consent, commit=bool(kept))
    except GalleyError as error:
        form.add_error(None, str(error))
        return _page(request, form, status=400)
    if kept:
        messages.success(request, f"Taken in: {report.counts[subscriber_lists.NEW]} subscribers of {series}.")
        return redirect("subscribers")
    key = secrets.token_urlsafe(16)
    cache.set(f"mail-import:{key}", {"text": text, "series": series.slug, "consent": consent}, _KEPT_FOR)
    return _page(request, form, report=report, kept=key, comers=report.counts[subscriber_lists.NEW])


@publisher_required
@require_safe
def give_out(request: DeskRequest) -> StreamingHttpResponse:
    """All subscribers as CSV."""
    name = f"subscribers-{timezone.now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(subscriber_lists.give_out(), content_type="text/csv; charset=utf-8", headers=headers)


@publisher_required
@require_POST
def change(request: DeskRequest, pk: int) -> HttpResponse:
    """Take somebody out for good, or let a suppressed address subscribe again: `to` says which."""
    subscriber = get_object_or_404(Subscriber, pk=pk)
    if request.POST.get("to") == "allow":
        subscriptions.allow(subscriber)
        messages.success(request, f"{subscriber} may subscribe again. It gets no mail before it does.")
    else:
        subscriptions.bar(subscriber)
        messages.success(request, f"{subscriber} gets no more mail, nor by an import.")
    return redirect("subscribers")
