"""Records into rows: an idempotent upsert in few queries, and each paper's place in the calendar."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from tracker.announcements import Submission, id_month, infer_announcements, listing_day
from tracker.batches import batches
from tracker.fulltext import Lists, index_papers
from tracker.models import Author, Authorship, Category, Paper, PaperVersion
from tracker.records import AbstractKind, Record, is_withdrawal_notice, text_hash

BATCH = 500
"""Papers stored in one transaction."""

_NAMES_A_QUERY = 5_000
_AUTHOR_LENGTH = 500
_LICENCE_LENGTH = 200
_COLUMNS = [
    "version", "title", "abstract", "abstract_kind", "comment", "journal_ref", "doi", "licence", "primary_category",
    "submitted_at", "updated_at", "announced_on", "announced_by", "withdrawn", "text_hash", "changed_at",
]  # fmt: skip


@dataclass
class Counts:
    """Papers by what became of them; each paper of a batch counts once."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    withdrawn: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(**{name: count + getattr(other, name) for name, count in asdict(self).items()})

    @property
    def total(self) -> int:
        return self.new + self.revised + self.unchanged + self.withdrawn


@dataclass
class _Stored:
    """A paper beside the lists that hang on it, as they are to be stored."""

    paper: Paper
    authors: list[str]
    categories: list[str]
    new: bool = False
    changed: bool = False
    authors_changed: bool = False
    categories_changed: bool = False
    newly_withdrawn: bool = False
    outgoing: list[PaperVersion] = field(default_factory=list)


def store_records(records: Sequence[Record]) -> Counts:
    """Insert or update the papers, then place those of their months in the calendar. Safe to run twice."""
    counts = Counts()
    for batch in batches(records, BATCH):
        counts += upsert(batch)
    place_in_calendar(months_of(records))
    return counts


def months_of(records: Iterable[Record]) -> set[str]:
    """The id months (`2311`) of the records."""
    return {month for record in records if (month := id_month(record.arxiv_id))}


@transaction.atomic
def upsert(records: Sequence[Record]) -> Counts:
    """Insert or update the papers of one batch, with authors and categories, in a dozen queries.

    An older version never overwrites a newer one, a fragment never a whole text, a guess never a listing day. A row
    that learns nothing is left as it is, `changed_at` and all.
    """
    stored = _load({record.arxiv_id for record in records})
    now = timezone.now()
    for record in records:
        before = stored.get(record.arxiv_id)
        stored[record.arxiv_id] = _merged(before, record) if before else _fresh(record)
    touched = [one for one in stored.values() if one.new or one.changed]
    for one in touched:
        one.paper.changed_at = now
    _save(touched)
    return _count(stored.values())


def _count(stored: Iterable[_Stored]) -> Counts:
    counts = Counts()
    for one in stored:
        if one.newly_withdrawn:
            counts.withdrawn += 1
        elif one.new:
            counts.new += 1
        elif one.changed:
            counts.revised += 1
        else:
            counts.unchanged += 1
    return counts


def _load(arxiv_ids: Collection[str]) -> dict[str, _Stored]:
    """What is stored of these papers, locked where the database can lock rows."""
    papers = Paper.objects.select_for_update().filter(arxiv_id__in=arxiv_ids)
    by_pk = {paper.pk: _Stored(paper, [], []) for paper in papers}
    names = Authorship.objects.filter(paper__in=by_pk).order_by("paper", "position")
    for pk, name in names.values_list("paper_id", "author__name"):
        by_pk[pk].authors.append(name)
    listed = Paper.categories.through.objects.filter(paper__in=by_pk).order_by("pk")
    for pk, code in listed.values_list("paper_id", "category__code"):
        by_pk[pk].categories.append(code)
    return {one.paper.arxiv_id: one for one in by_pk.values()}


def _fresh(record: Record) -> _Stored:
    paper = Paper(
        arxiv_id=record.arxiv_id,
        version=record.version,
        title=record.title,
        abstract=record.abstract,
        abstract_kind=record.abstract_kind,
        comment=record.comment,
        journal_ref=record.journal_ref,
        doi=record.doi,
        licence=record.licence[:_LICENCE_LENGTH],
        primary_category=record.primary_category,
        submitted_at=record.submitted_at,
        updated_at=record.updated_at,
        withdrawn=record.withdrawn,
        text_hash=text_hash(record.title, record.abstract),
    )
    _announce(paper, record)
    return _Stored(
        paper, _names(record), list(record.categories), new=True, authors_changed=True, categories_changed=True,
        newly_withdrawn=record.withdrawn,
    )  # fmt: skip


def _merged(stored: _Stored, record: Record) -> _Stored:
    """The stored paper with what the record knows better."""
    paper = stored.paper
    before = _values(paper)
    is_newer, is_current = record.version > paper.version, record.version >= paper.version
    was_withdrawn = paper.withdrawn
    if is_newer:
        stored.outgoing.append(_kept(paper))
    if is_current:
        _take_text(paper, record, is_newer=is_newer)
        paper.withdrawn = record.withdrawn or (paper.withdrawn and not is_newer)
        paper.updated_at = record.updated_at or paper.updated_at
        for name in ("comment", "journal_ref", "doi"):  # a source that says nothing takes nothing away
            setattr(paper, name, getattr(record, name) or getattr(paper, name))
        paper.licence = record.licence[:_LICENCE_LENGTH] or paper.licence
        paper.version = record.version
        _take_lists(stored, record)
    if _knows_instant_better(paper.submitted_at, record.submitted_at):
        paper.submitted_at = record.submitted_at
    _announce(paper, record)
    stored.changed |= _values(paper) != before or stored.authors_changed or stored.categories_changed
    stored.newly_withdrawn |= paper.withdrawn and not was_withdrawn
    return stored


def _kept(paper: Paper) -> PaperVersion:
    """The paper as it stands, to be kept when a newer version takes its place."""
    return PaperVersion(
        paper=paper, version=paper.version, title=paper.title, abstract=paper.abstract, updated_at=paper.updated_at
    )


def _values(paper: Paper) -> list[object]:
    return [getattr(paper, name) for name in _COLUMNS]


def _take_text(paper: Paper, record: Record, *, is_newer: bool) -> None:
    """The record's title and abstract, unless they are worse than what is there."""
    if not is_newer and record.abstract_kind.rank < _rank(paper):
        return
    paper.title = record.title
    if not (record.withdrawn and is_withdrawal_notice(record.abstract)):  # then the last one worth reading stays
        paper.abstract, paper.abstract_kind = record.abstract, record.abstract_kind
    paper.text_hash = text_hash(paper.title, paper.abstract)


def _rank(paper: Paper) -> int:
    return AbstractKind(paper.abstract_kind).rank


def _take_lists(stored: _Stored, record: Record) -> None:
    """The record's authors and categories, unless it says of itself that they are incomplete and they are fewer."""
    if record.abstract_kind is AbstractKind.PARAPHRASE and stored.paper.abstract_kind != AbstractKind.PARAPHRASE:
        return  # the bundled sample never corrects arXiv
    names, codes = _names(record), list(record.categories)
    if _is_better(names, stored.authors, partial="authors" in record.partial):
        stored.authors, stored.authors_changed = names, True
    if _is_better(codes, stored.categories, partial="categories" in record.partial):
        stored.categories, stored.categories_changed = codes, True
        stored.paper.primary_category = record.primary_category


def _is_better(told: list[str], stored: list[str], *, partial: bool) -> bool:
    return bool(told) and told != stored and (not partial or len(told) > len(stored))


def _names(record: Record) -> list[str]:
    return [name[:_AUTHOR_LENGTH] for name in record.authors]


def _knows_instant_better(stored: dt.datetime | None, told: dt.datetime | None) -> bool:
    """Whether the told instant is worth taking: a day's noon, which stands for the day, never replaces an instant."""
    if told is None or told == stored:
        return False
    is_bare_day = told.time() == dt.time(12)
    return stored is None or not (is_bare_day and told.date() == stored.date())


def _announce(paper: Paper, record: Record) -> None:
    """The day by listing, where one named it (the first of several: later ones are cross-lists), else by schedule."""
    by = Paper.AnnouncedBy
    if record.announced_on:
        if paper.announced_by != by.LISTING or record.announced_on < (paper.announced_on or dt.date.max):
            paper.announced_on, paper.announced_by = record.announced_on, by.LISTING
    elif paper.submitted_at and paper.announced_by in ("", by.SCHEDULE):
        paper.announced_on, paper.announced_by = listing_day(paper.submitted_at), by.SCHEDULE


def _save(stored: Sequence[_Stored]) -> None:
    Paper.objects.bulk_create([one.paper for one in stored if one.new])
    Paper.objects.bulk_create(
        [one.paper for one in stored if not one.new],
        update_conflicts=True,
        unique_fields=["arxiv_id"],
        update_fields=_COLUMNS,
    )
    outgoing = [version for one in stored for version in one.outgoing]
    PaperVersion.objects.bulk_create(outgoing, ignore_conflicts=True)
    _save_authors([one for one in stored if one.authors_changed])
    _save_categories([one for one in stored if one.categories_changed])
    index_papers([one.paper for one in stored], {one.paper.pk: Lists(one.authors, one.categories) for one in stored})


def _save_authors(stored: Sequence[_Stored]) -> None:
    keys = _keys(Author, "name", {name for one in stored for name in one.authors})
    Authorship.objects.filter(paper__in=[one.paper.pk for one in stored if not one.new]).delete()
    Authorship.objects.bulk_create(
        [
            Authorship(paper_id=one.paper.pk, author_id=keys[name], position=position)
            for one in stored
            for position, name in enumerate(one.authors)
        ]
    )


def _save_categories(stored: Sequence[_Stored]) -> None:
    keys = _keys(Category, "code", {code for one in stored for code in one.categories})
    listing = Paper.categories.through
    listing.objects.filter(paper__in=[one.paper.pk for one in stored if not one.new]).delete()
    listing.objects.bulk_create(
        [listing(paper_id=one.paper.pk, category_id=keys[code]) for one in stored for code in one.categories]
    )


def _keys(model: type[Author] | type[Category], field: str, wanted: Collection[str]) -> dict[str, int]:
    """Primary keys by name, of rows made where there was none."""
    rows: models.Manager[Any] = model._default_manager
    keys: dict[str, int] = {}
    for names in batches(sorted(wanted), _NAMES_A_QUERY):  # sorted: two harvests never wait for each other crosswise
        named = rows.filter(**{f"{field}__in": names}).values_list(field, "pk")
        known = dict(named)
        if missing := [model(**{field: name}) for name in names if name not in known]:
            rows.bulk_create(missing, ignore_conflicts=True)
            known = dict(named.all())
        keys |= known
    return keys


def place_in_calendar(months: Collection[str]) -> int:
    """Infer the announcement of the papers of these id months that no listing placed; how many moved.

    Each month is placed as a whole, because every paper stored teaches something about its neighbours by id.
    """
    return sum(_place_month(month) for month in sorted(months))


def _place_month(month: str) -> int:
    columns = ("pk", "arxiv_id", "submitted_at", "announced_on", "announced_by")
    rows = Paper.objects.of_id_month(month).values_list(*columns)
    known = [
        (pk, (day, by), Submission(arxiv_id, submitted_at, day if by == Paper.AnnouncedBy.LISTING else None))
        for pk, arxiv_id, submitted_at, day, by in rows
    ]
    moved: defaultdict[tuple[dt.date | None, str], list[int]] = defaultdict(list)
    for (pk, before, _), after in zip(known, infer_announcements([each[2] for each in known]), strict=True):
        if before != (after.announced_on, after.by):
            moved[after.announced_on, after.by].append(pk)
    return _move(moved)


@transaction.atomic
def _move(moved: Mapping[tuple[dt.date | None, str], Collection[int]]) -> int:
    now = timezone.now()
    unlisted = Paper.objects.exclude(announced_by=Paper.AnnouncedBy.LISTING)  # one may have come in between
    return sum(
        unlisted.filter(pk__in=keys).update(announced_on=day, announced_by=by, changed_at=now)
        for (day, by), keys in moved.items()
    )
