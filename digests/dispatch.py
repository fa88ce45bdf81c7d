"""What editors do with a digest's mail: plan, send, try out, stop, go on, try again."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from digests import mail_tasks, trail
from digests.mailing import queueing
from digests.mailing.answers import MAIL_FAILURES
from digests.mailing.press import Press
from digests.mailing.queueing import EVERYBODY, Segment
from digests.models import Delivery, Digest, Event, Mailing
from tracker.errors import GalleyError

_Kind, _State = Event.Kind.PUBLICATION, Delivery.State


class NotPublic(GalleyError):
    """Mail was asked for of a digest that nobody could read on the web."""


class NobodyThere(GalleyError):
    """There is no subscriber left to send it to."""


class NotUndone(GalleyError):
    """A mail was to be sent again that went out, or is on its way."""


class NotSent(GalleyError):
    """The mail server refused a test mail, or couldn't be reached."""


@transaction.atomic
def plan(digest: Digest, *, by: User | None, wanted: bool | None = None) -> None:
    """As the digest becomes public: have its mail queued, if `wanted`, or if None where its series does so.

    Where it was mailed before, and taken back, only those get it who haven't yet. A sample is mailed to nobody.
    """
    wanted = digest.series.mail_on_publishing if wanted is None else wanted
    if wanted and not digest.sample:
        asked = {"requested_by": by, "requested_at": timezone.now(), "queued_at": None}
        mailing, _ = Mailing.objects.update_or_create(digest=digest, defaults=asked)
        mail_tasks.wake_queueing(mailing)


@transaction.atomic
def send(digest: Digest, segment: Segment = EVERYBODY, *, by: User) -> int:
    """Queue the mail to a segment, or to everybody who has none yet. Returns to how many.

    Raises NotPublic, NobodyThere.
    """
    if not digest.is_published:
        raise NotPublic("Publish the digest first: its mail links to its page.")
    now = timezone.now()
    # Queued, even to a segment: else the sweep would queue everybody, as after publishing.
    mailing, _ = Mailing.objects.get_or_create(digest=digest, defaults={"requested_by": by, "queued_at": now})
    count = queueing.queue(digest, segment)
    if not count:
        raise NobodyThere("There is nobody to send it to: everybody it concerns has it, or has it on the way.")
    if segment == EVERYBODY:
        Mailing.objects.filter(pk=mailing.pk).update(queued_at=now)
    trail.record(_Kind, f"Queued the mail to {count}", by=by, digest=digest)
    mail_tasks.wake_mailing(mailing)
    return count


@transaction.atomic
def pause(mailing: Mailing, *, by: User) -> None:
    """Send nothing more until it is resumed. A mail whose last line is out can't be called back."""
    if Mailing.objects.filter(pk=mailing.pk, paused_at=None).update(paused_at=timezone.now()):
        trail.record(_Kind, "Paused the mail", by=by, digest=mailing.digest)


@transaction.atomic
def resume(mailing: Mailing, *, by: User) -> None:
    """Go on at once, after a pause or trouble."""
    clear = {"paused_at": None, "trouble": "", "troubles": 0, "hold_until": None}
    if Mailing.objects.filter(pk=mailing.pk).update(**clear):
        trail.record(_Kind, "Resumed the mail", by=by, digest=mailing.digest)
        mail_tasks.wake_mailing(mailing)


@transaction.atomic
def try_again(delivery: Delivery, *, by: User) -> None:
    """Queue one again that failed or is unknown. Of the second kind its subscriber may then get two mails.

    Raises NotUndone.
    """
    undone = Delivery.objects.filter(pk=delivery.pk, state__in=[_State.FAILED, _State.UNKNOWN])
    if not undone.update(state=_State.QUEUED, settled_at=None, lease="", attempts=0, not_before=None):
        raise NotUndone("This mail neither failed nor is unknown any more: the list below shows those that are.")
    trail.record(_Kind, f"Sends a mail again that was {delivery.state}", by=by, digest=delivery.mailing.digest)
    mail_tasks.wake_mailing(delivery.mailing)


def send_test(digest: Digest, *, to: User) -> None:
    """Mail the whole digest to an editor's own address, at once, a draft too. Raises NotSent."""
    if not to.email:
        raise NotSent("Your account has no address to send it to: add one to it first.")
    letter = Press(digest).test_letter(to.email)
    try:
        letter.message.send()
    except MAIL_FAILURES as error:
        raise NotSent(f"The mail server didn’t take it: {' '.join(str(error).split())[:300]}") from error
