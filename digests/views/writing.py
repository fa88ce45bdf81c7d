"""The galley's writing: saves that overwrite nobody, drafts, claims vouched for, and the history of each text."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reswap

from digests import llm, publishing, versions
from digests.access import DeskRequest, editor_required
from digests.forms import EntryForm
from digests.models import Digest, Entry
from digests.publishing.writing import FRONT
from digests.views.choosing import refused
from digests.views.desk import find_digest
from digests.views.slips import (
    FRONT_KEY,
    Front,
    Slip,
    front_form,
    galley_address,
    opened_in,
    problems_context,
    read_slips,
    sections_context,
    slip_context,
    stored_front,
)
from tracker.errors import GalleyError
from tracker.weeks import Week


def _find_entry(pk: int) -> Entry:
    return get_object_or_404(Entry.objects.select_related("digest__series", "paper"), pk=pk)


# The front


@editor_required
@require_safe
def front(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """What stands around the entries, open to be written in or closed to be read."""
    digest = find_digest(series, week)
    if not request.htmx:
        return redirect(galley_address(digest, "front", **({"open": FRONT_KEY} if "open" in request.GET else {})))
    context = {"front": stored_front(digest, is_open="open" in request.GET), "digest": digest}
    return render(request, "digests/desk/_front.html", context)


@editor_required
@require_POST
def write_front(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Save headline, subtitle, intro and sign-off."""
    digest = find_digest(series, week)
    form = front_form(request.POST)
    if not form.is_valid():
        return _front_part(request, digest, Front(form, is_open=True), status=400)
    try:
        publishing.write_front(digest, **form.cleaned_data, editor=request.user)
    except publishing.EditClash as clash:
        own = front_form(initial=form.cleaned_data)
        return _front_part(request, digest, Front(own, is_open=True, clash=clash), status=409)
    except publishing.AlreadyPublished as error:
        return _kept(request, str(error), digest, "\n\n".join(form.cleaned_data[name] for name in FRONT))
    saved = stored_front(digest, is_open="done" not in request.POST)
    saved.saved = True
    return _front_part(request, digest, saved)


def _front_part(request: DeskRequest, digest: Digest, front: Front, status: int = 200) -> HttpResponse:
    """The answer to a save: to htmx what changed around the fields, or all of the front where it is done with."""
    if not request.htmx:
        if front.saved:
            return redirect(galley_address(digest, "front"))
        context = {
            **sections_context(digest, read_slips(digest, opened_in(request))),
            **problems_context(request, digest),
            "front": front,
        }
        return render(request, "digests/desk/galley.html", context, status=status)
    context = {"front": front, **problems_context(request, digest)}
    if not front.is_open:
        return render(request, "digests/desk/_front_part.html", context)
    return reswap(render(request, "digests/desk/_front_saved.html", context), "none")


@editor_required
@require_POST
def preview_front(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Intro and sign-off as they would appear; nothing is saved."""
    shown = {"intro": request.POST.get("intro", ""), "sign_off": request.POST.get("sign_off", "")}
    return reswap(render(request, "digests/desk/_front_proof.html", {**shown, "oob": True}), "none")


# An entry


@editor_required
@require_safe
def slip(request: DeskRequest, pk: int) -> HttpResponse:
    """One entry, open to be written in or closed to be read."""
    entry = _find_entry(pk)
    opened = {"open": str(pk)} if "open" in request.GET else {}
    if not request.htmx:
        return redirect(galley_address(entry.digest, f"entry-{pk}", **opened))
    (shown,) = read_slips(entry.digest, opened.values(), pk=pk)
    context = {**slip_context(request, entry.digest, shown), "digest": entry.digest}
    return render(request, "digests/desk/_slip.html", context)


@editor_required
@require_POST
def write_entry(request: DeskRequest, pk: int) -> HttpResponse:
    """Save an entry's heading and summary."""
    return _on_entry(request, pk)


@editor_required
@require_POST
def take_draft(request: DeskRequest, pk: int) -> HttpResponse:
    """Make the machine's draft the summary. What was typed is saved before, so it can be found in the history."""
    return _on_entry(request, pk, draft=True)


@editor_required
@require_POST
def accept_claim(request: DeskRequest, pk: int) -> HttpResponse:
    """Vouch for a claim, or take that back. What was typed is saved before, so that it is the saved text's claim."""
    return _on_entry(request, pk, claims=True)


def _on_entry(request: DeskRequest, pk: int, *, draft: bool = False, claims: bool = False) -> HttpResponse:
    """Save what the form holds, then do what its button says."""
    entry = Entry.objects.select_related("digest__series", "paper").filter(pk=pk).first()
    if entry is None:
        reason = "This paper was taken out of the digest meanwhile."
        return _kept(request, reason, None, request.POST.get("summary", ""))
    typed: dict[str, Any] = {"revision": entry.revision}
    if "summary" in request.POST:  # a closed slip has nothing to save
        form = EntryForm(request.POST)
        if not form.is_valid():
            return _slip_part(request, _own(entry, request.POST, error=_first_error(form)))
        typed = form.cleaned_data
    try:
        _save_and_act(request, entry, typed, draft=draft, claims=claims)
    except publishing.EditClash as clash:
        return _slip_part(request, _own(entry, typed, clash=clash, revision=typed["revision"]))
    except (publishing.NoDraft, publishing.ClaimGone) as error:
        return _slip_part(request, _own(entry, typed, error=str(error)))
    except publishing.AlreadyPublished as error:
        return _kept(request, str(error), entry.digest, typed.get("summary", ""))
    return _slip_part(request, _saved(request, entry), whole=draft or "summary" not in typed or "done" in request.POST)


def _save_and_act(request: DeskRequest, entry: Entry, typed: dict[str, Any], *, draft: bool, claims: bool) -> None:
    is_untouched_draft = draft and typed.get("summary", "").split() == entry.draft_summary.split()
    if "summary" in typed and not is_untouched_draft:
        publishing.write_entry(entry, **typed, editor=request.user)
        typed["revision"] = entry.revision
    if draft:
        publishing.take_draft(entry, revision=typed["revision"], editor=request.user)
    if claims and (claim := request.POST.get("doubt")):
        publishing.doubt_claim(entry, claim, editor=request.user)
    elif claims:
        publishing.accept_claim(entry, request.POST.get("claim", ""), editor=request.user)


def _saved(request: DeskRequest, entry: Entry) -> Slip:
    is_open = "summary" in request.POST and "done" not in request.POST
    (shown,) = read_slips(entry.digest, {str(entry.pk)} if is_open else (), pk=entry.pk)
    shown.saved = True
    return shown


def _own(entry: Entry, typed: Any, **state: Any) -> Slip:
    """The entry as it now is, with one's own text in its form."""
    (shown,) = read_slips(entry.digest, {str(entry.pk)}, pk=entry.pk)
    if "summary" in typed:
        shown.heading, shown.text = typed.get("heading", ""), typed["summary"]
    for name, value in state.items():
        setattr(shown, name, value)
    return shown


def _first_error(form: EntryForm) -> str:
    name, found = next(iter(form.errors.items()))
    return f"The {name} isn’t saved: {found[0]}"


def _slip_part(request: DeskRequest, shown: Slip, *, whole: bool = False) -> HttpResponse:
    """The answer to what changes one entry: to htmx what changed around its fields, or the whole slip; else the page.

    Fields in which somebody may be typing are left alone.
    """
    digest = shown.entry.digest
    if not request.htmx:
        anchor = f"entry-{shown.entry.pk}"
        if shown.saved:
            return redirect(galley_address(digest, anchor))
        slips = [shown if shown.entry.pk == one.entry.pk else one for one in read_slips(digest, opened_in(request))]
        context = {
            **sections_context(digest, slips),
            **problems_context(request, digest),
            "front": stored_front(digest),
        }
        return render(request, "digests/desk/galley.html", context, status=409)
    context = slip_context(request, digest, shown)
    if whole:
        return render(request, "digests/desk/_slip_part.html", context)
    return reswap(render(request, "digests/desk/_slip_saved.html", context), "none")


def _kept(request: DeskRequest, reason: str, digest: Digest | None, text: str) -> HttpResponse:
    """Refuse a text that has no place any more without losing it: htmx leaves it where it is, others get it back."""
    if request.htmx:
        return HttpResponse(f"{reason} Your text is still here; it isn’t saved.", status=409, content_type="text/plain")
    back = galley_address(digest) if digest else reverse("desk")
    return render(request, "digests/desk/kept.html", {"reason": reason, "text": text, "back": back}, status=409)


@editor_required
@require_POST
def preview_entry(request: DeskRequest, pk: int) -> HttpResponse:
    """A heading and a summary as they would appear, with their marks; nothing is saved."""
    entry = _find_entry(pk)
    typed = {"heading": request.POST.get("heading", ""), "summary": request.POST.get("summary", "")}
    shown = _own(entry, typed)
    return reswap(render(request, "digests/desk/_slip_proof.html", {"slip": shown, "oob": True}), "none")


# Drafts by a language model


@editor_required
@require_POST
def ask_for_draft(request: DeskRequest, pk: int) -> HttpResponse:
    """Have the language model draft a summary, or cut Galley’s own again: in the draft column and nowhere else."""
    entry = _find_entry(pk)
    digest = entry.digest
    error = ""
    try:
        publishing.refuse_published(digest)
        if "own" in request.POST:
            publishing.offer_own_draft(entry)
        else:
            draft = llm.draft_summary(entry.paper.title, entry.paper.abstract)
            publishing.offer_draft(entry, draft.text, draft.model_name)
    except Entry.DoesNotExist:
        return refused(request, publishing.WrongDigest("This paper was taken out meanwhile."), galley_address(digest))
    except GalleyError as problem:
        error = str(problem)
    if not request.htmx:
        if error:
            messages.error(request, error)
        return redirect(galley_address(digest, f"draft-{pk}", open=str(pk)))
    (shown,) = read_slips(digest, {str(pk)}, pk=pk)
    shown.draft_error = error
    return render(request, "digests/desk/_draft.html", slip_context(request, digest, shown))


# History


@editor_required
@require_safe
def entry_history(request: DeskRequest, pk: int) -> HttpResponse:
    """Every saved version of an entry, and what each changed."""
    entry = _find_entry(pk)
    context = {
        "name": entry.heading or entry.paper.title,
        "back": galley_address(entry.digest, f"entry-{pk}"),
        "restore": reverse("restore_entry", args=[pk]),
        "now": {name: getattr(entry, name) for name in versions.ENTRY_TEXTS},
    }
    return _history(request, entry.digest, versions.entry_versions(entry), context)


@editor_required
@require_safe
def front_history(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Every saved version of what stands around the entries."""
    digest = find_digest(series, week)
    context = {
        "name": "Headline and intro",
        "back": galley_address(digest, "front"),
        "restore": reverse("restore_front", args=[series, week]),
        "now": {name: getattr(digest, name) for name in versions.FRONT_TEXTS},
    }
    return _history(request, digest, versions.front_versions(digest), context)


def _history(
    request: DeskRequest, digest: Digest, found: list[versions.Version], context: dict[str, Any]
) -> HttpResponse:
    """The list, and one version compared with the one before it or, where `against` says so, with the text as it is."""
    asked = request.GET.get("version", "")
    shown = next((version for version in found if str(version.pk) == asked), found[0] if found else None)
    against_now = request.GET.get("against") == "now"
    changes = []
    if shown:
        for name, text in shown.texts.items():
            old, new = (text, context["now"][name]) if against_now else (shown.before[name], text)
            if old or new:
                changes.append((name.replace("_", "-").capitalize(), versions.compare(old, new), text))
    context |= {
        "digest": digest,
        "sittings": versions.sittings(found),
        "shown": shown,
        "against_now": against_now,
        "is_current": shown is not None and shown.texts == context["now"],
        "changes": changes,
    }
    return render(request, "digests/desk/history.html", context)


@editor_required
@require_POST
def restore_entry(request: DeskRequest, pk: int) -> HttpResponse:
    """Make an earlier version of an entry the next one."""
    entry = _find_entry(pk)
    try:
        publishing.restore_entry(entry, _version(request), editor=request.user)
    except GalleyError as error:
        return refused(request, error, reverse("entry_history", args=[pk]))
    messages.success(request, "Restored. What stood here before is in the history.")
    return redirect(galley_address(entry.digest, f"entry-{pk}"))


@editor_required
@require_POST
def restore_front(request: DeskRequest, series: str, week: Week) -> HttpResponse:
    """Make an earlier version of what stands around the entries the next one."""
    digest = find_digest(series, week)
    try:
        publishing.restore_front(digest, _version(request), editor=request.user)
    except GalleyError as error:
        return refused(request, error, reverse("front_history", args=[series, week]))
    messages.success(request, "Restored. What stood here before is in the history.")
    return redirect(galley_address(digest, "front"))


def _version(request: DeskRequest) -> int:
    asked = request.POST.get("version", "")
    return int(asked) if asked.isdecimal() and len(asked) < 19 else 0
