"""What the clock does by itself at the desk. It stands above the verbs, which the tasks below must not know."""

from celery import shared_task
from django.utils import timezone

from digests import publishing


@shared_task
def publish_due() -> int:
    """Publish the digests whose time has come. Returns how many."""
    return publishing.publish_due(timezone.now())
