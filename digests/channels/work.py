"""One posting, claimed and sent. The row is the truth: a worker that dies leaves it to the sweep."""

import datetime as dt
import random
from uuid import uuid4

from django.utils import timezone

from digests.channels import find_channel
from digests.channels.errors import ChannelRefused, ChannelUnavailable
from digests.models import Digest, Posting

LEASE = dt.timedelta(minutes=10)
# What may pass is tried again after 1, 2, 4 … minutes: for some four hours.
ATTEMPTS = 9
FIRST_PAUSE = dt.timedelta(minutes=1)
LONGEST_PAUSE = dt.timedelta(hours=2)


def work_on(posting_id: int) -> str | None:
    """Send the posting if it is due and nobody else is at it. Returns what came of it, or None where it wasn't due."""
    lease, now = uuid4().hex, timezone.now()
    claimed = Posting.objects.due(now).order_by().filter(pk=posting_id)
    if not claimed.update(state=Posting.State.RUNNING, lease=lease, held_until=now + LEASE):
        return None
    posting = Posting.objects.get(pk=posting_id)
    try:
        told = _send(posting)
    except ChannelRefused as error:
        return _settle(posting, lease, Posting.State.FAILED, str(error))
    except ChannelUnavailable as error:
        return _put_off(posting, lease, error)
    except Exception as error:  # a fault of ours: noted, lest the sweep runs into it for ever, and raised for the log
        _settle(posting, lease, Posting.State.FAILED, f"An unexpected fault ({type(error).__name__}): see the log.")
        raise
    return _settle(posting, lease, Posting.State.DONE, told)


def _send(posting: Posting) -> str:
    channel = find_channel(posting.channel)
    digest = Digest.objects.published().with_contents().filter(pk=posting.digest_id).first()
    if digest is None:
        return "Nothing was sent: the digest was taken back before."
    return channel.send(digest, posting)


def _put_off(posting: Posting, lease: str, error: ChannelUnavailable) -> str:
    if posting.attempts + 1 >= ATTEMPTS:
        return _settle(posting, lease, Posting.State.FAILED, f"{error} Given up after {ATTEMPTS} attempts.")
    pause = FIRST_PAUSE * 2**posting.attempts * random.uniform(1, 1.25)  # noqa: S311 - jitter, not a secret
    asked = dt.timedelta(seconds=error.after or 0)
    due_at = timezone.now() + min(max(pause, asked), LONGEST_PAUSE)
    return _settle(posting, lease, Posting.State.WAITING, f"{error} It will be tried again.", due_at=due_at)


def _settle(posting: Posting, lease: str, state: Posting.State, told: str, *, due_at: dt.datetime | None = None) -> str:
    """Write what came of it, unless somebody else has taken it over."""
    Posting.objects.filter(pk=posting.pk, lease=lease).update(
        state=state,
        attempts=posting.attempts + 1,
        log=posting.with_attempt(told),
        lease="",
        held_until=None,
        due_at=due_at or posting.due_at,
        done_at=timezone.now() if state == Posting.State.DONE else None,
    )
    return told
