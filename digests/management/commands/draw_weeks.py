"""`manage.py draw_weeks`: the map and the topics' counts of published digests' weeks."""

from argparse import ArgumentParser
from typing import Any

from digests.models import Digest
from digests.pictures.drawing import draw_week
from tracker.management.base import GalleyCommand


class Command(GalleyCommand):
    help = "Draw the weeks of published digests that have no picture, or an old one. Beat does it within a minute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="draw every published digest's week again")

    def run(self, **options: Any) -> dict[str, Any]:
        digests = Digest.objects.published() if options["all"] else Digest.objects.lacking_picture()
        self.progress.start("Drawing", len(digests))
        points = 0
        for digest in digests:
            points += len(draw_week(digest).points)
            self.progress.advance()
        return {"digests": len(digests), "papers": points}
