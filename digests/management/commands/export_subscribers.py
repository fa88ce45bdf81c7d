"""`manage.py export_subscribers`: all subscribers as CSV, which `import_subscribers` takes in again."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from digests import subscriber_lists
from tracker.errors import GalleyError
from tracker.management.base import GalleyCommand


class NotWritten(GalleyError):
    """The file can't be written."""


class Command(GalleyCommand):
    help = "Write all subscribers as CSV, a line a subscription."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", required=True, help="the file; - is standard output")

    def run(self, **options: Any) -> dict[str, Any]:
        lines = subscriber_lists.give_out()
        if options["output"] == "-":
            sys.stdout.writelines(lines)
            return {}
        path = Path(options["output"])
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="") as file:
                count = sum(1 for line in lines if file.write(line)) - 1
        except OSError as error:
            raise NotWritten(f"{path} can't be written: {error.strerror}.") from error
        return {"file": str(path), "lines": count}
