"""The loop that sends: claim a few deliveries, carry one after the other, note what became of each."""

import datetime as dt
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from digests.mailing import bounces, claiming
from digests.mailing.answers import Answer, Carrier, LastingTrouble, Outcome, Trouble
from digests.mailing.backends import open_carrier
from digests.mailing.press import Press
from digests.models import Delivery, Digest, Mailing, MailTurn, Subscription
from tracker.progress import Progress, Silent

BATCH = 50
_SECONDS_A_TURN = 2.0  # of a set rate, that one worker takes at a time
_RENEW_AFTER = claiming.LEASE.total_seconds() / 3
_FIRST_HOLD, _LONGEST_HOLD = dt.timedelta(seconds=10), dt.timedelta(minutes=30)
_LOOK_UP = 0.5  # seconds at most until a waiting worker looks whether it should stop
_REFUSALS_IN_A_ROW = 25  # no list is that bad: it is the server that refuses us
_DOUBTS_IN_A_ROW = 5  # a server that takes mail and never answers would make the whole list unknown


def send(
    mailing: Mailing, *, should_stop: Callable[[], bool] = lambda: False, progress: Progress | None = None
) -> Counter[str]:
    """Send what is due of a mailing, until nothing is or the run should stop. Returns how many mails ended how.

    Any number of workers may do this at once, and each may be killed at any moment. A way out that is shut ends the
    run, and the mailing tells why.
    """
    digest = Digest.objects.with_contents().get(pk=mailing.pk)
    run = _Run(digest, mailing, Press(digest), open_carrier(), should_stop, progress or Silent())
    try:
        for batch in run.batches():
            run.send(batch)
    except Trouble as trouble:
        _hold_up(mailing, trouble)
        run.counts["trouble"] += 1
    finally:
        run.carrier.close()
        claiming.release(run.lease)
    return run.counts


@dataclass
class _Run:
    """One worker's run over one mailing."""

    digest: Digest
    mailing: Mailing
    press: Press
    carrier: Carrier
    should_stop: Callable[[], bool]
    progress: Progress
    lease: str = field(default_factory=claiming.new_lease)
    counts: Counter[str] = field(default_factory=Counter)
    renewed_at: float = 0.0
    refusals: int = 0  # in a row
    doubts: int = 0  # in a row
    is_halted: bool = False

    def batches(self) -> Iterator[list[Delivery]]:
        rate = settings.MAIL_RATE
        size = min(BATCH, max(1, math.ceil(rate * _SECONDS_A_TURN))) if rate else BATCH
        while not self.is_halted and self._wait(take_turn(size, rate) if rate else 0.0):
            batch = claiming.claim(self.mailing, self.lease, size)
            self.renewed_at = time.monotonic()
            if not batch:
                return
            yield batch

    def send(self, batch: list[Delivery]) -> None:
        """One after the other, spread over the time that the rate gives them. Raises Trouble."""
        subscriptions = Subscription.objects.of(batch, self.digest.series)
        permits = claiming.Permits(self.mailing, self.lease, self.digest.series)
        pause, due = 1 / settings.MAIL_RATE if settings.MAIL_RATE else 0.0, time.monotonic()
        for delivery in batch:
            if self.is_halted or not self._wait(due - time.monotonic()):
                claiming.release(self.lease)
                return
            due += pause
            if time.monotonic() - self.renewed_at > _RENEW_AFTER:
                claiming.renew(self.lease)
                self.renewed_at = time.monotonic()
            self._carry(delivery, subscriptions.get(delivery.subscriber_id or 0), permits)
            self.progress.advance()

    def _carry(self, delivery: Delivery, subscription: Subscription | None, permits: claiming.Permits) -> None:
        subscriber, series = delivery.subscriber, self.digest.series
        if subscriber is None:  # deleted since it was queued
            claiming.call_off(delivery, self.lease, series)
            return
        letter = self.press.letter(delivery, subscriber, self.press.choice(subscription))
        try:
            answer = self.carrier.carry(letter, lambda: permits.give(delivery))
        except Trouble:
            claiming.put_back(delivery, self.lease)
            raise
        self.counts[answer.outcome.value] += 1
        if answer.outcome is Outcome.HELD_BACK:
            if not claiming.call_off(delivery, self.lease, series):
                self.is_halted = not Mailing.objects.going().filter(pk=self.mailing.pk).exists()
            return
        claiming.settle(delivery, self.lease, answer)
        if answer.mailbox_is_gone:
            bounces.bounced(subscriber, delivery, for_good=True, detail=answer.words)
        self._heed(answer)

    def _heed(self, answer: Answer) -> None:
        """Clear what was told of trouble when mail goes out again; stop where none does. Raises Trouble."""
        self.doubts = self.doubts + 1 if answer.outcome is Outcome.UNKNOWN else 0
        if self.doubts >= _DOUBTS_IN_A_ROW:
            raise Trouble(f"{self.doubts} mails in a row went unanswered. The last time: {answer.words}")
        if answer.outcome is Outcome.SENT:
            if self.counts[Outcome.SENT.value] == 1:
                Mailing.objects.filter(pk=self.mailing.pk, troubles__gt=0).update(
                    troubles=0, trouble="", hold_until=None
                )
            self.refusals = 0
        elif answer.outcome is Outcome.REFUSED:
            self.refusals += 1
            if self.refusals >= _REFUSALS_IN_A_ROW:
                raise LastingTrouble(
                    f"The mail server refused {self.refusals} mails one after the other. The last time: {answer.words}"
                )

    def _wait(self, seconds: float) -> bool:
        """Wait; False, and at once, where the run should stop."""
        end = time.monotonic() + seconds
        while not self.should_stop():
            left = end - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(left, _LOOK_UP))
        return False


@transaction.atomic
def take_turn(count: int, rate: float) -> float:
    """Reserve the time that `count` mails take at the rate; returns how many seconds it begins from now.

    One row keeps the time for all workers and mailings, so that together they keep to the rate.
    """
    now = timezone.now()
    MailTurn.objects.get_or_create(pk=1, defaults={"free_at": now})
    turn = MailTurn.objects.select_for_update().get(pk=1)
    begin = max(turn.free_at, now)
    MailTurn.objects.filter(pk=1).update(free_at=begin + dt.timedelta(seconds=count / rate))
    return (begin - now).total_seconds()


def _hold_up(mailing: Mailing, trouble: Trouble) -> None:
    """Note why nothing goes out, and wait before the next attempt; lasting trouble waits for a person."""
    now = timezone.now()
    row = Mailing.objects.filter(pk=mailing.pk)
    if isinstance(trouble, LastingTrouble):
        row.filter(paused_at=None).update(paused_at=now, trouble=str(trouble))
        return
    mailing.refresh_from_db(fields=["troubles"])
    hold = min(_FIRST_HOLD * 2 ** min(mailing.troubles, 10), _LONGEST_HOLD)
    # Of several workers that meet the same trouble, the first one counts.
    row.filter(Q(hold_until=None) | Q(hold_until__lte=now)).update(
        trouble=str(trouble), troubles=F("troubles") + 1, hold_until=now + hold
    )
