"""What readers will get, before they do: the page, and each file."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from digests.access import DeskRequest, editor_required
from digests.export import menu
from digests.export.document import build_document
from digests.models import Digest
from tracker.weeks import Week


@editor_required
@require_safe
def preview(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """The page as readers will see it, and the ways to what else they get."""
    digest = get_object_or_404(Digest.objects.of_week(week).with_contents(), series__slug=series)
    context = {"digest": digest, "document": build_document(digest), "export_menu": menu()}
    return render(request, "digests/desk/preview.html", context)
