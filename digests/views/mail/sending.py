"""A digest's mail at the desk: what it looks like, whom it goes to, how far it is."""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from digests import dispatch
from digests.access import DeskRequest, editor_required, publisher_required
from digests.mail_forms import SegmentForm
from digests.mailing import queueing
from digests.mailing.letters import Slot
from digests.mailing.press import Press, print_sheet
from digests.models import Delivery, Digest, Mailing, Tally
from digests.views.choosing import refused
from tracker.errors import GalleyError
from tracker.weeks import Week

SHOWN = 50  # of those that failed or are unknown


def _find(series: str, week: Week) -> Digest:
    return get_object_or_404(Digest.objects.of_week(week).select_related("series", "mailing"), series__slug=series)


def _mailing(digest: Digest) -> Mailing | None:
    return getattr(digest, "mailing", None)


@editor_required
@require_safe
def mail(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Everything about the digest's mail on one page."""
    return _page(request, _find(series, week), SegmentForm(label_suffix=""))


def _page(request: DeskRequest, digest: Digest, form: SegmentForm, status: int = 200) -> HttpResponse:
    troubled = Delivery.objects.filter(
        mailing=digest.pk, state__in=[Delivery.State.UNKNOWN, Delivery.State.FAILED]
    ).select_related("subscriber")
    context = {
        **_progress(digest),
        "outstanding": queueing.outstanding(digest).count(),
        "form": form,
        "troubled": troubled.order_by("-state", "pk")[:SHOWN],
        "clicks": digest.link_clicks.order_by("-count", "url")[:SHOWN],
        "choices": Press(Digest.objects.with_contents().get(pk=digest.pk)).document.sections,
    }
    return render(request, "digests/desk/mail/mail.html", context, status=status)


def _progress(digest: Digest) -> dict[str, Any]:
    mailing = _mailing(digest)
    tally = mailing.deliveries.tally() if mailing else Tally()
    return {"digest": digest, "mailing": mailing, "tally": tally}


@editor_required
@require_safe
def progress(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """How far the sending is: what its part of the page asks for while it goes on."""
    digest = _find(series, week)
    if not request.htmx:
        return redirect("digest_mail", series=series, week=week)
    return render(request, "digests/desk/mail/_progress.html", _progress(digest))


@publisher_required
@require_POST
def send(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Queue the mail, to a segment or to all who have none yet."""
    digest = _find(series, week)
    form = SegmentForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, digest, form, status=400)
    try:
        count = dispatch.send(digest, form.segment(), by=request.user)
    except GalleyError as error:
        return refused(request, error, reverse("digest_mail", args=[series, week]))
    messages.success(request, f"Queued for {count} subscriber{'' if count == 1 else 's'}.")
    return redirect("digest_mail", series=series, week=week)


@publisher_required
@require_POST
def pause(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Stop sending, or go on: `on` says which."""
    digest = _find(series, week)
    mailing = _mailing(digest)
    if mailing is not None:
        verb = dispatch.resume if request.POST.get("on") == "0" else dispatch.pause
        verb(mailing, by=request.user)
    if request.htmx:
        return render(request, "digests/desk/mail/_progress.html", _progress(_find(series, week)))
    return redirect("digest_mail", series=series, week=week)


@publisher_required
@require_POST
def try_again(request: DeskRequest, pk: int) -> HttpResponse:
    """Queue one again that failed or is unknown."""
    delivery = get_object_or_404(Delivery.objects.select_related("mailing__digest__series"), pk=pk)
    digest = delivery.mailing.digest
    try:
        dispatch.try_again(delivery, by=request.user)
    except dispatch.NotUndone as error:
        return refused(request, error, reverse("digest_mail", args=[digest.series.slug, digest.week]))
    messages.success(request, "Queued again.")
    return redirect("digest_mail", series=digest.series.slug, week=digest.week)


@editor_required
@require_POST
def test(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Mail the digest to oneself."""
    digest = get_object_or_404(Digest.objects.of_week(week).with_contents(), series__slug=series)
    try:
        dispatch.send_test(digest, to=request.user)
    except GalleyError as error:
        return refused(request, error, reverse("digest_mail", args=[series, week]))
    messages.success(request, f"A test mail is on its way to {request.user.email}.")
    return redirect("digest_mail", series=series, week=week)


# A mail brings its own style along. It may show nothing else, and run nothing.
@csp_replace(  # type: ignore[arg-type]  # its types know only views without arguments
    {"script-src": [NONE], "style-src": [UNSAFE_INLINE], "sandbox": ["allow-popups"], "frame-ancestors": [SELF]}
)
@xframe_options_sameorigin  # the desk's preview frames it
@editor_required
@require_safe
def preview(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """The mail as it would go out now: `?only=2` for who chose the second section alone, `?as=text` for its text."""
    digest = get_object_or_404(Digest.objects.of_week(week).with_contents(), series__slug=series)
    press = Press(digest)
    only = request.GET.get("only", "")
    numbers = press.choice(None)
    choice = tuple(number for number in numbers if str(number) == only) if only else numbers
    sheet = print_sheet(press.document, choice)
    text = sheet.text if request.GET.get("as") == "text" else sheet.html
    for slot in Slot:
        text = text.replace(slot, "ada@example.org" if slot == Slot.ADDRESS else "#")
    kind = "text/plain" if request.GET.get("as") == "text" else "text/html"
    return HttpResponse(text, content_type=f"{kind}; charset=utf-8")
