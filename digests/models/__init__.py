"""The publication's tables."""

from digests.models.candidates import Candidate
from digests.models.claims import AcceptedClaim
from digests.models.corrections import Correction
from digests.models.decisions import Decision
from digests.models.digests import Digest, Entry, Section
from digests.models.events import Event
from digests.models.mailings import Delivery, LinkClicks, Mailing, MailTurn, Tally
from digests.models.people import Invitation, Role
from digests.models.pictures import WeekPicture
from digests.models.postings import Posting
from digests.models.readers import Follow, Library, ReadMark, SavedPaper, Tag
from digests.models.report_cards import ReportCard
from digests.models.runs import WeeklyRun
from digests.models.series import FormerSlug, Series, Topic
from digests.models.subscribers import (
    Note,
    Subscriber,
    SubscriberEvent,
    Subscription,
    SubscriptionTopic,
    Suppression,
)

__all__ = [
    "AcceptedClaim",
    "Candidate",
    "Correction",
    "Decision",
    "Delivery",
    "Digest",
    "Entry",
    "Event",
    "Follow",
    "FormerSlug",
    "Invitation",
    "Library",
    "LinkClicks",
    "MailTurn",
    "Mailing",
    "Note",
    "Posting",
    "ReadMark",
    "ReportCard",
    "Role",
    "SavedPaper",
    "Section",
    "Series",
    "Subscriber",
    "SubscriberEvent",
    "Subscription",
    "SubscriptionTopic",
    "Suppression",
    "Tag",
    "Tally",
    "Topic",
    "WeekPicture",
    "WeeklyRun",
]
