"""What may become of a published digest: small corrections, and a look at papers that arXiv changed since."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from digests import publishing
from digests.access import DeskRequest, editor_required, publisher_required
from digests.forms import CorrectEntryForm, CorrectFrontForm
from digests.models import Digest, Entry
from digests.versions import Change, compare
from digests.views.choosing import refused
from digests.views.desk import find_digest
from tracker.errors import GalleyError
from tracker.models import PaperVersion
from tracker.weeks import Week

FLAGS = 10  # a page: each carries two abstracts


@dataclass(frozen=True)
class Flag:
    """A published entry whose paper arXiv changed: what it was, what it is, and a sentence to tell readers."""

    entry: Entry
    title: list[Change]
    abstract: list[Change]

    @property
    def offer(self) -> str:
        paper = self.entry.paper
        if paper.withdrawn:
            return "The authors have withdrawn this paper since."
        return f"The paper is now in version {paper.version}; the summary speaks of version {self.seen_version}."

    @property
    def seen_version(self) -> int:
        return self.entry.seen_version  # type: ignore[attr-defined]  # annotated by changed_since


# Papers that changed


@editor_required
@require_safe
def changes(request: DeskRequest) -> HttpResponse:
    """Published papers of which arXiv has a newer version, or which were withdrawn, and that nobody has looked at."""
    kept = Prefetch("paper__earlier_versions", PaperVersion.objects.order_by("version"), to_attr="kept_versions")
    found = Entry.objects.changed_since().select_related("digest__series", "paper").with_number().prefetch_related(kept)
    page = Paginator(found.order_by("-digest__week_start", "pk"), FLAGS).get_page(request.GET.get("page"))
    return render(request, "digests/desk/changes.html", {"page": page, "flags": [_flag(entry) for entry in page]})


def _flag(entry: Entry) -> Flag:
    paper, seen = entry.paper, entry.seen_version  # type: ignore[attr-defined]  # annotated by changed_since
    before = next((one for one in paper.kept_versions if one.version >= seen), None)  # type: ignore[attr-defined]
    if before is None:  # a withdrawal in the same version
        return Flag(entry, [], [])
    return Flag(entry, compare(before.title, paper.title), compare(before.abstract, paper.abstract))


@publisher_required
@require_POST
def settle(request: DeskRequest, pk: int) -> HttpResponse:
    """Say that a change needs no correction."""
    entry = get_object_or_404(Entry.objects.select_related("paper"), pk=pk)
    try:
        publishing.settle_change(entry, editor=request.user)
    except GalleyError as error:
        return refused(request, error, reverse("changes"))
    messages.success(request, "Seen. It comes up again if arXiv changes the paper once more.")
    return redirect("changes")


# Corrections


@publisher_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct_entry(request: DeskRequest, pk: int) -> HttpResponse:
    """Change a published entry's words, and tell readers."""
    entry = get_object_or_404(Entry.objects.select_related("digest__series", "paper", "section"), pk=pk)
    stored = {"heading": entry.heading, "summary": entry.summary, "revision": entry.revision}
    offered = {"told": request.GET.get("told", "")[:500]}
    form = CorrectEntryForm(request.POST or None, initial=stored | offered, label_suffix="")
    if form.is_valid():
        try:
            publishing.correct_entry(entry, **form.cleaned_data, editor=request.user)
            return _corrected(request, entry.digest)
        except publishing.EditClash as clash:
            return _page(request, entry.digest, form, entry=entry, clash=clash, status=409)
        except GalleyError as error:
            form.add_error(None, str(error))
    return _page(request, entry.digest, form, entry=entry, status=400 if form.errors else 200)


@publisher_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct_front(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """The same for what stands around the entries."""
    digest = find_digest(series, week)
    stored = {name: getattr(digest, name) for name in ("headline", "subtitle", "intro", "sign_off", "revision")}
    form = CorrectFrontForm(request.POST or None, initial=stored, label_suffix="")
    if form.is_valid():
        try:
            publishing.correct_front(digest, **form.cleaned_data, editor=request.user)
            return _corrected(request, digest)
        except publishing.EditClash as clash:
            return _page(request, digest, form, clash=clash, status=409)
        except GalleyError as error:
            form.add_error(None, str(error))
    entries = digest.entries.with_slips()
    return _page(request, digest, form, entries=entries, status=400 if form.errors else 200)


def _corrected(request: DeskRequest, digest: Digest) -> HttpResponse:
    messages.success(request, "Corrected, and told on the page. Mail that was sent stays as it was.")
    return redirect("galley", series=digest.series.slug, week=digest.week)


def _page(request: DeskRequest, digest: Digest, form: Any, *, status: int, **more: Any) -> HttpResponse:
    context = {"digest": digest, "form": form, **more}
    return render(request, "digests/desk/correct.html", context, status=status)
