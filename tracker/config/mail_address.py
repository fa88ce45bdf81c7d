"""From one address, EMAIL_URL, to Django's mail settings: how mail leaves this installation. Pure."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
_TIMEOUT = 30  # seconds that a mail server may be silent
_TAKES = "smtp://…, smtp+tls://…, smtps://…, anymail://provider?…, file:, console: or empty"


class NoMailAddress(ValueError):
    """The text names no way for mail to leave. It may hold a password, so the message doesn't repeat it."""


@dataclass(frozen=True)
class MailWay:
    """How mail leaves: Django's backend with its `EMAIL_…` settings, and django-anymail's own."""

    backend: str
    email: dict[str, Any] = field(default_factory=dict)
    anymail: dict[str, str] = field(default_factory=dict)


def mail_way(url: str) -> MailWay:
    """What EMAIL_URL asks for; empty keeps mail as files. Raises NoMailAddress.

    >>> mail_way("smtp+tls://me:secret@mail.example.org").email["EMAIL_PORT"]
    587
    >>> mail_way("anymail://postmark?server_token=abc").anymail
    {'POSTMARK_SERVER_TOKEN': 'abc'}
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NoMailAddress(f"Not {_TAKES}.") from None
    scheme = parts.scheme
    if not url or scheme == "file":
        folder = {"EMAIL_FILE_PATH": str(Path(unquote(parts.path)).resolve())} if parts.path else {}
        return MailWay("digests.outbox.OutboxBackend", folder)
    if scheme == "console":
        return MailWay("django.core.mail.backends.console.EmailBackend")
    if scheme in _PORTS and parts.hostname:
        return MailWay(
            "django.core.mail.backends.smtp.EmailBackend",
            {
                "EMAIL_HOST": parts.hostname,
                "EMAIL_PORT": port or _PORTS[scheme],
                "EMAIL_HOST_USER": unquote(parts.username or ""),
                "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
                "EMAIL_USE_TLS": scheme == "smtp+tls",
                "EMAIL_USE_SSL": scheme == "smtps",
                "EMAIL_TIMEOUT": _TIMEOUT,
            },
        )
    if scheme == "anymail" and re.fullmatch(r"[a-z_]+", parts.hostname or ""):
        provider = str(parts.hostname)
        options = {_anymail_name(provider, name): value for name, value in parse_qsl(parts.query)}
        return MailWay(f"anymail.backends.{provider}.EmailBackend", anymail=options)
    raise NoMailAddress(f"Not {_TAKES}.")


def _anymail_name(provider: str, option: str) -> str:
    """Anymail's name of a provider's option: `server_token` of Postmark is POSTMARK_SERVER_TOKEN."""
    name, prefix = option.upper(), f"{provider.upper()}_"
    return name if name.startswith(prefix) else prefix + name
