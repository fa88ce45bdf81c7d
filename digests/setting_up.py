"""What administrators do to series and topics: add them, change them, put them in order, take topics away.

What changes how papers are sorted has the weeks that are still open sorted anew, by a worker.
"""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from digests import tasks, trail, weekly
from digests.models import Event, FormerSlug, Series, Topic

# What the classifier reads of a series and of a topic.
SORTED_BY = {"scope", "outside"}
TOPIC_SORTED_BY = {"name", "description", "examples"}


@transaction.atomic
def save_series(series: Series, *, by: User) -> int:
    """Store a new series, or what was changed of one; returns how many weeks are sorted anew for it.

    A new slug leaves the old one behind as a former one, whose addresses lead on.
    """
    before = Series.objects.select_for_update().filter(pk=series.pk).first()
    FormerSlug.objects.filter(slug=series.slug, topic=None).delete()  # whoever has it now wins
    if before and before.slug != series.slug:
        FormerSlug.objects.create(series=before, slug=before.slug)
    series.save()
    changes = _changes(before, series)
    if before is None or changes:
        deed = "Series changed" if before else "Series added"
        trail.record(Event.Kind.SERIES, deed, by=by, series=series, changes=changes)
    return _sort_anew(series) if before and SORTED_BY & changes.keys() else 0


@transaction.atomic
def save_topic(topic: Topic, *, by: User) -> int:
    """Store a new topic, behind the others, or what was changed of one; returns how many weeks are sorted anew."""
    series = Series.objects.select_for_update().get(pk=topic.series_id)
    before = Topic.objects.filter(pk=topic.pk).first()
    FormerSlug.objects.filter(series=series, slug=topic.slug, topic__isnull=False).delete()
    if before is None:
        topic.position = series.topics.count()
    elif before.slug != topic.slug:
        FormerSlug.objects.create(series=series, topic=before, slug=before.slug)
    topic.save()
    changes = _changes(before, topic)
    if before is None or changes:
        deed = "Topic changed" if before else "Topic added"
        trail.record(Event.Kind.SERIES, deed, by=by, series=series, subject=_named(topic), changes=changes)
    return _sort_anew(series) if before is None or TOPIC_SORTED_BY & changes.keys() else 0


@transaction.atomic
def place_topic(topic: Topic, position: int, *, by: User) -> None:
    """Put the topic at `position`, from 0. Digests that are begun keep their own order."""
    series = Series.objects.select_for_update().get(pk=topic.series_id)
    others = list(series.topics.exclude(pk=topic.pk))
    others.insert(max(0, position), topic)
    for place, one in enumerate(others):
        one.position = place
    Topic.objects.bulk_update(others, ["position"])
    trail.record(
        Event.Kind.SERIES, f"Topic put at place {topic.position + 1}", by=by, series=series, subject=_named(topic)
    )


@transaction.atomic
def remove_topic(topic: Topic, *, by: User) -> int:
    """Take the topic away; returns how many weeks are sorted anew.

    Its sections stay in their digests, as sections of their own, with all that stands in them.
    """
    series = Series.objects.select_for_update().get(pk=topic.series_id)
    texts = {name: (getattr(topic, name), None) for name in ("slug", "description", "examples")}
    trail.record(Event.Kind.SERIES, "Topic taken away", by=by, series=series, subject=_named(topic), changes=texts)
    topic.delete()
    return _sort_anew(series)


def _sort_anew(series: Series) -> int:
    """Have a worker sort and rank the candidates of every open week, and draft what is proposed."""
    weeks = [digest.week for digest in series.digests.unpublished() if digest.candidates.exists()]
    for week in weeks:
        tasks.wake(weekly.request_sorting(series, week))
    return len(weeks)


def _changes(before: Series | Topic | None, after: Series | Topic) -> dict[str, tuple[Any, Any]]:
    """What differs, by the name of the column; nothing for a new row, whose name says it."""
    if before is None:
        return {}
    names = [column.name for column in after._meta.concrete_fields if column.name not in ("id", "series", "position")]
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _named(topic: Topic) -> str:
    return f"{topic.name} ({topic.series.name})"
