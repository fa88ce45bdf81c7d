"""Small mails to one address: please confirm, you are here already, here is your link."""

import datetime as dt
from collections.abc import Callable
from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, F, OuterRef
from django.template.loader import render_to_string
from django.utils import timezone

from digests.mailing import tokens
from digests.mailing.answers import MAIL_FAILURES
from digests.mailing.press import inline, tidy
from digests.models import Note, Series, Subscriber

_FORGET_AFTER = dt.timedelta(days=30)
_HOLD = dt.timedelta(minutes=5)
_PAUSES = [dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480)]


def send_notes(*, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Send the notes that are due. Returns how many went out. Two workers share them; a killed one's come again."""
    sent = 0
    for note in list(Note.objects.due(timezone.now()).select_related("subscriber")[:500]):
        if should_stop():
            break
        mine = Note.objects.due(timezone.now()).filter(pk=note.pk)
        if mine.update(not_before=timezone.now() + _HOLD, attempts=F("attempts") + 1):
            sent += _send(note)
    return sent


def forget_unconfirmed() -> int:
    """Delete addresses that were asked and never answered. Returns how many."""
    old = timezone.now() - _FORGET_AFTER
    asked_lately = Note.objects.filter(subscriber=OuterRef("pk"), asked_at__gte=old)
    silent = Subscriber.objects.filter(~Exists(asked_lately), state=Subscriber.State.UNCONFIRMED, created_at__lt=old)
    return silent.delete()[1].get("digests.Subscriber", 0)


def _send(note: Note) -> int:
    row = Note.objects.filter(pk=note.pk)
    if note.subscriber.state == Subscriber.State.SUPPRESSED:
        row.update(given_up_at=timezone.now(), error="The address is suppressed.")
        return 0
    try:
        _message(note).send()
    except MAIL_FAILURES as error:
        told = " ".join(str(error).split())[:500]
        if note.attempts < len(_PAUSES):
            row.update(not_before=timezone.now() + _PAUSES[note.attempts], error=told)
        else:
            row.update(given_up_at=timezone.now(), error=told)
        return 0
    return row.update(sent_at=timezone.now(), error="")


def _message(note: Note) -> EmailMultiAlternatives:
    host = str(urlsplit(settings.SITE_URL).hostname)
    confirming = note.kind == Note.Kind.CONFIRM
    link = tokens.confirm_link(note.pk) if confirming else tokens.settings_link(note.subscriber.handle)
    context = {
        "link": link,
        "days": (tokens.LIFETIMES[tokens.Purpose.CONFIRM] or dt.timedelta()).days,
        "series": list(Series.objects.filter(slug__in=note.wanted).values_list("name", flat=True)),
        "address": note.subscriber.email,
        "site": host,
    }
    name = f"emails/{note.kind}"
    message = EmailMultiAlternatives(
        " ".join(render_to_string(f"{name}_subject.txt", context).split()),
        tidy(render_to_string(f"{name}_body.txt", context)),
        settings.DEFAULT_FROM_EMAIL,
        [note.subscriber.email],
        headers={"Auto-Submitted": "auto-generated", "Message-ID": make_msgid(domain=host)},
    )
    message.attach_alternative(inline(render_to_string(f"{name}_body.html", context)), "text/html")
    return message
