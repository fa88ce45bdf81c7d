"""Kill a weekly run at random moments, restart it, and compare the end with an undisturbed run's.

    python -m tests.faults --file ../shared/data/papers/2026-W08.jsonl --week 2026-W08 --kills 20

The kills are SIGKILL, spread at random over the time that an undisturbed run takes; after each the command is started
anew, and the last time left to finish. What is compared is all that the run stores, by natural keys.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.installation import REPO, Installation

# Prints what a run has stored: one row a table, its count and a hash of its contents by natural keys.
FINGERPRINT = """
import hashlib, json
from digests.models import Candidate, Digest, Entry, Section, WeeklyRun
from tracker.models import Authorship, Embedding, Paper
listings = {
    "papers": Paper.objects.order_by("arxiv_id").values_list(
        "arxiv_id", "version", "title", "abstract", "announced_on", "announced_by", "withdrawn", "text_hash"),
    "authorships": Authorship.objects.order_by("paper__arxiv_id", "position").values_list(
        "paper__arxiv_id", "position", "author__name"),
    "categories": Paper.categories.through.objects.order_by("paper__arxiv_id", "category__code").values_list(
        "paper__arxiv_id", "category__code"),
    "embeddings": ((row[0], row[1], row[2], bytes(row[3]).hex()) for row in Embedding.objects.order_by(
        "paper__arxiv_id").values_list("paper__arxiv_id", "model_name", "text_hash", "vector")),
    "candidates": Candidate.objects.order_by("paper__arxiv_id").values_list(
        "paper__arxiv_id", "scope", "suggested_topic__slug", "topic_score", "margin", "importance", "topic_reasons",
        "importance_reasons", "proposed", "verdict"),
    "digests": Digest.objects.values_list("series__slug", "week_start", "headline", "intro", "status"),
    "sections": Section.objects.order_by("position").values_list("title", "position"),
    "entries": Entry.objects.order_by("section__position", "position").values_list(
        "section__title", "position", "paper__arxiv_id", "draft_summary", "summary"),
    "runs": WeeklyRun.objects.values_list("week_start", "step", "state", "error"),
}
print(json.dumps({name: [len(rows := [list(row) for row in listing]),
    hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()[:16]] for name, listing in listings.items()}))
"""


def fingerprint(installation: Installation) -> dict[str, Any]:
    """What the installation has stored: count and hash of each table."""
    done = installation.manage("shell", "--no-imports", "--command", FINGERPRINT)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def weekly(installation: Installation, file: Path, week: str) -> subprocess.Popen[bytes]:
    return installation.start(
        sys.executable, "manage.py", "weekly", "--file", str(file.resolve()), "--week", week, "--json"
    )


def undisturbed(folder: Path, file: Path, week: str) -> tuple[dict[str, Any], float]:
    """The end state of a run that nobody kills, and the seconds it took."""
    installation = prepared(folder)
    began = time.monotonic()
    assert weekly(installation, file, week).wait() == 0, logs(folder)
    return fingerprint(installation), time.monotonic() - began


def disturbed(folder: Path, file: Path, week: str, kills: int, seconds: float, seed: int) -> tuple[dict[str, Any], int]:
    """The end state of a run killed at `kills` random moments, and how many of them hit a run that was at work."""
    installation = prepared(folder)
    chance = random.Random(seed)
    hit = 0
    for _ in range(kills):
        process = weekly(installation, file, week)
        try:
            # A restart goes on where the last stopped, so moments late in a whole run come up by themselves.
            process.wait(timeout=chance.uniform(0.3, max(2.0, seconds / 4)))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            hit += 1
    assert weekly(installation, file, week).wait() == 0, logs(folder)
    return fingerprint(installation), hit


def prepared(folder: Path) -> Installation:
    folder.mkdir()
    installation = Installation(folder)
    migrated = installation.manage("migrate", "--verbosity", "0")
    assert migrated.returncode == 0, migrated.stderr
    return installation


def logs(folder: Path) -> str:
    return "\n".join(path.read_text()[-2000:] for path in folder.glob("*.log"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, default=REPO / "digests/sample_week/papers.jsonl")
    parser.add_argument("--week", default="2023-W47")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="galley-faults-") as name:
        folder = Path(name)
        expected, seconds = undisturbed(folder / "undisturbed", options.file, options.week)
        print(f"undisturbed: {seconds:.0f} s", flush=True)
        found, hit = disturbed(folder / "disturbed", options.file, options.week, options.kills, seconds, options.seed)
        print(f"killed {hit} times at work of {options.kills} (seed {options.seed})")
        for table, row in expected.items():
            verdict = "equal" if found[table] == row else f"DIFFERENT: {found[table]}"
            print(f"{table:12} {row[0]:7} rows  {row[1]}  {verdict}")
    return 0 if found == expected else 1


if __name__ == "__main__":
    sys.exit(main())
