"""Every saved version of an entry or of a digest's front: which there are, and what one changed, word by word."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal

from digests.models import Digest, Entry
from digests.models.people import name_of

ENTRY_TEXTS = ("heading", "summary")
FRONT_TEXTS = ("headline", "subtitle", "intro", "sign_off")
SITTING = dt.timedelta(minutes=15)  # saves of one person that are no further apart are one sitting
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_MANY = 4_000  # tokens, beyond which a difference is found more quickly and less finely


@dataclass(frozen=True)
class Version:
    """One save that changed the text."""

    pk: int
    saved_at: dt.datetime
    saved_by: str
    reason: str
    texts: dict[str, str]
    before: dict[str, str]  # the texts of the version before


@dataclass(frozen=True)
class Sitting:
    """Saves of one person in a row: the last of them, and those on the way there, the latest first."""

    last: Version
    others: list[Version] = field(default_factory=list)


def entry_versions(entry: Entry) -> list[Version]:
    """The entry's, the latest first, from before it was taken out and put back, too. Two queries at the most."""
    rows = Entry.history.filter(digest=entry.digest_id, paper=entry.paper_id)
    return _versions(rows.select_related("history_user").order_by("history_id"), ENTRY_TEXTS)


def front_versions(digest: Digest) -> list[Version]:
    """Those of what stands around the entries, the latest first."""
    rows = digest.history.select_related("history_user").order_by("history_id")
    return _versions(rows, FRONT_TEXTS)


def _versions(rows: Any, names: Sequence[str]) -> list[Version]:
    found: list[Version] = []
    before = dict.fromkeys(names, "")
    for row in rows:
        texts = {name: getattr(row, name) for name in names}
        if texts != before:
            who = name_of(row.history_user) or "Galley"
            found.append(Version(row.history_id, row.history_date, who, row.history_change_reason or "", texts, before))
            before = texts
    return found[::-1]


def sittings(versions: Sequence[Version]) -> list[Sitting]:
    """The versions, with what was saved on the way folded under the last of each sitting."""
    found: list[Sitting] = []
    earliest: Version | None = None
    for version in versions:
        if earliest and _is_one_sitting(version, earliest):
            found[-1].others.append(version)
        else:
            found.append(Sitting(version))
        earliest = version
    return found


def _is_one_sitting(earlier: Version, later: Version) -> bool:
    same = (earlier.saved_by, earlier.reason) == (later.saved_by, later.reason)
    return same and later.saved_at - earlier.saved_at <= SITTING


@dataclass(frozen=True)
class Change:
    kind: Literal["same", "added", "removed"]
    text: str


def compare(old: str, new: str) -> list[Change]:
    """How the new text came from the old, word by word.

    >>> [(change.kind, change.text) for change in compare("It gains 5%.", "It gains 7%.")]
    [('same', 'It gains '), ('removed', '5'), ('added', '7'), ('same', '%.')]
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=max(len(before), len(after)) > _MANY)
    return list(_merged(matcher.get_opcodes(), before, after))


def _merged(codes: Sequence[tuple[str, int, int, int, int]], before: list[str], after: list[str]) -> Iterator[Change]:
    """The changes; where nothing but a space stayed between two, they are one."""
    removed = added = ""
    for place, (kind, a, b, c, d) in enumerate(codes):
        same = "".join(before[a:b])
        if kind == "equal" and (same.strip(" ") or place in (0, len(codes) - 1)):
            yield from _pair(removed, added)
            removed = added = ""
            yield Change("same", same)
        else:
            removed += same
            added += "".join(after[c:d])
    yield from _pair(removed, added)


def _pair(removed: str, added: str) -> Iterator[Change]:
    if removed:
        yield Change("removed", removed)
    if added:
        yield Change("added", added)
