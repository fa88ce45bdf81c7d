"""The door to the services that tell of attention: JSON with manners, remembered for a day."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.cache import cache

from tracker.errors import GalleyError
from tracker.models import Paper
from tracker.progress import Progress

TIMEOUT = (5, 15)  # seconds to connect, and to answer
REMEMBERED = 24 * 3600  # seconds
PEACE, LONGEST_PEACE = 600, 3600  # seconds that a service which gave no answer is left alone


class AttentionUnavailable(GalleyError):
    """The service can't be reached, refuses, or doesn't answer as it used to."""


class Counts(Protocol):
    """Counts by arXiv id of those papers that the service knows. Raises AttentionUnavailable."""

    def __call__(self, papers: Sequence[Paper], progress: Progress) -> Mapping[str, int]:
        """`progress` is told of each question."""


@dataclass(frozen=True)
class Source:
    """One service: what it counts, and how much the logarithm of a count adds to a paper's log-odds."""

    name: str
    label: str
    weight: float
    counts: Counts
    words: Callable[[int], str]


def ask(key: str, address: str, *, body: Any = None) -> Any:
    """The JSON at the address, by POST where there is a body; what was asked under the key today is remembered.

    Of what isn't there, an empty object. A service that refused, or was away, is left in peace for a while; whichever
    process asks, its questions come one at a time. Raises AttentionUnavailable.
    """
    known = cache.get(f"attention:{key}")
    if known is not None:
        return known
    host = urlsplit(address).netloc
    if cache.get(f"attention-away:{host}"):
        raise AttentionUnavailable(f"{host} gave no answer a while ago, and isn't asked again yet.")
    _wait_for_turn(host)
    try:
        told = _answer(address, body)
    except (requests.RequestException, ValueError) as error:
        cache.set(f"attention-away:{host}", True, _peace(error))
        raise AttentionUnavailable(f"{address} gave no answer that can be used ({error}).") from error
    cache.set(f"attention:{key}", told, REMEMBERED)
    return told


def _answer(address: str, body: Any) -> Any:
    answer = requests.request(
        "POST" if body is not None else "GET",
        address,
        json=body,
        timeout=TIMEOUT,
        headers={"User-Agent": settings.ATTENTION_USER_AGENT},
    )
    if answer.status_code == requests.codes.not_found:
        return {}
    answer.raise_for_status()
    return answer.json()


def _wait_for_turn(host: str) -> None:
    """Hold back until no process has asked the host for a pause's length: the mark in the shared cache is the turn."""
    pause = settings.ATTENTION_PAUSE
    while pause and not cache.add(f"attention-turn:{host}", True, pause):
        time.sleep(pause / 4)


def _peace(error: Exception) -> int:
    """For how many seconds a service isn't asked again: as long as it says, an hour at most, or some minutes."""
    response = getattr(error, "response", None)
    told = response.headers.get("Retry-After", "") if response is not None else ""
    return min(int(told), LONGEST_PEACE) if told.isdecimal() else PEACE
