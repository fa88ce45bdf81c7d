"""What stands between a draft and publishing: errors and warnings, each with its place on the galley page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from digests.models import Candidate, Digest, Entry, Section
from digests.models.series import week_words
from tracker import tex
from tracker.weeks import Week

_WORDS = "|".join(week_words(Week(2023, 47)))
_PLACEHOLDER = re.compile(rf"\$(?:(?:{_WORDS})\b(?!\$)|{{(?:{_WORDS})}})|\bTODO\b|\bTK\b|\bLorem ipsum\b")
_CODE_OR_MATH = re.compile(r"`[^`]*`|\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
_TEX = re.compile(r"\\[A-Za-z]+|\{\\")


class Severity(StrEnum):
    ERROR = "error"  # stops publishing
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """Something an editor should look at, in a sentence, and where: `anchor` is an id on the galley page."""

    sentence: str
    severity: Severity
    anchor: str
    number: str = ""  # of the entry that has the problem, where
    of_several: str = ""  # says what more than one entry has in common


@dataclass(frozen=True)
class _Contents:
    """What is examined, read once."""

    digest: Digest
    sections: list[Section]
    verdicts: dict[int, str]  # by paper: verdicts of the digest's candidates
    earlier: dict[int, Digest]  # by paper: the latest published digest before this one that has it

    def numbered_entries(self) -> Iterator[tuple[str, Entry]]:
        """The entries with the numbers that they will have when published: empty sections take none."""
        filled = [section for section in self.sections if section.entries.all()]
        for number, section in enumerate(filled, start=1):
            for place, entry in enumerate(section.entries.all(), start=1):
                yield f"{number}.{place}", entry


def problems(digest: Digest) -> list[Problem]:
    """All errors, then all warnings, each in the order of the page."""
    contents = _read(digest)
    found = [*_front(digest), *_whole(contents), *_entries(contents), *_sections(contents)]
    return sorted(found, key=lambda problem: problem.severity is Severity.WARNING)


def errors(digest: Digest) -> list[Problem]:
    """What must be put right before the digest can be published."""
    return [problem for problem in problems(digest) if problem.severity is Severity.ERROR]


def warnings(digest: Digest) -> list[Problem]:
    """What may be as the editor wants it."""
    return [problem for problem in problems(digest) if problem.severity is Severity.WARNING]


def by_kind(found: Sequence[Problem]) -> list[list[Problem]]:
    """The problems in their order, but what several entries have in common together, at the place of the first."""
    kinds: dict[str, list[Problem]] = {}
    for problem in found:
        kinds.setdefault(problem.of_several or f"{problem.anchor} {problem.sentence}", []).append(problem)
    return list(kinds.values())


def _read(digest: Digest) -> _Contents:
    sections = list(digest.sections.prefetch_related("entries__paper"))
    papers = [entry.paper_id for section in sections for entry in section.entries.all()]
    earlier = (
        Entry.objects.filter(
            paper__in=papers, digest__series=digest.series_id, digest__week_start__lt=digest.week_start
        )
        .filter(digest__status=Digest.Status.PUBLISHED)
        .select_related("digest__series")
        .order_by("digest__week_start")
    )
    verdicts = Candidate.objects.filter(digest=digest, paper__in=papers).values_list("paper_id", "verdict")
    return _Contents(digest, sections, dict(verdicts), {entry.paper_id: entry.digest for entry in earlier})


def _error(sentence: str, anchor: str, number: str = "", of_several: str = "") -> Problem:
    return Problem(sentence, Severity.ERROR, anchor, number, of_several)


def _warning(sentence: str, anchor: str) -> Problem:
    return Problem(sentence, Severity.WARNING, anchor)


def _front(digest: Digest) -> Iterator[Problem]:
    if not digest.headline.strip():
        yield _error("The digest has no headline.", "front-headline")
    for field, name in (
        ("headline", "headline"),
        ("subtitle", "subtitle"),
        ("intro", "intro"),
        ("sign_off", "sign-off"),
    ):
        yield from _wording(getattr(digest, field), f"The {name}", f"front-{field}")


def _whole(contents: _Contents) -> Iterator[Problem]:
    if not any(verdict == Candidate.Verdict.PICKED for verdict in contents.verdicts.values()):
        yield _error("No paper is picked: pick at least one.", "sections")


def _entries(contents: _Contents) -> Iterator[Problem]:
    for number, entry in contents.numbered_entries():
        anchor = f"entry-{entry.pk}"
        if entry.paper_id not in contents.verdicts:
            yield _warning(f"{number} is no candidate of this week any more and will be left out.", anchor)
            continue
        if entry.paper.withdrawn:
            yield _error(f"{number}: this paper has been withdrawn. Take it out.", anchor)
        if contents.verdicts.get(entry.paper_id) == Candidate.Verdict.UNDECIDED:
            of_several = "papers are only proposed: pick or skip each."
            yield _error(f"{number} is only proposed: pick or skip it.", anchor, number, of_several)
        elif not entry.summary.strip():
            of_several = "papers have no summary: write one or take the draft."
            yield _error(f"{number} has no summary: write one or take the draft.", anchor, number, of_several)
        yield from _wording(tex.to_markdown(entry.heading), f"{number}: the heading", anchor)
        yield from _wording(entry.summary, f"{number}: the summary", anchor)
        if before := contents.earlier.get(entry.paper_id):
            yield _warning(f"{number} was already in the digest of {before.week}.", anchor)


def _wording(text: str, what: str, anchor: str) -> Iterator[Problem]:
    """Traces of work left in an editor's text. Formulas between dollar signs are welcome, bare TeX is not."""
    if found := _PLACEHOLDER.search(text):
        yield _error(f"{what} still holds a placeholder, “{found[0]}”.", anchor)
    if found := _TEX.search(_CODE_OR_MATH.sub(" ", text)):
        yield _error(f"{what} still holds TeX, “{found[0]}”.", anchor)


def _sections(contents: _Contents) -> Iterator[Problem]:
    for section in contents.sections:
        if not section.entries.all():
            yield _warning(f"“{section.title}” is empty and will be left out.", f"section-{section.pk}")
