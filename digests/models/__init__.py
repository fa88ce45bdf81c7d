"""The publication's tables."""

from digests.models.digests import Candidate, Digest, Entry, Section
from digests.models.report_cards import ReportCard
from digests.models.runs import WeeklyRun
from digests.models.series import Series, Topic

__all__ = ["Candidate", "Digest", "Entry", "ReportCard", "Section", "Series", "Topic", "WeeklyRun"]
