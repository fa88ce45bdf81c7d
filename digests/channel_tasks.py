"""What workers do for channels when a message wakes them. What is to be sent stands in the database."""

import logging
from functools import partial

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from digests.channels.work import work_on
from digests.models import Posting

logger = logging.getLogger(__name__)


def wake_posting(posting: Posting) -> None:
    """Once the transaction is through, tell a worker that it waits. The sweep tells again."""
    transaction.on_commit(partial(_tell, posting.pk), robust=True)


def _tell(posting_id: int) -> None:
    try:
        send_posting.delay(posting_id)
    except (OperationalError, OSError) as error:  # the second where the broker is a folder
        logger.warning("The broker can't be reached (%s): posting %s waits for the sweep.", error, posting_id)


@shared_task
def send_posting(posting_id: int) -> str | None:
    """Send one message to one channel, if it is due."""
    told = work_on(posting_id)
    logger.info("Posting %s: %s", posting_id, told)
    return told


@shared_task
def sweep_postings() -> int:
    """Send what is due and was not sent: its message is lost, its worker dead or its pause over. How many."""
    waiting = list(Posting.objects.due(timezone.now()).values_list("pk", flat=True))
    for posting_id in waiting:
        _tell(posting_id)
    return len(waiting)
