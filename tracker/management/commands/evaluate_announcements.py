"""`manage.py evaluate_announcements`: how often the inferred announcement falls into the right week."""

import datetime as dt
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tracker.announcements import Submission, infer_announcements, listing_day
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand
from tracker.records import Record
from tracker.snapshot import read_records
from tracker.weeks import Week

_REPLACED_AFTER = dt.timedelta(days=14)
"""A listing that much later than the submission shows a replacement or a cross-list, not the first announcement."""


class NothingToCompare(GalleyError):
    """No paper has both a submission instant and a listing day."""


class Command(GalleyCommand):
    help = "Compare inferred weeks of announcement with listing days, which the inference doesn't see."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--picks", type=Path, required=True, help="a file of papers with submission instants")
        parser.add_argument("--listings", type=Path, required=True, help="a file of papers with listing days")

    def run(self, **options: Any) -> dict[str, Any]:
        submissions = {
            item.arxiv_id: item.submitted_at
            for item in read_records(options["picks"])
            if isinstance(item, Record) and item.submitted_at
        }
        truth = {
            item.arxiv_id: item.announced_on
            for item in read_records(options["listings"])
            if isinstance(item, Record) and item.announced_on and item.arxiv_id in submissions
        }
        return evaluate(submissions, truth)


def evaluate(submissions: Mapping[str, dt.datetime], truth: Mapping[str, dt.date]) -> dict[str, Any]:
    """Shares of papers in the right ISO week: by submission date, by schedule alone, and as inferred.

    The inference sees every submission, but no listing day. Raises NothingToCompare.
    """
    compared = [
        arxiv_id
        for arxiv_id, day in truth.items()
        if abs(day - submissions[arxiv_id].date()) <= _REPLACED_AFTER  # drop the listings of replacements
    ]
    if not compared:
        raise NothingToCompare("The two files have no paper in common with both a submission and a listing day.")
    inferred = infer_announcements([Submission(*item) for item in submissions.items()])
    days = {arxiv_id: found.announced_on for arxiv_id, found in zip(submissions, inferred, strict=True)}

    def share_right(day_of: Mapping[str, dt.date | None]) -> float:
        right = sum(Week.of(day_of[each] or dt.date.min) == Week.of(truth[each]) for each in compared)
        return round(right / len(compared), 4)

    return {
        "papers": len(compared),
        "by_submission_date": share_right({each: submissions[each].date() for each in compared}),
        "by_schedule": share_right({each: listing_day(submissions[each]) for each in compared}),
        "inferred": share_right(days),
    }
