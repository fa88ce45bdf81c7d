"""Where mail goes while no mail server is named: files in a folder, one a mail, shown on a page of the desk."""

import datetime as dt
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMail
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

_NAME = re.compile(r"\d{8}-\d{6}-\d{6}-[0-9a-f]{8}")


class OutboxBackend(BaseEmailBackend):
    """Keeps each mail as a file whose name tells when, so that names sort by time."""

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        _folder().mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            keep(message.message().as_bytes())
        return len(email_messages)


def keep(mail: bytes) -> None:
    name = f"{timezone.now():%Y%m%d-%H%M%S-%f}-{secrets.token_hex(4)}"
    written = _folder() / f"{name}.part"
    written.write_bytes(mail)
    os.replace(written, _folder() / f"{name}.eml")


@dataclass(frozen=True)
class KeptMail:
    """One mail that was kept."""

    name: str
    path: Path

    @cached_property
    def parsed(self) -> ParsedMail:
        return message_from_bytes(self.path.read_bytes(), policy=policy.default)

    @property
    def kept_at(self) -> dt.datetime:
        return dt.datetime.strptime(self.name[:22], "%Y%m%d-%H%M%S-%f").replace(tzinfo=dt.UTC)

    @property
    def subject(self) -> str:
        return str(self.parsed.get("Subject", ""))

    @property
    def to(self) -> str:
        return str(self.parsed.get("To", ""))

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name, str(value)) for name, value in self.parsed.items()]

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.parsed.get_body(preferencelist=(kind,))
        return str(part.get_content()) if part is not None else ""


def kept_mail(limit: int) -> list[KeptMail]:
    """The latest mails kept, the newest first."""
    names = sorted((path.stem for path in _folder().glob("*.eml")), reverse=True)
    return [KeptMail(name, _folder() / f"{name}.eml") for name in names[:limit]]


def find_mail(name: str) -> KeptMail | None:
    path = _folder() / f"{name}.eml"
    return KeptMail(name, path) if _NAME.fullmatch(name) and path.is_file() else None


def is_in_use() -> bool:
    """Whether mail is kept here rather than sent."""
    return settings.EMAIL_BACKEND.endswith(".OutboxBackend")


def _folder() -> Path:
    return Path(settings.EMAIL_FILE_PATH)
