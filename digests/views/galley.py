"""The desk's second half: the galley, where the digest is put in order, looked over and published."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from digests import publishing
from digests.access import DeskRequest, editor_required
from digests.forms import PlaceForm, PlaceSectionForm, SectionForm
from digests.models import Candidate, Digest, Entry, Section
from digests.views.choosing import decide_by, refused
from digests.views.desk import find_digest
from digests.views.slips import (
    FRONT_KEY,
    galley_address,
    opened_in,
    problems_context,
    read_slips,
    sections_context,
    stored_front,
)
from tracker.errors import GalleyError
from tracker.weeks import Week

PLACE_GONE = "That place is gone: reload the page."


@editor_required
@require_safe
def galley(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """The digest as it stands, to be written; `open` names what is open for it."""
    digest = find_digest(series, week)
    opened = opened_in(request)
    context = {
        **sections_context(digest, read_slips(digest, opened), _removed(request, digest)),
        **problems_context(request, digest),
        "front": stored_front(digest, is_open=FRONT_KEY in opened),
    }
    return render(request, "digests/desk/galley.html", context)


def _removed(request: DeskRequest, digest: Digest) -> Candidate | None:
    """The paper that was taken out just now, for the offer to put it back."""
    key = request.GET.get("removed", "")
    if not key.isdecimal():
        return None
    return digest.candidates.filter(pk=int(key)).exclude(verdict="picked").select_related("paper").first()


def _sections_part(request: DeskRequest, digest: Digest, anchor: str, removed: Candidate | None = None) -> HttpResponse:
    """The answer to what changes the digest's order: all sections to htmx, the page to others."""
    if not request.htmx:
        query = {"removed": str(removed.pk)} if removed else {}
        return redirect(galley_address(digest, anchor, **query))
    context = {
        **sections_context(digest, read_slips(digest, opened_in(request)), removed),
        **problems_context(request, digest),
    }
    return render(request, "digests/desk/_sections_part.html", context)


# Arranging


@editor_required
@require_POST
def place_entry(request: DeskRequest, pk: int) -> HttpResponse:
    """Move an entry one place up or down, across sections too, or to a place in a section."""
    entry = get_object_or_404(Entry.objects.select_related("digest__series", "section"), pk=pk)
    digest = entry.digest
    form = PlaceForm(request.POST, digest=digest)
    if not form.is_valid():
        return refused(request, publishing.WrongDigest(PLACE_GONE), galley_address(digest))
    section, position = _place(entry, form)
    try:
        publishing.place_entry(entry, section, position, editor=request.user)
    except GalleyError as error:
        return refused(request, error, galley_address(digest))
    return _sections_part(request, digest, f"entry-{pk}")


def _place(entry: Entry, form: PlaceForm) -> tuple[Section, int]:
    """The place that the form asks for. A step beyond the section's edge leads into its neighbour."""
    wanted, position, step = (form.cleaned_data[name] for name in ("section", "position", "step"))
    if not step:
        section = wanted or entry.section
        return section, section.entries.count() if position is None else position
    place, size = entry.position + step, entry.section.entries.count()
    if 0 <= place < size:
        return entry.section, place
    sections = list(entry.digest.sections.standing())
    neighbour = sections.index(entry.section) + step
    if not 0 <= neighbour < len(sections):
        return entry.section, entry.position
    return sections[neighbour], 0 if step > 0 else sections[neighbour].entries.count()


@editor_required
@require_POST
def add_section(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Add a section of the editor's own, behind the others."""
    digest = find_digest(series, week)
    form = SectionForm(request.POST)
    try:
        section = publishing.add_section(digest, _title(form), editor=request.user)
    except GalleyError as error:
        return refused(request, error, galley_address(digest))
    return _sections_part(request, digest, f"section-{section.pk}")


@editor_required
@require_POST
def rename_section(request: DeskRequest, pk: int) -> HttpResponse:
    """Give a section another title, in this digest only."""
    section = _find_section(pk)
    try:
        publishing.rename_section(section, _title(SectionForm(request.POST)), editor=request.user)
    except GalleyError as error:
        return refused(request, error, galley_address(section.digest))
    return _sections_part(request, section.digest, f"section-{pk}")


def _title(form: SectionForm) -> str:
    if not form.is_valid():
        raise publishing.SectionTitle(form.errors["title"][0])
    title: str = form.cleaned_data["title"]
    return title


@editor_required
@require_POST
def place_section(request: DeskRequest, pk: int) -> HttpResponse:
    """Move a section one place up or down, or to a place among the others."""
    section = _find_section(pk)
    digest = section.digest
    form = PlaceSectionForm(request.POST)
    if not form.is_valid():
        return refused(request, publishing.WrongDigest(PLACE_GONE), galley_address(digest))
    place = form.cleaned_data["position"]
    if place is None:
        place = list(digest.sections.standing()).index(section) + (form.cleaned_data["step"] or 0)
    try:
        publishing.place_section(section, place, editor=request.user)
    except GalleyError as error:
        return refused(request, error, galley_address(digest))
    return _sections_part(request, digest, f"section-{pk}")


@editor_required
@require_POST
def remove_section(request: DeskRequest, pk: int) -> HttpResponse:
    """Take an empty section out of this digest."""
    section = _find_section(pk)
    digest = section.digest
    try:
        publishing.remove_section(section, editor=request.user)
    except GalleyError as error:
        return refused(request, error, galley_address(digest))
    return _sections_part(request, digest, "sections")


def _find_section(pk: int) -> Section:
    return get_object_or_404(Section.objects.standing().select_related("digest__series", "topic"), pk=pk)


# Choosing


@editor_required
@require_POST
def decide_in_galley(request: DeskRequest, pk: int) -> HttpResponse:
    """Pick a proposed paper, take one out, or put back what was just taken out."""
    candidate = get_object_or_404(Candidate.objects.select_related("digest__series", "paper"), pk=pk)
    digest = candidate.digest
    try:
        decide_by(request.POST.get("verdict", ""), candidate, request.user)
    except GalleyError as error:
        return refused(request, error, galley_address(digest))
    entry = digest.entries.filter(paper=candidate.paper_id).first()
    removed = None if entry else candidate
    return _sections_part(request, digest, f"entry-{entry.pk}" if entry else "removed", removed)


@editor_required
@require_POST
def pick_proposed(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Pick every paper that is still only proposed."""
    digest = find_digest(series, week)
    try:
        count = publishing.pick_all_proposed(digest, editor=request.user)
    except GalleyError as error:
        return refused(request, error, galley_address(digest))
    messages.success(request, f"Picked {count} proposed paper{'' if count == 1 else 's'}.")
    return _sections_part(request, digest, "sections")


@editor_required
@require_POST
def take_drafts(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Take the drafts of all entries that have no summary yet."""
    digest = find_digest(series, week)
    try:
        count = publishing.take_all_drafts(digest, editor=request.user)
    except GalleyError as error:
        return refused(request, error, galley_address(digest))
    messages.success(request, f"Took {count} draft{'' if count == 1 else 's'} as summar{'y' if count == 1 else 'ies'}.")
    return _sections_part(request, digest, "sections")
