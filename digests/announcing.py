"""What editors start on channels: a message to each when a digest is published or corrected, and another try."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from digests import channel_tasks, trail
from digests.channels import channels
from digests.models import Digest, Event, Posting
from tracker.errors import GalleyError


class NotOver(GalleyError):
    """It is under way or waiting, or it was done: there is nothing to try again."""


def announce(digest: Digest, occasion: Posting.Occasion) -> list[Posting]:
    """Plan a message to each channel, in the transaction of what it tells. The sample week goes out to nobody."""
    if digest.sample:
        return []
    made = [Posting.objects.create(digest=digest, channel=channel.key, occasion=occasion) for channel in channels()]
    for posting in made:
        channel_tasks.wake_posting(posting)
    return made


@transaction.atomic
def try_again(posting: Posting, *, editor: User) -> None:
    """Have a failed message sent once more, with as many attempts as a new one. Raises NotOver."""
    again = Posting.objects.filter(pk=posting.pk, state=Posting.State.FAILED)
    if not again.update(state=Posting.State.WAITING, attempts=0, due_at=timezone.now()):
        raise NotOver("This one hasn't failed: reload the page to see how it stands.")
    trail.record(Event.Kind.PUBLICATION, f"Tried again: {posting.channel}", by=editor, digest=posting.digest)
    channel_tasks.wake_posting(posting)
