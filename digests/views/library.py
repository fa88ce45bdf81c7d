"""A reader's library: papers saved, read, tagged and noted, taken along and left behind."""

import datetime as dt
import json
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digests import library, subscriptions
from digests.access import DeskRequest, reader_required
from digests.library_files import FILES
from digests.models import SavedPaper, Subscriber, Tag
from digests.views.mail.subscribing import own_address
from tracker import tex
from tracker.errors import GalleyError
from tracker.models import Paper

ROWS = 25
MARKS_AT_MOST = 1_000_000  # bytes of a browser's marks


class UnreadableMarks(GalleyError):
    """What a browser sent isn't a list of marks."""


@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """The saved papers: a reader's own, or for a stranger those that the browser keeps."""
    if not request.user.is_authenticated:
        return render(request, "digests/library/browser.html")
    return _shelf(request)


def _shelf(request: HttpRequest, **more: Any) -> HttpResponse:
    saved = SavedPaper.objects.of(request.user)  # type: ignore[arg-type]  # asked for signed-in readers only
    words = request.GET.get("q", "").strip()[:200]
    tag = request.GET.get("tag", "").strip()
    unread = "unread" in request.GET
    found = saved.holding(words)
    if tag:
        found = found.tagged(tag)
    if unread:
        found = found.unread()
    context = {
        "page": Paginator(found.with_rows(), ROWS).get_page(request.GET.get("page")),
        "tags": Tag.objects.filter(reader=request.user.pk),
        "words": words,
        "tag": tag,
        "unread": unread,
        "has_any": bool(words or tag or unread) and saved.exists(),
        "files": FILES,
        **more,
    }
    return render(request, "digests/library/shelf.html", context)


# Marks


@reader_required
@require_POST
def save(request: DeskRequest, arxiv_id: str) -> HttpResponse:
    """Save the paper, or with `on=0` remove it."""
    paper = get_object_or_404(Paper, arxiv_id=arxiv_id)
    on = _wants_on(request)
    if on:
        try:
            library.save_paper(paper, reader=request.user)
        except GalleyError as error:
            return _refused(request, error)
    else:
        library.remove_paper(paper, reader=request.user)
    return _marked(request, on, f"{'Saved' if on else 'Removed'}: {tex.to_unicode(paper.title)}")


@reader_required
@require_POST
def read(request: DeskRequest, arxiv_id: str) -> HttpResponse:
    """Mark the paper as read, or with `on=0` as unread."""
    paper = get_object_or_404(Paper, arxiv_id=arxiv_id)
    on = _wants_on(request)
    (library.mark_read if on else library.mark_unread)(paper, reader=request.user)
    return _marked(request, on, f"Marked as {'read' if on else 'unread'}: {tex.to_unicode(paper.title)}")


@reader_required
@require_POST
def remove(request: DeskRequest, arxiv_id: str) -> HttpResponse:
    """Take a paper off the shelf, and offer to put it back with its note and tags."""
    saved = get_object_or_404(_own(request, arxiv_id))
    removed = {
        "paper": saved.paper,
        "note": saved.note,
        "tags": ", ".join(tag.name for tag in saved.tags.all()),
        "saved_at": saved.saved_at.isoformat(),
    }
    library.remove_paper(saved.paper, reader=request.user)
    return _shelf(request, removed=removed)


@reader_required
@require_POST
def restore(request: DeskRequest, arxiv_id: str) -> HttpResponse:
    """Put a paper back that was removed just now."""
    paper = get_object_or_404(Paper, arxiv_id=arxiv_id)
    try:
        saved = library.save_paper(paper, reader=request.user, at=_instant(request.POST.get("saved_at", "")))
        library.annotate(saved, note=request.POST.get("note", ""), tags=request.POST.get("tags", ""))
    except GalleyError as error:
        messages.error(request, str(error))
    return redirect("library")


@reader_required
@require_POST
def annotate(request: DeskRequest, arxiv_id: str) -> HttpResponse:
    """Store a note and tags."""
    saved = get_object_or_404(_own(request, arxiv_id))
    note, tags = request.POST.get("note", ""), request.POST.get("tags", "")
    try:
        library.annotate(saved, note=note, tags=tags)
    except GalleyError as error:  # what was typed stays in the form
        typed = {"paper": saved.paper_id, "note": note, "tags": tags, "error": str(error)}
        return _shelf(request, typed=typed)
    messages.success(request, f"Kept: {tex.to_unicode(saved.paper.title)}")
    return HttpResponseRedirect(came_from(request))


def _own(request: DeskRequest, arxiv_id: str) -> Any:
    own = SavedPaper.objects.filter(reader=request.user, paper__arxiv_id=arxiv_id)
    return own.select_related("paper", "reader").prefetch_related("tags")


def _wants_on(request: DeskRequest) -> bool:
    return request.POST.get("on", "1") != "0"


def _wants_json(request: DeskRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _marked(request: DeskRequest, on: bool, done: str) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"on": on})
    messages.success(request, done)
    return HttpResponseRedirect(came_from(request))


def _refused(request: DeskRequest, error: GalleyError) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": str(error)}, status=409)
    messages.error(request, str(error))
    return HttpResponseRedirect(came_from(request))


def came_from(request: DeskRequest) -> str:
    """The page that a form was on, if it says so and is ours."""
    here = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(here, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return here
    return reverse("library")


# What the browser and the library tell each other


@reader_required
@require_POST
def visit(request: DeskRequest) -> JsonResponse:
    """Note that the reader is here; tells when the visit before this one ended."""
    last = library.note_visit(request.user).previous_visit_at
    return JsonResponse({"last_visit": last.isoformat() if last else None})


@reader_required
@require_POST
def merge(request: DeskRequest) -> JsonResponse:
    """Add what the browser kept before its reader signed in: `{"saved": {id: instant}, "read": {id: instant}}`."""
    try:
        sent = _sent_marks(request)
        merged = library.merge_marks(sent["saved"], sent["read"], reader=request.user)
    except UnreadableMarks as error:
        return JsonResponse({"error": str(error)}, status=400)
    except library.LibraryFull as error:
        return JsonResponse({"error": str(error)}, status=409)
    return JsonResponse({"saved": merged.saved, "read": merged.read, "unknown": merged.unknown})


def _sent_marks(request: DeskRequest) -> dict[str, dict[str, dt.datetime]]:
    """The marks, an instant that makes no sense taken for now. Raises UnreadableMarks."""
    try:
        sent = json.loads(request.body[: MARKS_AT_MOST + 1])
        kinds = {kind: dict(sent.get(kind, {})) for kind in ("saved", "read")}
    except (ValueError, TypeError, AttributeError):
        raise UnreadableMarks("The marks of this browser can’t be read, so none was added.") from None
    return {kind: {str(arxiv_id): _instant(at) for arxiv_id, at in of.items()} for kind, of in kinds.items()}


def _instant(text: object) -> dt.datetime:
    now = timezone.now()
    try:
        found = parse_datetime(str(text))
    except ValueError:
        return now
    return min(found, now) if found and timezone.is_aware(found) else now


# Taking along, leaving


@reader_required
@require_safe
def export(request: DeskRequest, form: str) -> HttpResponse:
    """The whole library as a file."""
    if form not in FILES:
        raise Http404("A library comes as BibTeX, CSV or JSON.")
    file = FILES[form]
    saved = list(SavedPaper.objects.of(request.user).with_rows())
    disposition = content_disposition_header(as_attachment=True, filename=f"galley-library.{form}")
    return HttpResponse(file.write(saved), content_type=file.content_type, headers={"Content-Disposition": disposition})


@reader_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_account(request: DeskRequest) -> HttpResponse:
    """Ask whether the account shall go with everything it keeps, and let it go."""
    if request.method == "POST":
        if request.POST.get("sure") != "delete":
            messages.error(request, "Nothing was deleted. Type “delete” into the field if you are sure.")
            return redirect("delete_account")
        address = own_address(request)
        try:
            with transaction.atomic():
                library.delete_account(request.user)
                for subscriber in Subscriber.objects.of_email(address):
                    subscriptions.delete(subscriber)
        except library.WorksAtTheDesk as error:
            messages.error(request, str(error))
            return redirect("delete_account")
        logout(request)
        messages.success(request, "Your account and everything it kept is deleted.")
        return redirect("home")
    counts = {
        "saved": SavedPaper.objects.filter(reader=request.user).count(),
        "follows": request.user.follows.count(),
        "gets_mail": Subscriber.objects.of_email(own_address(request)).exists(),
    }
    return render(request, "digests/library/delete_account.html", counts)
