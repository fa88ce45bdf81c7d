"""What editors do to a digest. Each verb locks the digest, checks its state, acts and records who and when."""

from digests.publishing.adding import add_paper
from digests.publishing.arranging import place_entry
from digests.publishing.choosing import move, pick, pick_all_proposed, reconsider, set_aside, skip
from digests.publishing.correcting import correct_entry, correct_front, settle_change
from digests.publishing.errors import (
    AlreadyPublished,
    AlreadyThere,
    ClaimGone,
    CorrectionUntold,
    DigestNotReady,
    EditClash,
    NoDraft,
    NothingToUndo,
    NotPublished,
    NotScheduled,
    SectionInUse,
    SectionTitle,
    TimeIsPast,
    TopicNeeded,
    VersionGone,
    WrongDigest,
)
from digests.publishing.releasing import (
    publish_digest,
    publish_due,
    schedule_digest,
    unschedule_digest,
    withdraw_digest,
)
from digests.publishing.rows import refuse_published
from digests.publishing.sections import add_section, place_section, remove_section, rename_section
from digests.publishing.undoing import Undone, undo_last
from digests.publishing.vouching import accept_claim, doubt_claim
from digests.publishing.writing import (
    offer_draft,
    offer_own_draft,
    restore_entry,
    restore_front,
    take_all_drafts,
    take_draft,
    write_entry,
    write_front,
)

__all__ = [
    "AlreadyPublished",
    "AlreadyThere",
    "ClaimGone",
    "CorrectionUntold",
    "DigestNotReady",
    "EditClash",
    "NoDraft",
    "NotPublished",
    "NotScheduled",
    "NothingToUndo",
    "SectionInUse",
    "SectionTitle",
    "TimeIsPast",
    "TopicNeeded",
    "Undone",
    "VersionGone",
    "WrongDigest",
    "accept_claim",
    "add_paper",
    "add_section",
    "correct_entry",
    "correct_front",
    "doubt_claim",
    "move",
    "offer_draft",
    "offer_own_draft",
    "pick",
    "pick_all_proposed",
    "place_entry",
    "place_section",
    "publish_digest",
    "publish_due",
    "reconsider",
    "refuse_published",
    "remove_section",
    "rename_section",
    "restore_entry",
    "restore_front",
    "schedule_digest",
    "set_aside",
    "settle_change",
    "skip",
    "take_all_drafts",
    "take_draft",
    "undo_last",
    "unschedule_digest",
    "withdraw_digest",
    "write_entry",
    "write_front",
]
