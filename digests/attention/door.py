"""The door to the services that tell of attention: JSON with manners, remembered for a day."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache

from tracker.errors import GalleyError
from tracker.models import Paper

TIMEOUT = (5, 15)  # seconds to connect, and to answer
REMEMBERED = 24 * 3600  # seconds


class AttentionUnavailable(GalleyError):
    """The service can't be reached, refuses, or doesn't answer as it used to."""


@dataclass(frozen=True)
class Source:
    """One service: what it counts, and how much the logarithm of a count adds to a paper's log-odds."""

    name: str
    label: str
    weight: float
    counts: Callable[[Sequence[Paper]], Mapping[str, int]]  # by arXiv id; raises AttentionUnavailable
    words: Callable[[int], str]


def ask(key: str, address: str, *, body: Any = None) -> Any:
    """The JSON at the address, by POST where there is a body; what was asked under the key today is remembered.

    Of what isn't there, an empty object. Raises AttentionUnavailable.
    """
    known = cache.get(f"attention:{key}")
    if known is not None:
        return known
    time.sleep(settings.ATTENTION_PAUSE)
    try:
        answer = requests.request(
            "POST" if body is not None else "GET",
            address,
            json=body,
            timeout=TIMEOUT,
            headers={"User-Agent": settings.ATTENTION_USER_AGENT},
        )
        if answer.status_code == requests.codes.not_found:
            told: Any = {}
        else:
            answer.raise_for_status()
            told = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise AttentionUnavailable(f"{address} gave no answer that can be used ({error}).") from error
    cache.set(f"attention:{key}", told, REMEMBERED)
    return told
