"""The desk's second half: the galley, where the digest is written, looked over and published."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from digests import preflight, publishing
from digests.access import DeskRequest, editor_required, is_publisher
from digests.export import menu
from digests.export.document import build_document
from digests.forms import EntryForm, FrontForm, PlaceForm
from digests.models import Candidate, Digest, Entry
from digests.views.choosing import decide_by, refused
from tracker.errors import GalleyError
from tracker.weeks import Week

FRONT = ("headline", "subtitle", "intro", "sign_off", "revision")


@dataclass
class Slip:
    """One entry as the galley shows it: the row, its verdict, and what its form holds.

    Where a save met another editor's, `clash` carries theirs, and `heading` and `text` are one's own.
    """

    entry: Entry
    candidate: Candidate | None
    heading: str
    text: str
    clash: publishing.EditClash | None = None
    error: str = ""
    saved: bool = False

    @property
    def is_proposed(self) -> bool:
        return self.candidate is not None and self.candidate.verdict == Candidate.Verdict.UNDECIDED

    @property
    def shows_draft(self) -> bool:
        """Whether the form holds the machine's draft, which nobody has taken yet."""
        return not self.entry.summary and self.text == self.entry.draft_summary != ""


def _slips(digest: Digest, **which: Any) -> list[Slip]:
    """The entries in their order, each with its number and verdict."""
    entries = list(digest.entries.filter(**which).with_slips())
    candidates = digest.candidates.filter(paper__in=[entry.paper_id for entry in entries])
    by_paper = {candidate.paper_id: candidate for candidate in candidates}
    return [
        Slip(entry, by_paper.get(entry.paper_id), entry.heading, entry.summary or entry.draft_summary)
        for entry in entries
    ]


# The page and its parts


@editor_required
@require_safe
def galley(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """The digest as it stands, to be written."""
    digest = _find(series, week)
    return _galley(request, digest, removed=_removed(request, digest))


@editor_required
@require_safe
def preview(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """The page as readers will see it."""
    digest = get_object_or_404(Digest.objects.of_week(week).with_contents(), series__slug=series)
    context = {"digest": digest, "document": build_document(digest), "export_menu": menu()}
    return render(request, "digests/desk/preview.html", context)


def _find(series: str, week: Week) -> Digest:
    return get_object_or_404(Digest.objects.of_week(week).select_related("series"), series__slug=series)


def _removed(request: DeskRequest, digest: Digest) -> Candidate | None:
    """The paper that was taken out just now, for the offer to put it back."""
    key = request.GET.get("removed", "")
    if not key.isdecimal():
        return None
    return digest.candidates.filter(pk=int(key)).exclude(verdict="picked").select_related("paper").first()


def _address(digest: Digest, anchor: str = "") -> str:
    return reverse("galley", args=[digest.series.slug, digest.week]) + (f"#{anchor}" if anchor else "")


def _galley(
    request: DeskRequest,
    digest: Digest,
    *,
    slip: Slip | None = None,
    front: FrontForm | None = None,
    front_clash: publishing.EditClash | None = None,
    removed: Candidate | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page. `slip`, `front` and `removed` replace or add what a form has just come back with."""
    slips = [slip if slip and slip.entry.pk == one.entry.pk else one for one in _slips(digest)]
    context = {
        **_sections(digest, slips, removed),
        **_problems(request, digest),
        "front": front or _stored(digest),
        "front_clash": front_clash,
    }
    return render(request, "digests/desk/galley.html", context, status=status)


def _sections(digest: Digest, slips: list[Slip], removed: Candidate | None = None) -> dict[str, Any]:
    sections = list(digest.sections.all())
    return {
        "digest": digest,
        "sections": sections,
        "filled": [(section, [slip for slip in slips if slip.entry.section_id == section.pk]) for section in sections],
        "removed": removed,
    }


def _problems(request: HttpRequest, digest: Digest) -> dict[str, Any]:
    return {
        "digest": digest,
        "problems": [] if digest.is_published else preflight.by_kind(preflight.problems(digest)),
        "proposed": digest.candidates.undecided().filter(proposed=True).count(),
        "unwritten": digest.entries.filter(summary="").exclude(draft_summary="").count(),
        "may_publish": is_publisher(request.user),
    }


def _stored(digest: Digest) -> FrontForm:
    return _front_form(initial={name: getattr(digest, name) for name in FRONT})


def _front_form(data: Any = None, initial: dict[str, Any] | None = None) -> FrontForm:
    return FrontForm(data, initial=initial, auto_id="front-%s", label_suffix="")


def _sections_part(request: DeskRequest, digest: Digest, anchor: str, removed: Candidate | None = None) -> HttpResponse:
    """The answer to what changes the digest's order: all sections to htmx, the page to others."""
    if not request.htmx:
        query = f"?removed={removed.pk}" if removed else ""
        return redirect(f"{_address(digest)}{query}#{anchor}")
    context = {**_sections(digest, _slips(digest), removed), **_problems(request, digest)}
    return render(request, "digests/desk/_sections_part.html", context)


def _slip_part(request: DeskRequest, digest: Digest, slip: Slip) -> HttpResponse:
    """The answer to what changes one entry: that entry to htmx, the page to others."""
    if request.htmx:
        sections = digest.sections.all()
        context = {"slip": slip, "sections": sections, **_problems(request, digest)}
        return render(request, "digests/desk/_slip_part.html", context)
    if slip.saved:
        return redirect(_address(digest, f"entry-{slip.entry.pk}"))
    return _galley(request, digest, slip=slip, status=409)


# Writing


@editor_required
@require_POST
def write_front(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Save headline, subtitle, intro and sign-off."""
    digest = _find(series, week)
    form, clash = _front_form(request.POST), None
    saved = form.is_valid()
    if saved:
        try:
            publishing.write_front(digest, **form.cleaned_data, editor=request.user)
            form = _stored(digest)
        except publishing.EditClash as error:
            saved, clash = False, error
            form = _front_form(initial=form.cleaned_data | {"revision": digest.revision})
        except publishing.AlreadyPublished as error:
            return _kept(request, str(error), digest, "\n\n".join(form.cleaned_data[name] for name in FRONT[:-1]))
    if request.htmx:
        context = {"front": form, "front_clash": clash, "front_saved": saved, **_problems(request, digest)}
        return render(request, "digests/desk/_front_part.html", context)
    if saved:
        return redirect(_address(digest, "front"))
    return _galley(request, digest, front=form, front_clash=clash, status=409 if clash else 400)


@editor_required
@require_POST
def write_entry(request: DeskRequest, pk: int) -> HttpResponse:
    """Save an entry's heading and summary."""
    return _on_entry(request, pk, draft=False)


@editor_required
@require_POST
def take_draft(request: DeskRequest, pk: int) -> HttpResponse:
    """Make the machine's draft the summary. What was typed is saved before, so it can be found in the history."""
    return _on_entry(request, pk, draft=True)


def _on_entry(request: DeskRequest, pk: int, *, draft: bool) -> HttpResponse:
    form = EntryForm(request.POST)
    entry = Entry.objects.select_related("digest__series").filter(pk=pk).first()
    if entry is None:
        return _kept(
            request, "This paper was taken out of the digest meanwhile.", None, request.POST.get("summary", "")
        )
    digest = entry.digest
    if not form.is_valid():
        return _slip_part(request, digest, _own(entry, request.POST, error=_first_error(form)))
    typed = form.cleaned_data
    try:
        if not draft or typed["summary"].split() != entry.draft_summary.split():
            publishing.write_entry(entry, **typed, editor=request.user)
            typed["revision"] = entry.revision
        if draft:
            publishing.take_draft(entry, revision=typed["revision"], editor=request.user)
    except publishing.EditClash as clash:
        return _slip_part(request, digest, _own(entry, typed, clash=clash))
    except publishing.NoDraft as error:
        return _slip_part(request, digest, _own(entry, typed, error=str(error)))
    except publishing.AlreadyPublished as error:
        return _kept(request, str(error), digest, typed["summary"])
    (slip,) = _slips(digest, pk=pk)
    slip.saved = True
    return _slip_part(request, digest, slip)


def _own(entry: Entry, typed: Any, **state: Any) -> Slip:
    """The entry as it now is, with one's own text in its form."""
    (slip,) = _slips(entry.digest, pk=entry.pk)
    slip.heading, slip.text = typed.get("heading", ""), typed.get("summary", "")
    for name, value in state.items():
        setattr(slip, name, value)
    return slip


def _first_error(form: EntryForm) -> str:
    name, found = next(iter(form.errors.items()))
    return f"The {name} isn’t saved: {found[0]}"


def _kept(request: DeskRequest, reason: str, digest: Digest | None, text: str) -> HttpResponse:
    """Refuse a text that has no place any more without losing it: htmx leaves it where it is, others get it back."""
    if request.htmx:
        return HttpResponse(f"{reason} Your text is still here; it isn’t saved.", status=409, content_type="text/plain")
    back = _address(digest) if digest else reverse("desk")
    return render(request, "digests/desk/kept.html", {"reason": reason, "text": text, "back": back}, status=409)


# Arranging and choosing


@editor_required
@require_POST
def place_entry(request: DeskRequest, pk: int) -> HttpResponse:
    """Move an entry one place up or down, or to the end of another section."""
    entry = get_object_or_404(Entry.objects.select_related("digest__series", "section"), pk=pk)
    digest = entry.digest
    form = PlaceForm(request.POST, digest=digest)
    if not form.is_valid():
        return refused(request, publishing.WrongDigest("That place is gone: reload the page."), _address(digest))
    section = form.cleaned_data["section"] or entry.section
    step = form.cleaned_data["step"]
    place = max(0, entry.position + step) if step else section.entries.count()
    try:
        publishing.place_entry(entry, section, place, editor=request.user)
    except GalleyError as error:
        return refused(request, error, _address(digest))
    return _sections_part(request, digest, f"entry-{pk}")


@editor_required
@require_POST
def decide_in_galley(request: DeskRequest, pk: int) -> HttpResponse:
    """Pick a proposed paper, take one out, or put back what was just taken out."""
    candidate = get_object_or_404(Candidate.objects.select_related("digest__series", "paper"), pk=pk)
    digest = candidate.digest
    try:
        decide_by(request.POST.get("verdict", ""), candidate, request.user)
    except GalleyError as error:
        return refused(request, error, _address(digest))
    entry = digest.entries.filter(paper=candidate.paper_id).first()
    removed = None if entry else candidate
    return _sections_part(request, digest, f"entry-{entry.pk}" if entry else "removed", removed)


@editor_required
@require_POST
def pick_proposed(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Pick every paper that is still only proposed."""
    digest = _find(series, week)
    try:
        count = publishing.pick_all_proposed(digest, editor=request.user)
    except GalleyError as error:
        return refused(request, error, _address(digest))
    messages.success(request, f"Picked {count} proposed paper{'' if count == 1 else 's'}.")
    return _sections_part(request, digest, "sections")


@editor_required
@require_POST
def take_drafts(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Take the drafts of all entries that have no summary yet."""
    digest = _find(series, week)
    try:
        count = publishing.take_all_drafts(digest, editor=request.user)
    except GalleyError as error:
        return refused(request, error, _address(digest))
    messages.success(request, f"Took {count} draft{'' if count == 1 else 's'} as summar{'y' if count == 1 else 'ies'}.")
    return _sections_part(request, digest, "sections")
