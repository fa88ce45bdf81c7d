"""Adding to the trail of what was done at the desk. Every verb does so in its own transaction."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from digests.models import Digest, Event, Series
from digests.models.people import name_of
from tracker import tex
from tracker.models import Paper


def record(
    kind: Event.Kind,
    deed: str,
    *,
    by: User | None,
    digest: Digest | None = None,
    series: Series | None = None,
    paper: Paper | None = None,
    subject: str = "",
    changes: Mapping[str, tuple[Any, Any]] | None = None,
) -> None:
    """Add one deed to the trail. `by` None is the clock's; `changes` are before and after, by what changed."""
    Event.objects.create(
        kind=kind,
        actor=by,
        actor_name=name_of(by),
        deed=deed[:300],
        digest=digest,
        series_id=digest.series_id if digest else series.pk if series else None,
        paper=paper,
        subject=(subject or _name(digest, series, paper))[:500],
        changes={name: list(pair) for name, pair in (changes or {}).items() if pair[0] != pair[1]},
    )


def _name(digest: Digest | None, series: Series | None, paper: Paper | None) -> str:
    if paper is not None:
        return tex.to_unicode(paper.title)
    return str(digest.week) if digest else str(series or "")
