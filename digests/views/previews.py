"""What readers will get, before they do: the page, the mail as HTML and as text, and each file."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from digests.access import DeskRequest, editor_required
from digests.export import menu
from digests.export.document import build_document
from digests.models import Digest
from tracker.weeks import Week


# The mail brings its own style along, so it stands in a frame with a policy of its own.
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its types know only views without arguments
@editor_required
@require_safe
def preview(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """The page as readers will see it, or where `as` says so their mail; and the ways to the files."""
    digest = get_object_or_404(Digest.objects.of_week(week).with_contents(), series__slug=series)
    shown = request.GET.get("as")
    context = {
        "digest": digest,
        "document": build_document(digest),
        "export_menu": menu(),
        "shown": shown if shown in ("mail", "text") else "page",
    }
    return render(request, "digests/desk/preview.html", context)
