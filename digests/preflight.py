"""What stands between a draft and publishing: errors and warnings, each with its place on the galley page."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from digests import marks
from digests.models import Candidate, Digest, Entry, Section
from digests.models.mailings import MAIL_LIMIT
from digests.models.series import week_words
from tracker import tex
from tracker.weeks import Week

_WORDS = "|".join(week_words(Week(2023, 47)))
_PLACEHOLDER = re.compile(rf"\$(?:(?:{_WORDS})\b(?!\$)|{{(?:{_WORDS})}})|\bTODO\b|\bTK\b|\bLorem ipsum\b")
_CODE_OR_MATH = re.compile(r"`[^`]*`|\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
_TEX = re.compile(r"\\[A-Za-z]+|\{\\")
_PICTURE = re.compile(r"!\[(?P<words>[^\]\n]*)\]\([^)\n]*\)")


class Severity(StrEnum):
    ERROR = "error"  # stops publishing
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """What an editor should look at, in a sentence, and where: an id on the galley page, or a list on the board."""

    sentence: str
    severity: Severity
    anchor: str
    number: str = ""  # of the entry that has the problem, where
    of_several: str = ""  # says what more than one entry has in common
    pile: str = ""  # the board's list, where that is its place


@dataclass(frozen=True)
class _Contents:
    """What is examined, read once."""

    digest: Digest
    sections: list[Section]
    verdicts: dict[int, str]  # by paper: verdicts on the entries' candidates
    elsewhere: Counter[str]  # how many candidates without an entry are picked, and how many maybe
    earlier: dict[int, Digest]  # by paper: the latest published digest before this one that has it
    accepted: marks.Accepted

    def numbered_entries(self) -> Iterator[tuple[str, Entry]]:
        """The entries with the numbers that they will have when published: empty sections take none."""
        filled = [section for section in self.sections if section.entries.all()]
        for number, section in enumerate(filled, start=1):
            for place, entry in enumerate(section.entries.all(), start=1):
                yield f"{number}.{place}", entry


def problems(digest: Digest, *, mail_size: int | None = None) -> list[Problem]:
    """All errors, then all warnings, each in the order of the page.

    `mail_size` is the rendered mail's, in bytes, where the caller has it at hand.
    """
    contents = _read(digest)
    found = [*_front(digest), *_whole(contents), *_entries(contents), *_sections(contents), *_mail(mail_size)]
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
    sections = list(digest.sections.standing().prefetch_related("entries__paper"))
    papers = [entry.paper_id for section in sections for entry in section.entries.all()]
    earlier = (
        Entry.objects.filter(
            paper__in=papers, digest__series=digest.series_id, digest__week_start__lt=digest.week_start
        )
        .filter(digest__status=Digest.Status.PUBLISHED)
        .select_related("digest__series")
        .order_by("digest__week_start")
    )
    wanted = Q(paper__in=papers) | Q(verdict__in=[Candidate.Verdict.PICKED, Candidate.Verdict.MAYBE])
    verdicts = dict(Candidate.objects.filter(wanted, digest=digest).values_list("paper_id", "verdict"))
    elsewhere = Counter(verdicts.pop(paper) for paper in verdicts.keys() - set(papers))
    earlier_by_paper = {entry.paper_id: entry.digest for entry in earlier}
    return _Contents(digest, sections, verdicts, elsewhere, earlier_by_paper, marks.accepted_claims(digest))


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
    if count := contents.elsewhere[Candidate.Verdict.PICKED]:
        papers, it = ("picked paper stands", "it") if count == 1 else ("picked papers stand", "each")
        sentence = f"{count} {papers} in no section: move {it} to a topic on the board."
        yield Problem(sentence, Severity.ERROR, "sections", pile="picked")
    if count := contents.elsewhere[Candidate.Verdict.MAYBE]:
        papers = "paper is still a maybe" if count == 1 else "papers are still maybes"
        sentence = f"{count} {papers} and will be left out: pick or skip on the board."
        yield Problem(sentence, Severity.WARNING, "sections", pile="maybe")


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
        yield from _marks(number, entry, contents.accepted)
        yield from _age(number, entry)
        if before := contents.earlier.get(entry.paper_id):
            yield _warning(f"{number} was already in the digest of {before.week}.", anchor)


def _marks(number: str, entry: Entry, accepted: marks.Accepted) -> Iterator[Problem]:
    """What the claim check marks, as long as no editor vouched for it."""
    found = [mark for mark in marks.entry_marks(entry, accepted) if mark.is_open]
    for mark in found:
        if mark.is_heading:
            sentence = (
                f"{number}: the heading isn’t arXiv’s title of {entry.paper.arxiv_id}. Accept it, or take the title."
            )
            of_several = "headings aren’t arXiv’s titles: accept each, or take the title."
            yield _error(sentence, f"claims-{entry.pk}", number, of_several)
    if claims := [mark.text for mark in found if not mark.is_heading]:
        named = ", ".join(f"“{text}”" for text in dict.fromkeys(claims))
        are, each = ("is", "it") if len(claims) == 1 else ("are", "each")
        sentence = f"{number}: {named} {are} not in the abstract. Accept {each}, or change the summary."
        of_several = "summaries claim what isn’t in their abstracts: accept each claim, or change it."
        yield _error(sentence, f"claims-{entry.pk}", number, of_several)


def _age(number: str, entry: Entry) -> Iterator[Problem]:
    now, then = entry.paper.version, entry.summarised_version
    if then is not None and now > then:
        yield _warning(
            f"{number}: arXiv has version {now} by now; the summary is of version {then}.", f"entry-{entry.pk}"
        )


def _wording(text: str, what: str, anchor: str) -> Iterator[Problem]:
    """Traces of work left in an editor's text. Formulas between dollar signs are welcome, bare TeX is not."""
    if found := _PLACEHOLDER.search(text):
        yield _error(f"{what} still holds a placeholder, “{found[0]}”.", anchor)
    if found := _TEX.search(_CODE_OR_MATH.sub(" ", text)):
        yield _error(f"{what} still holds TeX, “{found[0]}”.", anchor)
    if found := _PICTURE.search(_CODE_OR_MATH.sub(" ", text)):
        lacks = "" if found["words"].strip() else " and has no words in its place"
        yield _warning(f"{what} holds a picture, which isn’t shown{lacks}: describe it, or link to it.", anchor)


def _sections(contents: _Contents) -> Iterator[Problem]:
    for section in contents.sections:
        if not section.entries.all():
            yield _warning(f"“{section.title}” is empty and will be left out.", f"section-{section.pk}")
        elif (size := len(section.entries.all())) > (most := contents.digest.series.largest_section):
            sentence = f"“{section.title}” holds {size} papers; more than {most} crowd out the other sections."
            yield _warning(sentence, f"section-{section.pk}")


def _mail(size: int | None) -> Iterator[Problem]:
    if size is not None and size > MAIL_LIMIT:
        sentence = (
            f"The mail would have {size / 1000:.0f} kB: over {MAIL_LIMIT // 1000} kB some readers get it cut off, so "
            "summaries are shortened in it. Shorten some yourself."
        )
        yield _warning(sentence, "sections")
