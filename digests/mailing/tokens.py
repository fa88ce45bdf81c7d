"""Signed links: what lets a subscriber confirm, choose and leave without a password."""

import datetime as dt
from enum import StrEnum
from functools import lru_cache

from django.conf import settings
from django.core import signing
from django.urls import reverse

from tracker.errors import GalleyError


class BadLink(GalleyError):
    """The link was cut, altered or made for something else."""


class ExpiredLink(GalleyError):
    """The link is genuine, but older than it may get."""


class Purpose(StrEnum):
    """What a link allows. A link for one purpose is no good for another."""

    CONFIRM = "confirm"
    SETTINGS = "settings"
    LEAVE = "leave"
    CLICK = "click"


_PLACE = "here"  # where the token stands in a path that is looked up once

# How old a link may get. Leaving must work for as long as the mail lies about.
LIFETIMES: dict[Purpose, dt.timedelta | None] = {
    Purpose.CONFIRM: dt.timedelta(days=7),
    Purpose.SETTINGS: dt.timedelta(days=90),
    Purpose.LEAVE: None,
    Purpose.CLICK: None,
}


def sign(purpose: Purpose, value: str) -> str:
    return _signer(purpose).sign(value)


def read(purpose: Purpose, token: str) -> str:
    """The value that was signed for this purpose. Raises BadLink, ExpiredLink."""
    try:
        return _signer(purpose).unsign(token, max_age=LIFETIMES[purpose])
    except signing.SignatureExpired as error:
        raise ExpiredLink("This link has expired. Ask for a new one below.") from error
    except signing.BadSignature as error:
        raise BadLink(
            "This link is not complete. Copy the whole of it from the mail, or ask for a new one below."
        ) from error


def confirm_link(note_id: int) -> str:
    return _address("mail_confirm", sign(Purpose.CONFIRM, str(note_id)))


def settings_link(handle: str) -> str:
    return settings.SITE_URL + settings_path(handle)


def settings_path(handle: str) -> str:
    """The same within the site, to go on to from another of its pages."""
    return _route("mail_settings").replace(_PLACE, sign(Purpose.SETTINGS, handle))


def leave_link(handle: str, digest_id: int) -> str:
    """To leave a series by one click, for a mail of that series' digest."""
    return _address("mail_leave", sign(Purpose.LEAVE, f"{handle}.{digest_id}"))


def click_link(digest_id: int, packed_url: str) -> str:
    """Past the count of a digest's links to where one of them leads."""
    return _address("mail_click", sign(Purpose.CLICK, f"{digest_id}.{packed_url}"))


def _address(name: str, token: str) -> str:
    return settings.SITE_URL + _route(name).replace(_PLACE, token)


@lru_cache
def _route(name: str) -> str:
    """The path of such a link. Tokens are made of letters that a path may hold as they are."""
    return reverse(name, args=[_PLACE])


def _signer(purpose: Purpose) -> signing.TimestampSigner:
    return signing.TimestampSigner(sep="~", salt=f"galley.mail.{purpose}")
