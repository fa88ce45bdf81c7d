"""The galley's parts: entries as slips, sections, the front, and what stands in the way, read for a template."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Length
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from digests import llm, marks, preflight, publishing
from digests.access import is_publisher
from digests.export.document import build_document
from digests.forms import FrontForm
from digests.mailing.press import whole_size
from digests.marks import Mark, find_marks, marked_html, summary_marks
from digests.models import Candidate, Digest, Entry, Section
from digests.publishing.writing import FRONT

LONG_TEXT = 15_000  # characters of summaries: with fewer no mail gets near its limit, so none is rendered to see
FRONT_KEY = "front"  # what `open` says for the front, where it says an entry's key for an entry


@dataclass
class Slip:
    """One entry as the galley shows it: the row, its verdict, its marks, and what its form holds.

    Where a save met another editor's, `clash` carries theirs, and `heading` and `text` are one's own.
    """

    entry: Entry
    candidate: Candidate | None
    accepted: marks.Accepted
    heading: str
    text: str
    revision: int  # that the form's text began from
    is_open: bool = False  # to be written in, rather than read
    clash: publishing.EditClash | None = None
    error: str = ""
    draft_error: str = ""
    saved: bool = False

    @property
    def is_proposed(self) -> bool:
        return self.candidate is not None and self.candidate.verdict == Candidate.Verdict.UNDECIDED

    @property
    def shows_draft(self) -> bool:
        """Whether the text is the machine's draft, which nobody has taken yet."""
        return not self.entry.summary and self.text == self.entry.draft_summary != ""

    @property
    def found(self) -> list[Mark]:
        """What the claim check marks in the text; for a draft that nobody took, only what it claims."""
        if self.shows_draft:
            return summary_marks(self.entry.paper, self.text, self.accepted)
        return find_marks(self.entry.paper, self.heading, self.text, self.accepted)

    @property
    def proof(self) -> SafeString:
        return marked_html(self.text, self.found, f"claim-{self.entry.pk}")

    @property
    def draft_marks(self) -> list[Mark]:
        return summary_marks(self.entry.paper, self.entry.draft_summary, self.accepted)

    @property
    def draft_proof(self) -> SafeString:
        return marked_html(self.entry.draft_summary, self.draft_marks, f"draft-claim-{self.entry.pk}")

    @property
    def offers_draft(self) -> bool:
        return bool(self.entry.draft_summary) and self.entry.summary != self.entry.draft_summary


def read_slips(digest: Digest, opened: Collection[str] = (), **which: Any) -> list[Slip]:
    """The entries in their order, each with its number, verdict and marks; those in `opened` are open."""
    entries = list(digest.entries.filter(**which).with_slips())
    candidates = digest.candidates.filter(paper__in=[entry.paper_id for entry in entries])
    by_paper = {candidate.paper_id: candidate for candidate in candidates}
    accepted = marks.accepted_claims(digest)
    return [
        Slip(
            entry=entry,
            candidate=by_paper.get(entry.paper_id),
            accepted=accepted,
            heading=entry.heading,
            text=entry.summary or entry.draft_summary,
            revision=entry.revision,
            is_open=str(entry.pk) in opened and not digest.is_published,
        )
        for entry in entries
    ]


@dataclass
class Front:
    """What stands around the entries: its form, and how the last save of it went."""

    form: FrontForm
    is_open: bool = False
    clash: publishing.EditClash | None = None
    saved: bool = False

    @property
    def intro(self) -> str:
        return str(self.form["intro"].value() or "")

    @property
    def sign_off(self) -> str:
        return str(self.form["sign_off"].value() or "")


def stored_front(digest: Digest, *, is_open: bool = False) -> Front:
    initial = {name: getattr(digest, name) for name in (*FRONT, "revision")}
    return Front(front_form(initial=initial), is_open=is_open and not digest.is_published)


def front_form(data: Any = None, initial: dict[str, Any] | None = None) -> FrontForm:
    return FrontForm(data, initial=initial, auto_id="front-%s", label_suffix="")


@dataclass
class FilledSection:
    section: Section
    slips: list[Slip] = field(default_factory=list)
    is_first: bool = False
    is_last: bool = False


def sections_context(digest: Digest, slips: Sequence[Slip], removed: Candidate | None = None) -> dict[str, Any]:
    """All sections with their slips; `removed` is the paper that was taken out just now."""
    sections = list(digest.sections.standing().select_related("topic"))
    filled = [
        FilledSection(
            section,
            [slip for slip in slips if slip.entry.section_id == section.pk],
            is_first=place == 0,
            is_last=place == len(sections) - 1,
        )
        for place, section in enumerate(sections)
    ]
    return {
        "digest": digest,
        "sections": sections,
        "filled": filled,
        "removed": removed,
        **_drafting_context(),
    }


def slip_context(request: HttpRequest, digest: Digest, slip: Slip) -> dict[str, Any]:
    """One slip, and what changes around it."""
    return {
        "slip": slip,
        "sections": digest.sections.standing(),
        **problems_context(request, digest),
        **_drafting_context(),
    }


def _drafting_context() -> dict[str, Any]:
    return {"language_model": settings.LLM_MODEL if llm.is_configured() else ""}


def problems_context(request: HttpRequest, digest: Digest) -> dict[str, Any]:
    """What stands between the draft and publishing, and the way on."""
    return {
        "digest": digest,
        "problems": [] if digest.is_published else preflight.by_kind(find_problems(digest)),
        "proposed": digest.candidates.undecided().filter(proposed=True).count(),
        "unwritten": digest.entries.filter(summary="").exclude(draft_summary="").count(),
        "may_publish": is_publisher(request.user),
    }


def find_problems(digest: Digest) -> list[preflight.Problem]:
    """Preflight, with the size of the mail where there is so much text that it may matter."""
    entries = digest.entries.aggregate(length=Sum(Length("summary")))
    size = None
    if (entries["length"] or 0) > LONG_TEXT:
        size = whole_size(build_document(Digest.objects.with_contents().get(pk=digest.pk)))
    return preflight.problems(digest, mail_size=size)


def opened_in(request: HttpRequest) -> set[str]:
    """What is open on the page that asks: keys of entries, and `front`."""
    return {*request.GET.getlist("open"), *request.POST.getlist("open")}


def galley_address(digest: Digest, anchor: str = "", **query: str) -> str:
    asked = "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
    return reverse("galley", args=[digest.series.slug, digest.week]) + asked + (f"#{anchor}" if anchor else "")
