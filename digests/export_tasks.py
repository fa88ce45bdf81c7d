"""Files that take too long for a page to wait for, made by a worker and kept in the cache."""

import logging

from celery import shared_task
from django.core.cache import cache
from kombu.exceptions import OperationalError

from digests.export import export_digest
from digests.models import Digest

logger = logging.getLogger(__name__)

_ASKED_FOR = 120  # seconds in which nobody needs to ask again


def ask_for_file(digest: Digest, format_name: str) -> None:
    """Have a worker make the file, once however many want it. A broker that is away is no failure: they ask again."""
    if not cache.add(f"asked:{digest.pk}:{format_name}", True, _ASKED_FOR):
        return
    try:
        make_file.delay(digest.pk, format_name)
    except (OperationalError, OSError) as error:  # the second where the broker is a folder
        logger.warning("The broker can't be reached (%s): no %s of digest %s yet.", error, format_name, digest.pk)


@shared_task
def make_file(digest_id: int, format_name: str) -> int | None:
    """Make the file and keep it. Returns its bytes, or None where the digest is gone."""
    digest = Digest.objects.with_contents().filter(pk=digest_id).first()
    if digest is None:
        return None
    made = export_digest(digest, format_name)
    cache.delete(f"asked:{digest_id}:{format_name}")
    return len(made.content)
