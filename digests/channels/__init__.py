"""Places that a published digest goes out to: which there are, by the settings. One module a kind of channel.

Nothing here enqueues work.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from django.conf import settings

from digests.channels import repository, webhooks
from digests.channels.errors import ChannelRefused, ChannelUnavailable, UnknownChannel
from digests.models import Digest, Posting

__all__ = ["Channel", "ChannelRefused", "ChannelUnavailable", "UnknownChannel", "channels", "find_channel"]


@dataclass(frozen=True)
class Channel:
    """One place. `key` and `name` hold nothing secret. `send` and `rehearse` return what came of it, as a sentence."""

    key: str
    name: str
    send: Callable[[Digest, Posting], str]
    rehearse: Callable[[Digest], str]  # tells what would be sent, and sends nothing


def channels() -> list[Channel]:
    """The channels that are set up."""
    found = [
        Channel(
            key=_webhook_key(address),
            name=f"Webhook {number} at {urlsplit(address).hostname}",
            send=partial(webhooks.send, address),
            rehearse=partial(webhooks.rehearse, address),
        )
        for number, address in enumerate(settings.WEBHOOK_URLS, start=1)
    ]
    if settings.GIT_REPOSITORY:
        shown = _shown(settings.GIT_REPOSITORY)
        found.append(Channel(f"git:{shown}"[:200], f"Git repository {shown}", repository.send, repository.rehearse))
    return found


def find_channel(key: str) -> Channel:
    """The channel of that key. Raises UnknownChannel where it isn't set up any more."""
    for channel in channels():
        if channel.key == key:
            return channel
    raise UnknownChannel("This channel isn't set up any more: see WEBHOOK_URLS and GIT_REPOSITORY.")


def _webhook_key(address: str) -> str:
    """Its own for each address, and without what may be secret: that is often the path, or the query."""
    return f"webhook:{urlsplit(address).hostname}:{hashlib.sha256(address.encode()).hexdigest()[:8]}"


def _shown(address: str) -> str:
    """The address without the name, password and query that may be secret."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else address
