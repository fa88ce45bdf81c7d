"""Exactly once, or unknown: `python -m tests.mail_faults --subscribers 10000 --workers 4`.

While workers send a digest, one of them, drawn by lot, is killed with SIGKILL every second and started anew, and the
mail server is killed twice and started again. In the end each subscriber has exactly one mail, or is listed as unknown
and has one or none; who left meanwhile gets nothing from then on. The server notes whom it takes mail for before it
answers.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.mail_throughput import Trial

# What stands in the database in the end, by address.
STATES = """
import json
from digests.mailing import claiming
from digests.models import Delivery
claiming.expire()
print(json.dumps(dict(Delivery.objects.values_list("subscriber__email", "state"))))
"""
# Takes up at once what would otherwise wait for its pause, so that the trial ends; then counts what is to go.
HURRY = "UPDATE digests_delivery SET not_before = NULL WHERE state = 'queued' AND not_before IS NOT NULL"
TO_GO = "SELECT COUNT(*) FROM digests_delivery WHERE state IN ('queued', 'claimed', 'sending')"
# Every hundredth leaves while the sending goes on.
LEAVE = """
import json
from digests import subscriptions
from digests.models import Delivery, Subscriber
left = list(Subscriber.objects.filter(email__regex=r"^reader[0-9]*50@"))
for subscriber in left:
    subscriptions.leave(subscriber, how="page")
print(json.dumps([subscriber.email for subscriber in left]))
"""


@dataclass
class Result:
    """What the trial came to."""

    states: dict[str, str]
    received: Counter[str]
    left: set[str]
    late: set[str] = field(default_factory=set)  # got mail after they had left
    kills: int = 0
    server_kills: int = 0

    @property
    def wrong(self) -> dict[str, int]:
        """How many are not as they should be, by what is wrong with them."""
        got = self.received
        return {
            "twice": sum(1 for count in got.values() if count > 1),
            "sent, but not received": sum(1 for who, state in self.states.items() if state == "sent" and got[who] != 1),
            "received, but not sent nor unknown": sum(
                1 for who, state in self.states.items() if got[who] and state not in ("sent", "unknown")
            ),
            "not settled": sum(1 for state in self.states.values() if state in ("queued", "claimed", "sending")),
            "cancelled without leaving": sum(
                1 for who, state in self.states.items() if state == "cancelled" and who not in self.left
            ),
            "mailed after leaving": len(self.late),
        }


def trial(folder: Path, subscribers: int, workers: int, seed: int, most_kills: int = 10_000) -> Result:
    """Run it, and say what came of it."""
    chance = random.Random(seed)
    sending = Trial(folder, subscribers, MAIL_PATIENCE="5")
    server = sending.start_server()
    started = [sending.start_worker() for _ in range(workers)]
    kills = server_kills = 0
    left: set[str] = set()
    before: Counter[str] = Counter()
    leaving = None
    try:
        while True:
            time.sleep(1)
            done = len(sending.received()) / subscribers
            if server_kills < 2 and done > (server_kills + 1) / 3:
                server.kill()
                server.wait()
                time.sleep(1)
                server = sending.start_server()
                server_kills += 1
            if leaving is None and done > 0.4:
                leaving = sending.start_asking(LEAVE)
            if leaving is not None and not left and leaving.poll() is not None:
                left = set(sending.answer(leaving))
                # What was with the server at that moment has come in by now.
                before = Counter(sending.received())
            if kills < most_kills:
                victim = chance.randrange(workers)
                if started[victim].poll() is None:
                    os.killpg(started[victim].pid, signal.SIGKILL)
                    kills += 1
            sending.sql(HURRY)
            if sending.sql(TO_GO) == 0:
                break
            for place, process in enumerate(started):
                if process.poll() is not None:
                    started[place] = sending.start_worker()
        for process in started:
            process.wait(120)
        received = Counter(sending.received())
        late = {who for who in left if received[who] > before[who]}
        return Result(sending.ask(STATES), received, left, late, kills, server_kills)
    finally:
        for process in [*started, server]:
            process.kill()
            process.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="galley-mail-") as name:
        result = trial(Path(name) / "trial", options.subscribers, options.workers, options.seed)
    print(f"{result.kills} workers killed, the server killed {result.server_kills} times, seed {options.seed}")
    print(f"{len(result.left)} left meanwhile; {time.monotonic() - began:.0f} s")
    for state, count in sorted(Counter(result.states.values()).items()):
        print(f"{state:10} {count:7}")
    unknown = [who for who, state in result.states.items() if state == "unknown"]
    print(f"of the unknown, {sum(result.received[who] for who in unknown)} had been received")
    for what, count in result.wrong.items():
        print(f"{what}: {count}")
    return 1 if any(result.wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
