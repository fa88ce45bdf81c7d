"""What editors do to a digest. Each verb locks the digest, checks its state, acts and records who and when."""

from digests.publishing.adding import add_paper
from digests.publishing.arranging import place_entry
from digests.publishing.choosing import move, pick, pick_all_proposed, reconsider, set_aside, skip
from digests.publishing.errors import (
    AlreadyPublished,
    AlreadyThere,
    DigestNotReady,
    EditClash,
    NoDraft,
    NothingToUndo,
    NotPublished,
    NotScheduled,
    TimeIsPast,
    TopicNeeded,
    WrongDigest,
)
from digests.publishing.releasing import (
    publish_digest,
    publish_due,
    schedule_digest,
    unschedule_digest,
    withdraw_digest,
)
from digests.publishing.undoing import Undone, undo_last
from digests.publishing.writing import take_all_drafts, take_draft, write_entry, write_front

__all__ = [
    "AlreadyPublished",
    "AlreadyThere",
    "DigestNotReady",
    "EditClash",
    "NoDraft",
    "NotPublished",
    "NotScheduled",
    "NothingToUndo",
    "TimeIsPast",
    "TopicNeeded",
    "Undone",
    "WrongDigest",
    "add_paper",
    "move",
    "pick",
    "pick_all_proposed",
    "place_entry",
    "publish_digest",
    "publish_due",
    "reconsider",
    "schedule_digest",
    "set_aside",
    "skip",
    "take_all_drafts",
    "take_draft",
    "undo_last",
    "unschedule_digest",
    "withdraw_digest",
    "write_entry",
    "write_front",
]
