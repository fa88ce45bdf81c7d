"""Whose turn it is to ask arXiv: one request at a time, and a pause after it, across all processes.

arXiv asks for a single connection and three seconds between requests: https://info.arxiv.org/help/api/tou.html.
The turn is one row; a conditional update takes it, so any database that Galley runs on will do. Processes are
held to agree on the time.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils import timezone

from tracker.models import ArxivTurn

_ROW = 1
_LOOK_AGAIN = 0.5  # seconds at most between two looks at the row


@contextmanager
def arxiv_turn(*, interval: float, lease: float, sleep: Callable[[float], None]) -> Iterator[None]:
    """Wait for the turn, hold it, and leave it so that the next begins `interval` seconds after the end of this.

    A holder that dies frees it `lease` seconds after it took it. Not to be called within a transaction.
    """
    lease_end = _take(lease, sleep)
    try:
        yield
    finally:
        free_at = timezone.now() + dt.timedelta(seconds=interval)
        ArxivTurn.objects.filter(pk=_ROW, free_at=lease_end).update(free_at=free_at)


def _take(lease: float, sleep: Callable[[float], None]) -> dt.datetime:
    """Hold the turn, and return the end of the lease, by which the holder knows it as its own."""
    ArxivTurn.objects.get_or_create(pk=_ROW)
    while True:
        now = timezone.now()
        # The random part tells two leases that begin in one tick of the clock apart.
        lease_end = now + dt.timedelta(seconds=lease, microseconds=random.randrange(1000))  # noqa: S311 - no secret
        if ArxivTurn.objects.filter(pk=_ROW, free_at__lte=now).update(free_at=lease_end):
            return lease_end
        free_at = ArxivTurn.objects.values_list("free_at", flat=True).get(pk=_ROW)
        sleep(min(max((free_at - now).total_seconds(), 0.001), _LOOK_AGAIN))
