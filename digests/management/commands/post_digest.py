"""`manage.py post_digest`: a published digest to its channels, by hand, or only what would be sent."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from digests import announcing
from digests.channels import channels
from digests.channels.work import work_on
from digests.management.options import chosen_series
from digests.models import Digest, Posting
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand
from tracker.weeks import Week


class NothingToPost(GalleyError):
    """There is no such published digest, it is the sample, or there is no channel to post it to."""


class Command(GalleyCommand):
    help = "Send a published digest to the channels of the settings; --dry-run tells what would be sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("series", help="the series' slug, such as llm")
        parser.add_argument("week", help="the ISO week, such as 2023-W47")
        parser.add_argument("--dry-run", action="store_true", help="tell what would be sent, and send nothing")

    def run(self, **options: Any) -> dict[str, Any]:
        series, week = chosen_series(options["series"]), Week.parse(options["week"])
        digest = Digest.objects.published().filter(series=series).of_week(week).with_contents().first()
        if digest is None:
            raise NothingToPost(f"{series.slug} has no published digest of {week}.")
        if not channels():
            raise NothingToPost("No channel is set up: see WEBHOOK_URLS and GIT_REPOSITORY.")
        if digest.sample:
            raise NothingToPost("The sample week goes out to nobody: post a digest of your own.")
        if options["dry_run"]:
            return {channel.name: _rehearsed(channel.rehearse, digest) for channel in channels()}
        made = announcing.announce(digest, Posting.Occasion.PUBLISHED)
        return {posting.channel: work_on(posting.pk) or "A worker has it." for posting in made}


def _rehearsed(rehearse: Callable[[Digest], str], digest: Digest) -> str:
    try:
        return rehearse(digest)
    except GalleyError as error:
        return str(error)
