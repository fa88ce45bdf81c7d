"""Publishing at the desk: now, at a time, not after all; and taking a digest back."""

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from digests import preflight, publishing
from digests.access import DeskRequest, publisher_required
from digests.export.document import build_document
from digests.forms import ScheduleForm
from digests.mailing import queueing
from digests.models import Delivery, Digest, Posting
from digests.views.choosing import refused
from digests.views.desk import find_digest
from digests.views.slips import find_problems
from tracker.errors import GalleyError
from tracker.weeks import Week

USUAL_HOUR = 7  # UTC: the time that is offered for a schedule


@publisher_required
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Say what publishing and scheduling will do; on POST publish."""
    digest = find_digest(series, week)
    if request.method != "POST":
        return _page(request, digest, ScheduleForm(initial={"at": _offered_time(digest)}, label_suffix=""))
    try:
        # Who came by the form's own page has said whether it is mailed; else the series does.
        wanted = "mail" in request.POST if request.POST.get("asked") == "mail" else None
        publishing.publish_digest(digest, editor=request.user, mail=wanted)
    except GalleyError as error:
        return refused(request, error, reverse("publish", args=[series, week]))
    messages.success(request, "Published. The digest is public now.")
    return redirect("galley", series=series, week=week)


@publisher_required
@require_POST
def schedule(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Have the digest published at the time named."""
    digest = find_digest(series, week)
    form = ScheduleForm(request.POST, label_suffix="")
    if form.is_valid():
        try:
            publishing.schedule_digest(digest, form.cleaned_data["at"], editor=request.user)
        except publishing.TimeIsPast as error:
            form.add_error("at", str(error))
        except GalleyError as error:
            return refused(request, error, reverse("publish", args=[series, week]))
        else:
            return redirect("publish", series=series, week=week)
    return _page(request, digest, form, status=400)


@publisher_required
@require_POST
def unschedule(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Stop the schedule."""
    try:
        publishing.unschedule_digest(find_digest(series, week), editor=request.user)
    except GalleyError as error:
        return refused(request, error, reverse("publish", args=[series, week]))
    messages.success(request, "Stopped. The digest is a draft again, and goes out when somebody says so.")
    return redirect("publish", series=series, week=week)


@publisher_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Say what taking the digest back will do; on POST do it."""
    digest = find_digest(series, week)
    if request.method == "POST":
        try:
            publishing.withdraw_digest(digest, editor=request.user)
        except publishing.NotPublished as error:
            return refused(request, error, reverse("galley", args=[series, week]))
        messages.success(request, "Taken back. The digest is a draft again, and the public can’t see it.")
        return redirect("galley", series=series, week=week)
    context = {
        "digest": digest,
        "mailed": Delivery.objects.filter(mailing=digest.pk).tally(),
        "posted": digest.postings.filter(state=Posting.State.DONE).exists(),
    }
    return render(request, "digests/desk/withdraw.html", context)


def _offered_time(digest: Digest) -> dt.datetime:
    """The time that it is scheduled for, else the next morning."""
    if digest.publish_at and not digest.is_missed:
        return digest.publish_at
    tomorrow = timezone.now() + dt.timedelta(days=1)
    return tomorrow.replace(hour=USUAL_HOUR, minute=0, second=0, microsecond=0)


def _page(request: DeskRequest, digest: Digest, form: ScheduleForm, status: int = 200) -> HttpResponse:
    digest = Digest.objects.with_contents().select_related("series", "scheduled_by").get(pk=digest.pk)
    document = build_document(digest)
    problems = preflight.by_kind(find_problems(digest))
    context = {
        "digest": digest,
        "document": document,
        "papers": sum(1 for _ in document.entries),
        "errors": [kind for kind in problems if kind[0].severity == preflight.Severity.ERROR],
        "warnings": [kind for kind in problems if kind[0].severity == preflight.Severity.WARNING],
        "outstanding": queueing.outstanding(digest).count(),
        "form": form,
        "earliest": timezone.now(),
    }
    return render(request, "digests/desk/publish.html", context, status=status)
