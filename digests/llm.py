"""The only door to a language model: a draft summary from an abstract, by any endpoint that speaks OpenAI's protocol.

Off unless LLM_BASE_URL and LLM_MODEL are set. What comes back is a stranger's text: it is measured, cleaned and only
ever offered as a draft.
"""

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings

from tracker import tex
from tracker.errors import GalleyError

CONNECT_SECONDS = 5
MAX_BYTES = 200_000  # of an answer
SHORTEST, LONGEST = 80, 6_000  # characters of a draft
_PROMPT = """\
You write for a weekly roundup of research papers, read by engineers and researchers. Summarise the paper below in one
to three short paragraphs of plain British English, 90 to 160 words in all. Say what problem it takes up, what it does
and what it finds. Use only what the abstract says: no number, name or claim that is not in it, and no praise. Write
Markdown without headings, and formulas between dollar signs. Answer with the summary alone."""
_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"\A```[a-z]*\n(.*?)\n?```\Z", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class DraftRefused(GalleyError):
    """No draft came of it, for a reason that the sentence tells."""


@dataclass(frozen=True)
class Draft:
    text: str  # Markdown
    model_name: str


def is_configured() -> bool:
    return bool(settings.LLM_BASE_URL and settings.LLM_MODEL)


def draft_summary(title: str, abstract: str) -> Draft:
    """Ask the model for a summary. Takes LLM_TIMEOUT seconds at the most. Raises DraftRefused.

    Not to be called inside a transaction: a database must not wait for a stranger.
    """
    if not is_configured():
        raise DraftRefused("No language model is set up: Galley’s own drafts need none.")
    request = {
        "model": settings.LLM_MODEL,
        "messages": [
            {"role": "system", "content": _PROMPT},
            {"role": "user", "content": f"Title: {tex.to_unicode(title)}\n\nAbstract: {tex.to_unicode(abstract)}"},
        ],
        "temperature": 0.2,
        "stream": False,
    }
    text, answered_by = _content(_ask(request))
    return Draft(_checked(text), answered_by or settings.LLM_MODEL)


def _ask(request: dict[str, Any]) -> dict[str, Any]:
    """The endpoint's answer, as the object that it should be."""
    host = urlsplit(settings.LLM_BASE_URL).hostname
    headers = {"Authorization": f"Bearer {settings.LLM_API_KEY}"} if settings.LLM_API_KEY else {}
    end = time.monotonic() + settings.LLM_TIMEOUT
    try:
        with requests.post(
            f"{settings.LLM_BASE_URL.rstrip('/')}/chat/completions",
            json=request,
            headers=headers,
            timeout=(CONNECT_SECONDS, settings.LLM_TIMEOUT),
            allow_redirects=False,  # the key is for this host alone
            stream=True,
        ) as response:
            _check_status(response.status_code)
            answer = json.loads(_read(response, end))
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise DraftRefused(_too_slow()) from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise DraftRefused(f"{host} can’t be reached. Try again later, or write from the abstract.") from error
    except ValueError as error:
        raise DraftRefused(f"{host} answered with something that is no draft. Look at LLM_BASE_URL.") from error
    if not isinstance(answer, dict):
        raise DraftRefused(f"{host} answered with something that is no draft. Look at LLM_BASE_URL.")
    return answer


def _read(response: requests.Response, end: float) -> bytes:
    """The whole answer, unless it is too long or drips in for too long."""
    body = b""
    while chunk := response.raw.read1(16_384, decode_content=True):
        body += chunk
        if time.monotonic() > end:
            raise DraftRefused(_too_slow())
        if len(body) > MAX_BYTES:
            raise DraftRefused("The model’s answer was far too long for a draft, and was thrown away.")
    return body


def _too_slow() -> str:
    return f"The model didn’t answer within {settings.LLM_TIMEOUT:g} seconds. Try again, or write from the abstract."


def _check_status(status: int) -> None:
    if status in (401, 403):
        raise DraftRefused("The model’s endpoint refused the key: look at LLM_API_KEY.")
    if status == 404:
        raise DraftRefused("The endpoint knows no such model or address: look at LLM_BASE_URL and LLM_MODEL.")
    if status == 429:
        raise DraftRefused("The model is asked too much at the moment. Try again in a minute.")
    if status != 200:
        raise DraftRefused(f"The model’s endpoint answered with status {status}. Try again later.")


def _content(answer: dict[str, Any]) -> tuple[str, str]:
    """The text of an answer, and the model that says it wrote it."""
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        text, refusal, reason = message.get("content"), message.get("refusal"), choice.get("finish_reason")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise DraftRefused("The model’s answer holds no text. Try again, or write from the abstract.") from error
    if refusal or reason == "content_filter":
        raise DraftRefused("The model refused to write about this paper.")
    if reason == "length":
        raise DraftRefused("The model’s answer was cut off before its end. Try again.")
    if not isinstance(text, str) or not text.strip():
        raise DraftRefused("The model’s answer holds no text. Try again, or write from the abstract.")
    named = answer.get("model")
    return text, named[:200] if isinstance(named, str) else ""


def _checked(text: str) -> str:
    """The draft alone: without thinking aloud, a fence around it, or characters that print nothing."""
    text = _THINKING.sub("", text).strip()
    if fenced := _FENCE.match(text):
        text = fenced[1]
    text = _CONTROLS.sub("", text.replace("\r\n", "\n")).strip()
    if len(text) < SHORTEST:
        raise DraftRefused("The model wrote next to nothing. Try again, or write from the abstract.")
    if len(text) > LONGEST:
        raise DraftRefused("The model’s answer was far too long for a draft, and was thrown away.")
    return text
