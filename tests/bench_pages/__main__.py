"""How long pages take on a corpus of full size: `python -m tests.bench_pages PAPERS.jsonl.gz [--keep FOLDER]`.

The papers are stored in an installation of its own, on the server that DATABASE_URL names or else in SQLite, and 75
weekly digests are made of them. `--keep` leaves them in a folder, where the next run on SQLite finds them.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.installation import REPO, Installation

MEASURE = "import django, sys; django.setup(); from tests.bench_pages.measure import main; main(sys.argv[1])"


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="JSON Lines of papers, plain or .gz")
    parser.add_argument("--keep", type=Path, help="a folder for what is stored, to begin from the next time")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        installation = Installation(options.keep or Path(scratch), DJANGO_SETTINGS_MODULE="tracker.config.settings")
        environment = installation.environment | {"DJANGO_SETTINGS_MODULE": "tracker.config.settings"}
        command = [sys.executable, "-c", MEASURE, str(options.file.resolve())]
        return subprocess.run(command, cwd=REPO, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
