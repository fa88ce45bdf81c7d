"""What workers do for mail when a message wakes them. What is to be sent stands in the database."""

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from digests.mailing import claiming, notes, queueing, sending
from digests.models import Delivery, Mailing, Note
from digests.tasks import ending

logger = logging.getLogger(__name__)

STRETCH = 600  # seconds that one message keeps a worker at a mailing


def wake_mailing(mailing: Mailing) -> None:
    """Once the transaction is through, tell workers that mail waits. The sweep tells them again."""
    for _ in range(settings.MAIL_CONNECTIONS):
        transaction.on_commit(partial(_tell, partial(send_mail.delay, mailing.pk)))


def wake_notes() -> None:
    transaction.on_commit(partial(_tell, send_notes.delay))


def _tell(message: Callable[[], Any]) -> None:
    try:
        message()
    except (OperationalError, OSError) as error:  # the second where the broker is a folder
        logger.warning("The broker can't be reached (%s): mail waits for the sweep.", error)


def wake_queueing(mailing: Mailing) -> None:
    transaction.on_commit(partial(_tell, partial(queue_mail.delay, mailing.pk)))


@shared_task
def queue_mail(digest_id: int) -> int:
    """Make the deliveries of a digest that was published, and wake who sends them. Returns how many are new."""
    mailing = Mailing.objects.unqueued().filter(pk=digest_id).first()
    if mailing is None:
        return 0
    count = queueing.queue_everybody(mailing)
    logger.info("%s: %s deliveries queued.", mailing, count)
    wake_mailing(mailing)
    return count


@shared_task
def send_mail(digest_id: int) -> dict[str, int] | None:
    """Send what is due of a digest's mail, for ten minutes at most; then another message goes on."""
    mailing = Mailing.objects.filter(pk=digest_id).first()
    if mailing is None or mailing.is_held:  # a message may have waited until after trouble
        return None
    end = time.monotonic() + STRETCH
    counts = sending.send(mailing, should_stop=lambda: ending.is_set() or time.monotonic() > end)
    logger.info("%s: %s", mailing, dict(counts))
    if time.monotonic() > end and not ending.is_set():
        _tell(partial(send_mail.delay, digest_id))
    return dict(counts)


@shared_task
def send_notes() -> int:
    """Send confirmations and the like."""
    return notes.send_notes(should_stop=ending.is_set)


@shared_task
def sweep_mail() -> int:
    """Free what dead workers hold, and see that whatever is due has its workers. Returns how many mailings wait."""
    freed, unknown = claiming.expire()
    if freed or unknown:
        logger.warning("Workers stopped over mail: %s deliveries queued again, %s unknown.", freed, unknown)
    for mailing in Mailing.objects.unqueued():
        _tell(partial(queue_mail.delay, mailing.pk))
    now = timezone.now()
    waiting = list(Mailing.objects.waiting(now))
    for mailing in waiting:
        held = Delivery.objects.filter(mailing=mailing, state__in=["claimed", "sending"], held_until__gte=now)
        for _ in range(settings.MAIL_CONNECTIONS - held.values("lease").distinct().count()):
            _tell(partial(send_mail.delay, mailing.pk))
    if Note.objects.due(now).exists():
        _tell(send_notes.delay)
    return len(waiting)


@shared_task
def forget_unconfirmed() -> int:
    """Delete addresses that never answered."""
    return notes.forget_unconfirmed()
