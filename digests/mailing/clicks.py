"""Counting which links of a mail are opened: by digest and address, never by reader, and only where a series asks."""

import re
from html import escape, unescape

from django.db.models import F
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from digests.mailing import tokens
from digests.mailing.tokens import BadLink, Purpose
from digests.models import Digest, LinkClicks

_LINK = re.compile(r'(?<=href=")https?://[^"]+')


def counted(html: str, digest_id: int) -> str:
    """The mail's HTML with each link to the web led past the count. What is the same for all names no reader."""
    return _LINK.sub(lambda link: escape(tokens.click_link(digest_id, _packed(unescape(link[0])))), html)


def _packed(url: str) -> str:
    return urlsafe_base64_encode(url.encode())


def count_click(token: str) -> str:
    """Count one opening of a link, and return its address. Raises BadLink."""
    digest_id, _, packed = tokens.read(Purpose.CLICK, token).partition(".")
    url = urlsafe_base64_decode(packed).decode()
    if not Digest.objects.filter(pk=digest_id).exists():
        raise BadLink("The roundup that this link belongs to is gone.")
    clicks, _ = LinkClicks.objects.get_or_create(digest_id=int(digest_id), url=url)
    LinkClicks.objects.filter(pk=clicks.pk).update(count=F("count") + 1)
    return url
