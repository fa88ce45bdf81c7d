"""One mail as its subscriber gets it, made quickly: what a roundup's mails share is encoded once, on its Sheet."""

import binascii
import html as html_escapes
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from functools import cached_property

from django.conf import settings
from django.core.mail import EmailMultiAlternatives


class Slot(StrEnum):
    """Marks in a sheet's text and HTML that stand for what each subscriber has of its own."""

    ADDRESS = "GALLEY-SLOT-ADDRESS"
    LEAVE = "GALLEY-SLOT-LEAVE"
    SETTINGS = "GALLEY-SLOT-SETTINGS"


_MARKS = re.compile(f"({'|'.join(Slot)})")


@dataclass(frozen=True)
class Sheet:
    """What all mails of one digest to subscribers of the same topics share. Text and HTML hold slots."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str]

    @cached_property
    def size(self) -> int:
        """About the bytes of a whole mail: a subscriber's own headers and links are reckoned at a kilobyte."""
        pieces = [*self._frame, *self._text, *self._html]
        return sum(len(piece) for piece in pieces) + 1024

    def content(self, headers: Mapping[str, str], values: Mapping[str, str]) -> bytes:
        """The whole mail for a mail server, with a subscriber's own headers, which are ASCII, and values."""
        own = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        in_html = {slot: html_escapes.escape(value) for slot, value in values.items()}
        shared, between, end = self._frame
        text = b"".join(_value(piece, values) for piece in self._text)
        html = b"".join(_value(piece, in_html) for piece in self._html)
        return b"".join((own.encode("ascii"), shared, text, between, html, end))

    @cached_property
    def _text(self) -> list[bytes | str]:
        return _pieces(self.text)

    @cached_property
    def _html(self) -> list[bytes | str]:
        return _pieces(self.html)

    @cached_property
    def _frame(self) -> tuple[bytes, bytes, bytes]:
        """What stands before the text, between it and the HTML, and behind that: shared headers, heads of the parts."""
        boundary = f"galley-{secrets.token_hex(12)}"
        message = EmailMessage(policy=SMTP)
        message["From"] = settings.DEFAULT_FROM_EMAIL
        message["Subject"] = self.subject
        for name, value in self.headers.items():
            message[name] = value
        message["MIME-Version"] = "1.0"
        kind = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n'
        head = message.as_bytes().rstrip(b"\r\n") + b"\r\n" + kind.encode()
        return head + _part(boundary, "plain"), b"\r\n" + _part(boundary, "html"), f"\r\n--{boundary}--\r\n".encode()


@dataclass(frozen=True)
class Letter:
    """One mail to one address."""

    to: str
    sheet: Sheet
    own_headers: Mapping[str, str]
    values: Mapping[str, str]

    @property
    def subject(self) -> str:
        return self.sheet.subject

    @property
    def headers(self) -> dict[str, str]:
        """All but those that Django's messages write by themselves."""
        return {**self.sheet.headers, **self.own_headers}

    @property
    def text(self) -> str:
        return _MARKS.sub(lambda mark: self.values[mark[0]], self.sheet.text)

    @property
    def html(self) -> str:
        return _MARKS.sub(lambda mark: html_escapes.escape(self.values[mark[0]]), self.sheet.html)

    @property
    def message(self) -> EmailMultiAlternatives:
        """The same for Django's mail backends."""
        message = EmailMultiAlternatives(
            self.subject, self.text, settings.DEFAULT_FROM_EMAIL, [self.to], headers=self.headers
        )
        message.attach_alternative(self.html, "text/html")
        return message

    @property
    def content(self) -> bytes:
        """The whole mail, each line ended by CRLF."""
        return self.sheet.content({"To": self.to, **self.own_headers}, self.values)


def _part(boundary: str, kind: str) -> bytes:
    return (
        f"\r\n--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _pieces(body: str) -> list[bytes | str]:
    """The body in quoted-printable, cut at its slots; a soft line break on each side keeps every line short."""
    pieces: list[bytes | str] = []
    for place, piece in enumerate(_MARKS.split(body)):
        pieces += [b"=\r\n", piece, b"=\r\n"] if place % 2 else [_quoted_printable(piece)]
    return pieces


def _value(piece: bytes | str, values: Mapping[str, str]) -> bytes:
    return piece if isinstance(piece, bytes) else _quoted_printable(values[piece])


def _quoted_printable(text: str) -> bytes:
    """RFC 2045, 6.7. The text has lone line feeds at its line ends."""
    return binascii.b2a_qp(text.encode()).replace(b"\n", b"\r\n")
