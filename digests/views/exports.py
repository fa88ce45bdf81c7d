"""Digests as files: downloads of published ones for everybody, of drafts for the desk."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from digests import export_tasks
from digests.access import DeskRequest, editor_required
from digests.export import Export, ExportBusy, ExportUnavailable, UnknownFormat, export_digest, find_format, is_at_hand
from digests.export.document import build_document
from digests.export.thread import LENGTH, LONGEST, SHORTEST
from digests.models import Digest
from digests.models.digests import DigestQuerySet
from tracker.weeks import Week

_RETRY_AFTER = 5  # seconds


@require_safe
def export(request: HttpRequest, series: str, week: Week, format_name: str) -> HttpResponse:
    """A published digest as a file. A draft is nothing to the public: Http404, as for a week without a digest."""
    return _file(request, Digest.objects.published(), series, week, format_name)


@editor_required
@require_safe
def export_draft(request: DeskRequest, series: str, week: Week, format_name: str) -> HttpResponse:
    """Any digest as a file; a draft's says that it is one."""
    response = _file(request, Digest.objects.all(), series, week, format_name)
    response["Cache-Control"] = "private, no-cache"
    return response


def _file(request: HttpRequest, digests: DigestQuerySet, series: str, week: Week, format_name: str) -> HttpResponse:
    try:
        form = find_format(format_name)
    except UnknownFormat as error:
        raise Http404(str(error)) from error
    digest = get_object_or_404(digests.of_week(week).with_contents(), series__slug=series)
    if not is_at_hand(build_document(digest), form):
        export_tasks.ask_for_file(digest, form.key)
        return _not_now(request, ExportBusy(f"This {form.name} is being made: load the page again in a minute."))
    try:
        made = export_digest(digest, format_name, post_length=_post_length(request))
    except (ExportUnavailable, ExportBusy) as error:
        return _not_now(request, error)
    return _download(made)


def _post_length(request: HttpRequest) -> int:
    """`?length=` of a thread's posts, where it makes sense."""
    asked = request.GET.get("length", "")
    return min(max(int(asked), SHORTEST), LONGEST) if asked.isdecimal() and len(asked) < 7 else LENGTH


def _download(made: Export) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=made.filename)
    return HttpResponse(made.content, content_type=made.content_type, headers={"Content-Disposition": disposition})


def _not_now(request: HttpRequest, error: ExportUnavailable | ExportBusy) -> HttpResponse:
    """A page that says why there is no file, and when to ask again where that helps."""
    response = render(request, "digests/export/not_now.html", {"sentence": str(error)}, status=503)
    if isinstance(error, ExportBusy):
        response["Retry-After"] = str(_RETRY_AFTER)
    return response
