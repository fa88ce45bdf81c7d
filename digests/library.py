"""What signed-in readers do: save, read, tag and note papers, follow, and leave with everything."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from digests.models import Follow, Library, ReadMark, SavedPaper, Tag, Topic
from digests.models.readers import new_feed_key
from tracker.batches import batches
from tracker.errors import GalleyError
from tracker.models import Author, Paper

SAVED_AT_MOST = 5_000
TAGS_AT_MOST = 20  # on one paper
NOTE_AT_MOST = 10_000  # characters
SEARCHES_AT_MOST = 20
FOLLOWS_AT_MOST = 500
VISIT_ENDS_AFTER = dt.timedelta(minutes=30)


class LibraryFull(GalleyError):
    """The reader keeps as much as a library holds."""


class NoteTooLong(GalleyError):
    """A note or a tag that doesn't fit."""


class NothingToFollow(GalleyError):
    """Neither an author nor a topic nor a search was named."""


class WorksAtTheDesk(GalleyError):
    """The account has a role at the desk, whose records name it."""


def open_library(reader: User) -> Library:
    """The reader's own row, made where there is none yet."""
    library, _ = Library.objects.get_or_create(reader=reader)
    return library


# Saving and reading


@transaction.atomic
def save_paper(paper: Paper, *, reader: User, at: dt.datetime | None = None) -> SavedPaper:
    """Put the paper into the library, as saved `at`, or now; one that is there stays as it is. Raises LibraryFull."""
    saved = SavedPaper.objects.filter(reader=reader, paper=paper).first()
    if saved is not None:
        return saved
    if SavedPaper.objects.filter(reader=reader).count() >= SAVED_AT_MOST:
        raise LibraryFull(f"Your library holds {SAVED_AT_MOST} papers, which is all it can. Remove some first.")
    when = {"saved_at": at or timezone.now()}
    saved, _ = SavedPaper.objects.get_or_create(reader=reader, paper=paper, defaults=when)
    return saved


def remove_paper(paper: Paper, *, reader: User) -> None:
    """Take the paper out of the library, its note and tags with it."""
    with transaction.atomic():
        SavedPaper.objects.filter(reader=reader, paper=paper).delete()
        _drop_unused_tags(reader)


def mark_read(paper: Paper, *, reader: User) -> None:
    """Note that the reader has read the paper."""
    ReadMark.objects.get_or_create(reader=reader, paper=paper, defaults={"read_at": timezone.now()})


def mark_unread(paper: Paper, *, reader: User) -> None:
    """Take the mark back."""
    ReadMark.objects.filter(reader=reader, paper=paper).delete()


@transaction.atomic
def annotate(saved: SavedPaper, *, note: str, tags: str) -> None:
    """Store the reader's note and tags, the tags with commas between. Raises NoteTooLong."""
    names = _tag_names(tags)
    note = note.replace("\r\n", "\n").strip()
    if len(note) > NOTE_AT_MOST:
        raise NoteTooLong(f"A note holds {NOTE_AT_MOST:,} characters, and this one has {len(note):,}: shorten it.")
    saved.note = note
    saved.save(update_fields=["note"])
    saved.tags.set([_tag(saved.reader_id, name) for name in names])
    _drop_unused_tags(saved.reader)


def _tag_names(tags: str) -> list[str]:
    """The names, each once whatever its case. Raises NoteTooLong."""
    names = {name.casefold(): name for name in (" ".join(part.split()) for part in tags.split(",")) if name}
    longest = Tag._meta.get_field("name").max_length or 0
    if len(names) > TAGS_AT_MOST:
        raise NoteTooLong(f"A paper takes {TAGS_AT_MOST} tags, and these are {len(names)}: leave some out.")
    if too_long := [name for name in names.values() if len(name) > longest]:
        raise NoteTooLong(f"A tag has at most {longest} characters: shorten “{too_long[0][:80]}”.")
    return list(names.values())


def _tag(reader_id: int, name: str) -> Tag:
    tag, _ = Tag.objects.get_or_create(reader_id=reader_id, name__iexact=name, defaults={"name": name})
    return tag


def _drop_unused_tags(reader: User) -> None:
    Tag.objects.filter(reader=reader, saved_papers=None).delete()


@dataclass(frozen=True)
class Merged:
    """What a browser's marks added to a library; `unknown` ids are of papers that Galley doesn't hold."""

    saved: int
    read: int
    unknown: int


@transaction.atomic
def merge_marks(saved: Mapping[str, dt.datetime], read: Mapping[str, dt.datetime], *, reader: User) -> Merged:
    """Add what a browser kept before its reader signed in: arXiv ids, each with its instant.

    Raises LibraryFull, and then adds nothing.
    """
    papers = {paper.arxiv_id: paper for paper in _papers(saved.keys() | read.keys())}
    known = set(SavedPaper.objects.filter(reader=reader, paper__in=papers.values()).values_list("paper", flat=True))
    read_before = set(ReadMark.objects.filter(reader=reader, paper__in=papers.values()).values_list("paper", flat=True))
    new_saved = [
        SavedPaper(reader=reader, paper=papers[arxiv_id], saved_at=at)
        for arxiv_id, at in saved.items()
        if arxiv_id in papers and papers[arxiv_id].pk not in known
    ]
    if SavedPaper.objects.filter(reader=reader).count() + len(new_saved) > SAVED_AT_MOST:
        raise LibraryFull(f"Your library can't take these {len(new_saved)} too: it holds {SAVED_AT_MOST} papers.")
    new_read = [
        ReadMark(reader=reader, paper=papers[arxiv_id], read_at=at)
        for arxiv_id, at in read.items()
        if arxiv_id in papers and papers[arxiv_id].pk not in read_before
    ]
    SavedPaper.objects.bulk_create(new_saved, ignore_conflicts=True)
    ReadMark.objects.bulk_create(new_read, ignore_conflicts=True)
    return Merged(len(new_saved), len(new_read), len((saved.keys() | read.keys()) - papers.keys()))


def _papers(arxiv_ids: Iterable[str]) -> Iterable[Paper]:
    for ids in batches(arxiv_ids, 500):  # SQLite takes only so many values in one query
        yield from Paper.objects.filter(arxiv_id__in=ids).only("arxiv_id")


def note_visit(reader: User) -> Library:
    """Note that the reader is here: after half an hour's absence a new visit begins."""
    library, now = open_library(reader), timezone.now()
    if library.visited_at is None or now - library.visited_at > VISIT_ENDS_AFTER:
        library.previous_visit_at = library.visited_at
    library.visited_at = now
    library.save(update_fields=["visited_at", "previous_visit_at"])
    return library


# Following


@transaction.atomic
def follow(*, reader: User, author: Author | None = None, topic: Topic | None = None, query: str = "") -> Follow:
    """Follow one author, one topic or one search; what is followed already stays so.

    Raises NothingToFollow, LibraryFull.
    """
    query = " ".join(query.split())
    if sum((author is not None, topic is not None, bool(query))) != 1:
        raise NothingToFollow("Name one author, one topic or one search to follow.")
    if len(query) > (Follow._meta.get_field("query").max_length or 0):
        raise NothingToFollow("This search is too long to be followed: shorten it to 500 characters.")
    mine = Follow.objects.filter(reader=reader)
    wish = {"author": author, "topic": topic, "query": query}
    if (existing := mine.filter(**wish).first()) is not None:
        return existing
    if query and mine.exclude(query="").count() >= SEARCHES_AT_MOST:
        raise LibraryFull(f"You follow {SEARCHES_AT_MOST} searches, which is the most. Give one up first.")
    if mine.count() >= FOLLOWS_AT_MOST:
        raise LibraryFull(f"You follow {FOLLOWS_AT_MOST} things, which is the most. Give one up first.")
    followed, _ = Follow.objects.get_or_create(reader=reader, **wish, defaults={"followed_at": timezone.now()})
    return followed


def unfollow(followed: Follow) -> None:
    """Follow it no longer."""
    followed.delete()


def mark_news_seen(*, reader: User) -> None:
    """Whatever is in the news now is no longer new."""
    library = open_library(reader)
    library.seen_at = timezone.now()
    library.save(update_fields=["seen_at"])


def renew_feed_key(*, reader: User) -> None:
    """Give the reader's feed another address; the old one answers nobody any more."""
    library = open_library(reader)
    library.feed_key = new_feed_key()
    library.save(update_fields=["feed_key"])


# Leaving


@transaction.atomic
def delete_account(reader: User) -> None:
    """Delete the account and everything it kept. Raises WorksAtTheDesk."""
    if reader.is_superuser or reader.is_staff or reader.groups.exists():
        raise WorksAtTheDesk(
            "This account has a role at the desk, where its name stands beside what it decided. Ask an administrator to"
            " take the role away first."
        )
    reader.delete()
