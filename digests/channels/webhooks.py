"""Signed webhooks: the digest as JSON, POSTed to addresses of the operator's choice.

The receiver takes HMAC-SHA256 of `<timestamp>.<body>` with the shared secret, compares it with `Galley-Signature`, and
refuses timestamps that are old. `Galley-Delivery` is the same at each attempt, so that a message can be known again.
"""

import hashlib
import hmac
import json
import time
from typing import Any

import requests
from django.conf import settings

from digests.channels.errors import ChannelRefused, ChannelUnavailable
from digests.export.document import build_document
from digests.export.structured import to_data
from digests.models import Digest, Posting

CONNECT_TIMEOUT, READ_TIMEOUT = 5, 15  # seconds
_TRANSIENT = (408, 425, 429)  # of the answers that blame us, those that may change


def send(address: str, digest: Digest, posting: Posting) -> str:
    """POST it. Raises ChannelUnavailable, ChannelRefused."""
    body = _body(digest, posting.occasion)
    try:
        with requests.post(
            address,
            data=body,
            headers=_headers(body, posting.occasion, str(posting.pk)),
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            allow_redirects=False,
            stream=True,  # the answer's body is nobody's business
        ) as answer:
            return _told(answer)
    except requests.Timeout as error:
        raise ChannelUnavailable(f"It didn't answer within {READ_TIMEOUT} seconds.") from error
    except requests.RequestException as error:
        raise ChannelUnavailable(f"It can't be reached ({type(error).__name__}).") from error


def rehearse(address: str, digest: Digest) -> str:
    body = _body(digest, Posting.Occasion.PUBLISHED)
    signed = "signed" if settings.WEBHOOK_SECRET else "not signed: WEBHOOK_SECRET is empty"
    return f"Would POST {len(body):,} bytes of JSON, {signed}."


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What a receiver computes to know that a message is ours, and not an old one sent again."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _body(digest: Digest, occasion: str) -> bytes:
    told: dict[str, Any] = {"event": f"digest.{occasion}", "digest": to_data(build_document(digest))}
    return json.dumps(told, ensure_ascii=False).encode()


def _headers(body: bytes, occasion: str, delivery: str) -> dict[str, str]:
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Galley (+{settings.SITE_URL})",
        "Galley-Event": f"digest.{occasion}",
        "Galley-Delivery": delivery,
        "Galley-Timestamp": timestamp,
    }
    if settings.WEBHOOK_SECRET:
        headers["Galley-Signature"] = f"sha256={signature(settings.WEBHOOK_SECRET, timestamp, body)}"
    return headers


def _told(answer: requests.Response) -> str:
    told = f"It answered {answer.status_code}."
    if answer.ok and not answer.is_redirect:
        return told
    if 300 <= answer.status_code < 500 and answer.status_code not in _TRANSIENT:
        raise ChannelRefused(told)
    after = answer.headers.get("Retry-After", "")
    raise ChannelUnavailable(told, float(after) if after.isdecimal() and len(after) < 6 else None)
