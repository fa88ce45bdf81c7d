"""Making a digest public, now or at a time; what follows from it; and taking it back."""

import datetime as dt

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from digests import announcing, dispatch, preflight, report_card, searchable, trail
from digests.models import Candidate, Digest, Event, Posting
from digests.publishing.arranging import remove_entry
from digests.publishing.errors import DigestNotReady, NotPublished, NotScheduled, TimeIsPast
from digests.publishing.rows import locked_digests, refuse_published, save


@transaction.atomic
def publish_digest(digest: Digest, *, editor: User | None, mail: bool | None = None) -> None:
    """Make the digest public, with its picked papers only. Whatever follows from it is called or queued here.

    `editor` is None where the clock does it, for whoever had scheduled it; `mail` None leaves it to the series whether
    its subscribers get it by mail. Raises DigestNotReady, AlreadyPublished.
    """
    digest.refresh_from_db(from_queryset=locked_digests())
    refuse_published(digest)
    if found := preflight.errors(digest):
        raise DigestNotReady(found)
    publisher = editor or digest.scheduled_by
    picked = digest.candidates.filter(verdict=Candidate.Verdict.PICKED)
    for entry in digest.entries.exclude(paper__in=picked.values("paper")).select_related("section"):
        remove_entry(entry, publisher)
    digest.entries.stamp_versions()
    digest.status = Digest.Status.PUBLISHED
    digest.published_at, digest.published_by = timezone.now(), publisher
    _clear_schedule(digest)
    save(digest, publisher, "Published")
    trail.record(Event.Kind.PUBLICATION, "Published" if editor else "Published on time", by=editor, digest=digest)
    report_card.grade(digest)
    searchable.describe_entries_of(digest)
    dispatch.plan(digest, by=publisher, wanted=mail)
    announcing.announce(digest, Posting.Occasion.PUBLISHED)


@transaction.atomic
def schedule_digest(digest: Digest, at: dt.datetime, *, editor: User) -> None:
    """Have the digest published at a time, instead of any it was scheduled for before.

    It can still be changed until then: what stands in it when its time comes goes out, if preflight lets it. Raises
    TimeIsPast, DigestNotReady, AlreadyPublished.
    """
    digest.refresh_from_db(from_queryset=locked_digests())
    refuse_published(digest)
    if at <= timezone.now():
        raise TimeIsPast("That time is past: choose a later one, or publish now.")
    if found := preflight.errors(digest):
        raise DigestNotReady(found)
    before = digest.publish_at
    digest.status = Digest.Status.SCHEDULED
    digest.publish_at, digest.scheduled_by, digest.held_up = at, editor, ""
    save(digest, editor, "Scheduled")
    changes = {"time": (before and _spelt(before), _spelt(at))}
    trail.record(Event.Kind.PUBLICATION, f"Scheduled for {_spelt(at)}", by=editor, digest=digest, changes=changes)


@transaction.atomic
def unschedule_digest(digest: Digest, *, editor: User) -> None:
    """Stop the schedule: the digest is a draft again, as it stands. Raises NotScheduled."""
    digest.refresh_from_db(from_queryset=locked_digests())
    if not digest.is_scheduled:
        raise NotScheduled("This digest isn’t scheduled any more: reload the page to see what became of it.")
    digest.status = Digest.Status.DRAFT
    _clear_schedule(digest)
    save(digest, editor, "Schedule stopped")
    trail.record(Event.Kind.PUBLICATION, "Schedule stopped", by=editor, digest=digest)


def publish_due(now: dt.datetime) -> int:
    """Publish what is scheduled for now; returns how many went out.

    What preflight refuses is told on the digest and tried again until it is missed, so that putting it right in time
    is enough. One that fails keeps no other from going out; the faults are raised together at the end.
    """
    published, faults = 0, []
    for key in Digest.objects.due(now).values_list("pk", flat=True):
        try:
            published += _publish_if_due(key, now)
        except Exception as fault:  # noqa: BLE001 - raised below
            faults.append(fault)
    if faults:
        raise ExceptionGroup("Digests that were due could not be published", faults)
    return published


@transaction.atomic
def _publish_if_due(key: int, now: dt.datetime) -> bool:
    digest = Digest.objects.due(now).select_for_update().filter(pk=key).first()
    if digest is None:  # published, stopped or put off a moment ago
        return False
    try:
        publish_digest(digest, editor=None)
    except DigestNotReady as error:
        if digest.held_up != str(error):
            Digest.objects.filter(pk=key).update(held_up=str(error))
            trail.record(Event.Kind.PUBLICATION, "Held up", by=None, digest=digest, changes={"why": (None, str(error))})
        return False
    return True


@transaction.atomic
def withdraw_digest(digest: Digest, *, editor: User) -> None:
    """Take a published digest back to draft, with all that is decided and written. Raises NotPublished."""
    digest.refresh_from_db(from_queryset=locked_digests())
    if not digest.is_published:
        raise NotPublished("This digest isn’t public: there is nothing to take back.")
    digest.status, digest.published_at, digest.published_by = Digest.Status.DRAFT, None, None
    save(digest, editor, "Taken back to draft")
    trail.record(Event.Kind.PUBLICATION, "Taken back to draft", by=editor, digest=digest)
    searchable.describe_entries_of(digest)


def _clear_schedule(digest: Digest) -> None:
    digest.publish_at, digest.scheduled_by, digest.held_up = None, None, ""


def _spelt(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%A, %-d %B %Y, %H:%M} UTC"
