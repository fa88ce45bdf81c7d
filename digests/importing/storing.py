"""An imported digest made a digest of the desk: whole or not at all, and never over an editor's words unasked."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils import timezone

from digests import searchable, trail
from digests.export.document import build_document
from digests.importing.parsed import ImportedDigest, ImportedEntry, ImportedSection, UnreadableFile, of_document
from digests.importing.titles import paper_by_title, papers_by_id
from digests.markdown import parse
from digests.models import Candidate, Digest, Entry, Event, Section, Series
from digests.summarise import draft_summary
from tracker import tex
from tracker.errors import GalleyError
from tracker.models import Paper
from tracker.weeks import MalformedWeek, Week

NOON = dt.time(12)


class NoWeek(GalleyError):
    """The file doesn't tell its week."""


class DigestExists(GalleyError):
    """The week has a digest that editors have worked on."""


class NotPublishable(GalleyError):
    """What was imported can't be made public as it is."""


@dataclass
class Imported:
    """What became of a file."""

    digest: Digest | None
    week: Week
    state: str  # "new", "replaced" or "unchanged"
    found: list[str] = field(default_factory=list)  # a line each: number, id, title
    kept_as_text: list[str] = field(default_factory=list)  # number and title of each paper that isn't stored
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Placed:
    """An entry of the file, with its number there and the paper it is of."""

    number: str
    entry: ImportedEntry
    paper: Paper | None


def import_digest(
    parsed: ImportedDigest,
    series: Series,
    *,
    week: Week | None = None,
    replace: bool = False,
    publish: bool = False,
    dry_run: bool = False,
    source: str = "a file",
) -> Imported:
    """Store the digest as a draft of its week, or with `publish` as one that was public long ago: nobody is mailed.

    Papers that aren't stored are left out, and their text is kept beside the digest. A digest that editors have
    worked on is left alone unless `replace` is set or it says the same already. `dry_run` does all of it, then takes
    it back. Raises NoWeek, DigestExists, NotPublishable, UnreadableFile.
    """
    _check_lengths(parsed)
    with transaction.atomic():
        placed = _resolve(parsed)
        week = week or parsed.week or _week_of_days(parsed, placed)
        imported = _Import(parsed, placed, series, week, source).run(replace=replace, publish=publish)
        if dry_run:
            transaction.set_rollback(True)
            imported.digest = None
    return imported


def _check_lengths(parsed: ImportedDigest) -> None:
    columns = [("headline", 300, parsed.headline), ("subtitle", 300, parsed.subtitle)]
    columns += [("section’s title", 200, section.title) for section in parsed.sections]
    columns += [("heading", 500, entry.heading) for entry in parsed.entries]
    for name, longest, text in columns:
        if len(text) > longest:
            raise UnreadableFile(f"A {name} has {len(text)} letters, and {longest} at most are held: “{text[:60]}…”.")


def _resolve(parsed: ImportedDigest) -> list[list[_Placed]]:
    """Each section's entries with their papers. A paper that comes a second time is taken for text."""
    by_id = papers_by_id([entry.arxiv_id for entry in parsed.entries])
    taken: set[int] = set()
    sections = []
    for number, section in enumerate(parsed.sections, start=1):
        placed = []
        for place, entry in enumerate(section.entries, start=1):
            paper = by_id.get(entry.arxiv_id) if entry.arxiv_id else paper_by_title(entry.heading)
            paper = None if paper is not None and paper.pk in taken else paper
            taken |= {paper.pk} if paper is not None else set()
            placed.append(_Placed(f"{number}.{place}", entry, paper))
        sections.append(placed)
    return sections


def _week_of_days(parsed: ImportedDigest, placed: Sequence[Sequence[_Placed]]) -> Week:
    """The week of the headline's first day, in the year in which most of the papers were new."""
    papers = [one.paper for section in placed for one in section if one.paper is not None]
    ids = [paper.pk for paper in papers]
    days = Paper.objects.filter(pk__in=ids, announced_on__isnull=False).values_list("announced_on", flat=True)
    years = Counter(day.year for day in days if day is not None)
    if parsed.days and years:
        day, month = parsed.days[0]
        try:
            return Week.of(dt.date(years.most_common(1)[0][0], month, day))
        except (ValueError, MalformedWeek):
            pass
    raise NoWeek("The file doesn't tell which week it is of: name it with --week, like 2023-W47.")


class _Import:
    """One import, inside its transaction."""

    def __init__(
        self, parsed: ImportedDigest, placed: list[list[_Placed]], series: Series, week: Week, source: str
    ) -> None:
        self.parsed, self.placed, self.series, self.week, self.source = parsed, placed, series, week, source
        self.topics = {topic.name.casefold(): topic for topic in series.topics.all()}

    def run(self, *, replace: bool, publish: bool) -> Imported:
        digest = Digest.objects.select_for_update().filter(series=self.series, week_start=self.week.monday).first()
        state = "new" if digest is None else "replaced"
        if digest is not None:
            if self._says_the_same(digest):
                return self._told(digest, "unchanged")
            if _is_worked_on(digest) and not replace:
                raise DigestExists(
                    f"{digest} exists, and editors have worked on it: add --replace to put the file in its place. What "
                    "they wrote stays in its history."
                )
        before = list(digest.entries.values_list("paper_id", flat=True)) if digest else []
        digest = self._write(digest)
        if publish and not digest.is_published:
            self._publish(digest)
        if digest.is_published:
            digest.entries.stamp_versions()
        searchable.describe({*before, *digest.entries.values_list("paper_id", flat=True)})
        trail.record(Event.Kind.PUBLICATION, f"Imported from {self.source}", by=None, digest=digest)
        return self._told(digest, state)

    def _told(self, digest: Digest, state: str) -> Imported:
        told = Imported(digest, self.week, state, notes=list(self.parsed.notes))
        for one in (one for section in self.placed for one in section):
            title = tex.to_unicode(one.entry.heading)
            if one.paper is None:
                told.kept_as_text.append(f"{one.number} {title}")
            else:
                told.found.append(f"{one.number} {one.paper.arxiv_id} {tex.to_unicode(one.paper.title)}")
        return told

    # --- Comparing ---------------------------------------------------------------------------------------------

    def _wanted(self) -> ImportedDigest:
        """What the digest will say: the sections that hold papers."""
        sections = (
            ImportedSection(
                section.title,
                tuple(replace(one.entry, arxiv_id=one.paper.arxiv_id) for one in placed if one.paper is not None),
            )
            for section, placed in zip(self.parsed.sections, self.placed, strict=True)
        )
        return replace(self.parsed, sections=tuple(section for section in sections if section.entries))

    def _says_the_same(self, digest: Digest) -> bool:
        stored = Digest.objects.with_contents().get(pk=digest.pk)
        return digest.kept_text == self._kept_text() and _sayings(of_document(build_document(stored))) == _sayings(
            self._wanted()
        )

    def _kept_text(self) -> str:
        """The papers that aren't stored, as the file tells of them, in Markdown."""
        lost = (one for section in self.placed for one in section if one.paper is None)
        return "\n\n".join(
            f"**{one.number}. {tex.to_markdown(one.entry.heading)}**\n\n{one.entry.summary}".strip() for one in lost
        )

    # --- Writing -----------------------------------------------------------------------------------------------

    def _write(self, digest: Digest | None) -> Digest:
        digest = digest or Digest(series=self.series, week_start=self.week.monday)
        for name in ("headline", "subtitle", "intro", "sign_off"):
            setattr(digest, name, getattr(self.parsed, name))
        digest.kept_text = self._kept_text()
        digest.revision += 1
        _save(digest)
        papers = [one.paper.pk for section in self.placed for one in section if one.paper is not None]
        for entry in digest.entries.exclude(paper__in=papers):
            entry.delete()
        rest = digest.candidates.exclude(paper__in=papers).filter(verdict=Candidate.Verdict.PICKED)
        rest.update(verdict=Candidate.Verdict.UNDECIDED)
        for position, (section, placed) in enumerate(zip(self.parsed.sections, self.placed, strict=True)):
            self._write_section(digest, section, placed, position)
        digest.sections.filter(topic=None, entries=None).delete()
        return digest

    def _write_section(self, digest: Digest, told: ImportedSection, placed: list[_Placed], position: int) -> None:
        """The section under its topic, where the series has one of that name, or as one of the digest's own."""
        topic = self.topics.pop(told.title.casefold(), None)
        section = digest.sections.filter(topic=topic).first() if topic else None
        section = section or Section(digest=digest, topic=topic)
        section.title, section.position, section.removed = told.title, position, False
        section.save()
        known = {entry.paper_id: entry for entry in digest.entries.all()}
        for place, one in enumerate(one for one in placed if one.paper is not None):
            assert one.paper is not None
            entry = known.get(one.paper.pk) or Entry(
                digest=digest, paper=one.paper, draft_summary=draft_summary(one.paper.abstract)
            )
            self._write_entry(entry, one.entry, section, place)

    def _write_entry(self, entry: Entry, told: ImportedEntry, section: Section, place: int) -> None:
        entry.section, entry.position = section, place
        entry.heading = "" if _same_title(told.heading, entry.paper.title) else told.heading
        if told.is_draft_text:
            entry.summary, entry.draft_summary = "", told.summary
        else:
            entry.summary, entry.summarised_version = told.summary, entry.paper.version
        entry.revision += 1
        _save(entry)
        verdict = Candidate.Verdict.UNDECIDED if told.is_draft_text else Candidate.Verdict.PICKED
        Candidate.objects.update_or_create(
            digest=entry.digest,
            paper=entry.paper,
            defaults={
                "verdict": verdict,
                "proposed": True,
                "decided_topic": section.topic,
                "decided_at": timezone.now(),
            },
        )

    def _publish(self, digest: Digest) -> None:
        """Make it public as of when it was, or else of the Monday after its week. Nothing is sent to anybody."""
        if not digest.headline or not digest.entries.exists() or digest.entries.filter(summary="").exists():
            raise NotPublishable("It can't be published as it is: it needs a headline, and a summary of each paper.")
        monday = self.week.next.monday
        digest.status = Digest.Status.PUBLISHED
        digest.published_at = self.parsed.published_at or dt.datetime.combine(monday, NOON, dt.UTC)
        digest.publish_at, digest.scheduled_by = None, None
        _save(digest)


def _is_worked_on(digest: Digest) -> bool:
    """Whether it holds decisions or words of an editor's."""
    decided = digest.candidates.exclude(verdict=Candidate.Verdict.UNDECIDED)
    return digest.is_published or digest.revision > 0 or digest.entries.written().exists() or decided.exists()


def _same_title(heading: str, title: str) -> bool:
    return tex.to_markdown(heading, links=False) == tex.to_markdown(title, links=False)


def _sayings(digest: ImportedDigest) -> tuple[object, ...]:
    """What a digest says, however its Markdown is written."""
    sections = [
        (section.title, [(_title(one), one.arxiv_id, one.blocks, one.is_draft_text) for one in section.entries])
        for section in digest.sections
    ]
    return (digest.headline, digest.subtitle, parse(digest.intro), parse(digest.sign_off), sections)


def _title(entry: ImportedEntry) -> str:
    return tex.to_markdown(entry.heading, links=False)


def _save(row: Digest | Entry) -> None:
    row._change_reason = "Imported"  # type: ignore[union-attr]  # simple_history looks for it
    row.save()
