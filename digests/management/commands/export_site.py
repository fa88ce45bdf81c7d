"""`manage.py export_site`: the public archive as a static site."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from digests.static_site import export_site
from tracker.management.base import GalleyCommand


class Command(GalleyCommand):
    help = "Write the whole public archive as files that open from disk and from any static host."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", help="an empty or new folder, or one that this command wrote before")

    def run(self, **options: Any) -> dict[str, Any]:
        written = export_site(Path(options["folder"]), progress=self.progress)
        return {
            "folder": options["folder"],
            "pages": written.pages,
            "files": written.files,
            "bytes": written.size,
            "links_to_the_running_site": len(written.live_links),
        }
