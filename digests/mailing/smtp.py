"""Mail over one SMTP connection that is kept open, with every stage of the dialogue told apart.

smtplib's own `sendmail` can't say whether a mail may be out when it fails. Here the last line of a mail, which makes it
one (RFC 5321, 4.1.1.4), goes out by itself: whatever breaks before it, nothing was sent; whatever breaks between it and
the server's answer, nobody can know.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings

from digests.mailing.answers import Answer, LastingTrouble, Outcome, Permit, Trouble
from digests.mailing.letters import Letter

_LEADING_DOT = re.compile(rb"(?m)^\.")
_MAILBOX_IS_GONE = re.compile(r"^5\d\d 5\.1\.[1236]\b")  # RFC 3463: no such mailbox, host or syntax; moved away


class _ConnectionLost(Exception):
    """The dialogue broke off before the last line: the server can't have taken the mail."""


class SmtpCarrier:
    """The connection that Django's `EMAIL_…` settings describe."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None
        self._is_kept = False  # whether the connection has carried a mail before
        self._sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]

    def carry(self, letter: Letter, permit: Permit) -> Answer:
        if self._smtp is not None:
            # A server may end a kept connection for its age or its count: that is no fault of this mail's.
            with suppress(_ConnectionLost):
                return self._converse(letter, permit)
        try:
            return self._converse(letter, permit)
        except _ConnectionLost as lost:
            return Answer(Outcome.LATER, str(lost))

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _converse(self, letter: Letter, permit: Permit) -> Answer:
        smtp = self._smtp or self._connect()
        with self._before_the_last_line():
            was_kept, self._is_kept = self._is_kept, True
            code, words = smtp.mail(self._sender)
            if code == 421 and was_kept:
                raise smtplib.SMTPServerDisconnected(_said(code, words))
            if code != 250:
                self._sender_refused(code, words)
            code, words = smtp.rcpt(letter.to)
            if code not in (250, 251):
                return self._refused(smtp, code, words)
            code, words = smtp.docmd("DATA")
            if code != 354:
                return self._refused(smtp, code, words)
            smtp.send(_LEADING_DOT.sub(b"..", letter.content))
        if not permit():
            self.close()  # which takes back all of it
            return Answer(Outcome.HELD_BACK)
        try:
            _socket(smtp).settimeout(settings.MAIL_PATIENCE)
            smtp.send(b".\r\n")
            code, words = smtp.getreply()
            _socket(smtp).settimeout(_timeout())
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Answer(Outcome.UNKNOWN, f"The connection broke before the server’s answer ({_reason(error)}).")
        return Answer(Outcome.SENT, _said(code, words)) if code == 250 else self._refused(smtp, code, words)

    def _connect(self) -> smtplib.SMTP:
        """A new connection, greeted, encrypted and signed in as the settings say. Raises Trouble."""
        context = ssl.create_default_context()
        host, port = settings.EMAIL_HOST, settings.EMAIL_PORT
        name, timeout = urlsplit(settings.SITE_URL).hostname, _timeout()
        smtp: smtplib.SMTP | None = None
        try:
            if settings.EMAIL_USE_SSL:
                smtp = smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=timeout, context=context)
            else:
                smtp = smtplib.SMTP(host, port, local_hostname=name, timeout=timeout)
            if settings.EMAIL_USE_TLS:
                smtp.starttls(context=context)
            if settings.EMAIL_HOST_USER:
                smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            smtp.ehlo_or_helo_if_needed()
            # The short last line must not wait for the mail before it to be acknowledged.
            _socket(smtp).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (smtplib.SMTPException, OSError) as error:
            if smtp is not None:
                smtp.close()
            if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
                said = _said(error.smtp_code, error.smtp_error)
                raise LastingTrouble(f"The mail server refused user or password: {said}") from error
            raise Trouble(f"The mail server can’t be used ({_reason(error)}).") from error
        self._smtp, self._is_kept = smtp, False
        return smtp

    @contextmanager
    def _before_the_last_line(self) -> Iterator[None]:
        try:
            yield
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise _ConnectionLost(f"The connection to the mail server broke ({_reason(error)}).") from error

    def _sender_refused(self, code: int, words: bytes) -> None:
        """No mail of ours is welcome. Raises Trouble."""
        self.close()
        kind = LastingTrouble if code >= 500 else Trouble
        raise kind(f"The mail server takes nothing from {self._sender}: {_said(code, words)}")

    def _refused(self, smtp: smtplib.SMTP, code: int, words: bytes) -> Answer:
        said = _said(code, words)
        if code == 421 or code < 400:  # it is about to close, or says what nobody could understand
            self.close()
        else:
            with suppress(_ConnectionLost), self._before_the_last_line():  # the refusal stands, whatever comes after
                smtp.rset()
        if code < 500:
            return Answer(Outcome.LATER, said)
        return Answer(Outcome.REFUSED, said, mailbox_is_gone=_MAILBOX_IS_GONE.match(said) is not None)


def _timeout() -> float:
    return float(settings.EMAIL_TIMEOUT or 30)


def _socket(smtp: smtplib.SMTP) -> socket.socket:
    assert smtp.sock is not None  # it is connected
    return smtp.sock


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"[:500]


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    return str(error).strip() or type(error).__name__
