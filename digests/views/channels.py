"""A digest's channels: where it went out to, what failed and why, and another try."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from digests import announcing
from digests.access import DeskRequest, editor_required, publisher_required
from digests.channels import channels
from digests.models import Posting
from digests.views.desk import find_digest
from tracker.weeks import Week


@editor_required
@require_safe
def board(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Each channel with what was sent to it of this digest, the latest first."""
    digest = find_digest(series, week)
    names = {channel.key: channel.name for channel in channels()}
    postings: dict[str, list[Posting]] = {key: [] for key in names}
    for posting in digest.postings.all():
        postings.setdefault(posting.channel, []).append(posting)
    rows = [(names.get(key, f"{key} (not set up any more)"), sent) for key, sent in postings.items()]
    context = {
        "digest": digest,
        "channels": rows,
        "is_moving": any(not one.is_over for _, sent in rows for one in sent),
    }
    return render(request, "digests/desk/channels.html", context)


@publisher_required
@require_POST
def try_again(request: DeskRequest, pk: int) -> HttpResponse:
    """Send what failed once more."""
    posting = get_object_or_404(Posting.objects.select_related("digest__series"), pk=pk)
    try:
        announcing.try_again(posting, editor=request.user)
        messages.success(request, "It is being sent once more.")
    except announcing.NotOver as error:
        messages.error(request, str(error))
    return redirect("channels", posting.digest.series.slug, posting.digest.week)
