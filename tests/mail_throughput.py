"""How quickly roundups go out: `python -m tests.mail_throughput`, or beside PostgreSQL by `python -m tests.services …`.

The reference roundup's thirteen papers go to a server on loopback, with one, two and four workers, rendering included;
then a bare loop of smtplib sends the same bytes over one connection. `--memory` measures instead how much memory one
worker takes for lists of each size.
"""

import argparse
import json
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.installation import REPO, Installation, wait_until
from tests.services.__main__ import free_port, wait_for

WEEK = "2023-W47"
SENDER = "galley@localhost"
WORKER = (sys.executable, "manage.py", "send_mail", "--week", WEEK)

# Makes the published digest and `count` subscribers to choices of topics, and queues its mail.
PREPARE = """
import json, random
from django.utils import timezone
from digests.mailing import queueing
from digests.models import *
from digests import sample
from tracker.progress import Silent
count, chosen_share = {count}, {chosen_share}
digest = sample.load_sample(progress=Silent())
Digest.objects.filter(pk=digest.pk).update(status="published", published_at=timezone.now(), sample=False)
digest.refresh_from_db()
for entry in digest.entries.all():
    entry.summary = entry.summary or (entry.draft_summary + "\\n\\n") * 3
    entry.save()
now, chance = timezone.now(), random.Random(1)
topics = list(digest.series.topics.all())
for begin in range(0, count, 5000):
    people = Subscriber.objects.bulk_create([Subscriber(email=f"reader{{n}}@example.org", state="confirmed",
        consent_at=now, confirmed_at=now) for n in range(begin, min(count, begin + 5000))])
    subscriptions = Subscription.objects.bulk_create([Subscription(subscriber=p, series=digest.series) for p in people])
    SubscriptionTopic.objects.bulk_create([SubscriptionTopic(subscription=s, topic=t) for s in subscriptions
        if chance.random() < chosen_share for t in chance.sample(topics, chance.randint(1, len(topics) - 1))])
Mailing.objects.create(digest=digest)
print(json.dumps(dict(queued=queueing.queue(digest))))
"""


class Trial:
    """An installation with a digest queued for `count` subscribers, and a server that takes the mail."""

    def __init__(self, folder: Path, count: int, chosen_share: float = 0.5, **settings: str) -> None:
        self.folder, self.count = folder, count
        folder.mkdir()
        self.port = free_port()
        self.installation = Installation(
            folder, EMAIL_URL=f"smtp://127.0.0.1:{self.port}", MAIL_FROM=SENDER, HF_HUB_OFFLINE="1", **settings
        )
        for command in (["migrate", "--verbosity", "0"], self._shell(PREPARE.format(**locals()))):
            done = self.installation.manage(*command)
            assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["queued"] == count

    def _shell(self, program: str) -> list[str]:
        return ["shell", "--no-imports", "--command", program]

    def ask(self, program: str) -> Any:
        return self.answer(self.start_asking(program))

    def start_asking(self, program: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "manage.py", *self._shell(program)]
        return subprocess.Popen(command, cwd=REPO, env=self.installation.environment, stdout=subprocess.PIPE, text=True)

    def answer(self, asked: "subprocess.Popen[str]") -> Any:
        output, _ = asked.communicate(timeout=600)
        assert asked.returncode == 0
        return json.loads(output)

    def sql(self, statement: str) -> int:
        """Run one statement in the installation's database; a query gives its number."""
        address = self.installation.environment["DATABASE_URL"]
        if address.startswith("postgres"):
            with psycopg.connect(address) as database:
                answer = database.execute(statement)
                return int(answer.fetchone()[0]) if answer.description else answer.rowcount
        with closing(sqlite3.connect(address.removeprefix("sqlite:///"), timeout=20)) as database, database:
            found = database.execute(statement).fetchone()
            return int(found[0]) if found else 0

    @contextmanager
    def server(self) -> Iterator["subprocess.Popen[bytes]"]:
        process = self.start_server()
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def start_server(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.mail_server", str(self.port), str(self.folder)],
            cwd=REPO,
            env=self.installation.environment,
        )
        wait_for(self.port, process)
        return process

    def start_worker(self) -> "subprocess.Popen[bytes]":
        return self.installation.start(*WORKER)

    def received(self) -> list[str]:
        """Whom the server took mail for, in order."""
        log = self.folder / "received.log"
        return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []

    def sizes(self) -> list[int]:
        return [int(line.split()[1]) for line in (self.folder / "received.log").read_text().splitlines()]


def rate_of(trial: Trial, workers: int) -> float:
    """Mails a second, from the first that the server took to the last."""
    with trial.server():
        started = [trial.start_worker() for _ in range(workers)]
        wait_until(lambda: trial.received(), 60, "the first mail")
        first, begun = len(trial.received()), time.monotonic()
        for process in started:
            assert process.wait(600) == 0
        seconds = time.monotonic() - begun
    received = trial.received()
    assert len(received) == len(set(received)) == trial.count
    return (trial.count - first) / seconds


def bare_rate(trial: Trial, count: int) -> float:
    """The same for a loop that only hands mails of the same size to smtplib."""
    mail = b"Subject: x\r\n\r\n" + (b"x" * 70 + b"\r\n") * (max(trial.sizes()) // 72)
    with trial.server(), smtplib.SMTP("127.0.0.1", trial.port) as smtp:
        smtp.sendmail(SENDER, ["warm-up@example.org"], mail)
        begun = time.monotonic()
        for number in range(count):
            smtp.sendmail(SENDER, [f"reader{number}@example.org"], mail)
        return count / (time.monotonic() - begun)


def peak_of(trial: Trial, mails: int) -> float:
    """MiB that one worker has taken at most by the time it has sent so many."""
    with trial.server(), trial.installation.running(*WORKER) as process:
        peak = 0.0
        while len(trial.received()) < mails and process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = max(peak, *(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")))
            time.sleep(0.2)
        return peak


def measure_memory(folder: Path, sizes: list[int], mails: int) -> None:
    for size in sizes:
        peak = peak_of(Trial(folder / f"of-{size}", size), mails)
        print(f"{size:7} subscribers: at most {peak:4.0f} MiB in the first {mails} mails", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=3000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument(
        "--memory", type=int, nargs="+", metavar="SIZE", help="lists of these sizes, such as 1000 100000"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="galley-mail-") as name:
        if options.memory:
            measure_memory(Path(name), options.memory, min(options.memory))
            return 0
        bare = 0.0
        for workers in options.workers:
            trial = Trial(Path(name) / f"with-{workers}", options.subscribers)
            rate = rate_of(trial, workers)
            bare = bare or bare_rate(trial, options.subscribers)
            print(f"{workers} workers: {rate:6.0f} mails/s, {rate / bare:.2f} of the bare loop", flush=True)
        print(f"bare loop: {bare:6.0f} mails/s of {max(trial.sizes()) / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
