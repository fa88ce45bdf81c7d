"""Whether mail of this installation is likely to arrive: the sender's DNS records, and what the large mailboxes ask."""

import time
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

import dns.exception
import dns.resolver
from django.conf import settings

SECONDS = 4.0  # for all questions together

# What a provider's customers put into their SPF record.
_SPF_PARTS = {
    "amazon_ses": "include:amazonses.com",
    "brevo": "include:spf.brevo.com",
    "mailgun": "include:mailgun.org",
    "mailjet": "include:spf.mailjet.com",
    "mandrill": "include:spf.mandrillapp.com",
    "postmark": "include:spf.mtasv.net",
    "resend": "include:amazonses.com",
    "sendgrid": "include:sendgrid.net",
    "sparkpost": "include:_spf.sparkpostmail.com",
}


class State(StrEnum):
    GOOD = "good"
    WEAK = "weak"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One thing that decides whether mail arrives. `wanted` is what should stand in the DNS."""

    name: str
    state: State
    words: str
    place: str = ""
    found: str = ""
    wanted: str = ""


class _Questions:
    """Asks for TXT records until the time is up."""

    def __init__(self, resolver: dns.resolver.Resolver) -> None:
        self._resolver, self._end = resolver, time.monotonic() + SECONDS

    def texts(self, name: str) -> list[str] | None:
        """The name's TXT records; None where the DNS can't be reached."""
        left = self._end - time.monotonic()
        if left <= 0:
            return None
        try:
            answer = self._resolver.resolve(name, "TXT", lifetime=left, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError):
            return None
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def sender_host() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2].lower()


def provider() -> str:
    """anymail's name of the provider that mail leaves by; empty for SMTP and files."""
    backend = settings.EMAIL_BACKEND
    return backend.split(".")[2] if backend.startswith("anymail.backends.") else ""


def records(resolver: dns.resolver.Resolver | None = None) -> list[Check]:
    """SPF, DKIM and DMARC of the sender's host. Takes SECONDS at most, whatever the DNS does."""
    host = sender_host()
    try:
        questions = _Questions(resolver or dns.resolver.Resolver())
    except dns.exception.DNSException:  # the system names no resolver
        questions = None
    return [_spf(host, questions), _dkim(host, questions), _dmarc(host, questions)]


def _ask(questions: _Questions | None, name: str) -> list[str] | None:
    return questions.texts(name) if questions else None


_UNREACHABLE = "The DNS can’t be reached from here: look it up yourself."


def _spf(host: str, questions: _Questions | None) -> Check:
    wanted = f"v=spf1 {_SPF_PARTS.get(provider()) or f'a:{settings.EMAIL_HOST}'} ~all"
    texts = _ask(questions, host)
    found = [text for text in texts or [] if text.lower().split()[:1] == ["v=spf1"]]
    if texts is None:
        state, words = State.UNKNOWN, _UNREACHABLE
    elif not found:
        state, words = State.MISSING, "No record says which servers may send for this host."
    elif len(found) > 1:
        state, words = State.MISSING, "There are several records, which counts as none: merge them into one."
    elif not found[0].lower().rstrip().endswith(("-all", "~all")) and "redirect=" not in found[0].lower():
        state, words = State.WEAK, "The record doesn’t end in -all or ~all, so anybody may send for this host."
    elif (part := _SPF_PARTS.get(provider())) and part not in found[0].lower():
        state, words = State.WEAK, f"The record doesn’t name our provider: add {part}."
    else:
        state, words = State.GOOD, "The record says which servers may send for this host."
    return Check("SPF", state, words, host, "\n".join(found), wanted)


def _dkim(host: str, questions: _Questions | None) -> Check:
    selector = settings.MAIL_DKIM_SELECTOR
    if not selector:
        words = (
            "Whoever sends signs each mail with a key that stands in the DNS. Name its selector in MAIL_DKIM_SELECTOR."
        )
        return Check("DKIM", State.UNKNOWN, words, f"….{'_domainkey'}.{host}", "", "v=DKIM1; k=rsa; p=…")
    place = f"{selector}._domainkey.{host}"
    texts = _ask(questions, place)
    keys = [text for text in texts or [] if "p=" in text.replace(" ", "")]
    if texts is None:
        state, words = State.UNKNOWN, _UNREACHABLE
    elif not keys:
        state, words = State.MISSING, "No key stands there: your provider or mail server shows you the record."
    elif any("p=;" in f"{key.replace(' ', '')};" for key in keys):
        state, words = State.MISSING, "The key there is empty, which means that it was withdrawn."
    else:
        state, words = State.GOOD, "A key stands there."
    return Check("DKIM", state, words, place, "\n".join(keys), "v=DKIM1; k=rsa; p=…")


def _dmarc(host: str, questions: _Questions | None) -> Check:
    """The record of the host, or of the domain above it, which stands for it."""
    wanted = f"v=DMARC1; p=none; rua=mailto:dmarc@{host}"
    places = [f"_dmarc.{host}"]
    if host.count(".") > 1:
        places.append(f"_dmarc.{host.partition('.')[2]}")
    for place in places:
        texts = _ask(questions, place)
        if texts is None:
            return Check("DMARC", State.UNKNOWN, _UNREACHABLE, place, "", wanted)
        for text in texts:
            if not text.lower().replace(" ", "").startswith("v=dmarc1"):
                continue
            if "p=none" in text.lower().replace(" ", ""):
                words = "The policy watches only. Once reports show that all is signed, p=quarantine keeps forgers out."
                return Check("DMARC", State.GOOD, words, place, text, wanted)
            return Check("DMARC", State.GOOD, "The policy tells what to do with forged mail.", place, text, wanted)
    words = "No record says what to do with mail that is not signed."
    return Check("DMARC", State.MISSING, words, places[0], "", wanted)


def rules(checks: list[Check], *, sent: int, complained: int) -> list[Check]:
    """What Gmail and Yahoo ask of those who send to many: https://support.google.com/mail/answer/81126.

    `sent` and `complained` count the last thirty days.
    """
    states = {check.name: check.state for check in checks}
    signed = _worst([states["SPF"], states["DKIM"]])
    share = complained / sent if sent else 0.0
    host = sender_host()
    is_free = host in ("gmail.com", "googlemail.com", "yahoo.com", "outlook.com", "hotmail.com", "gmx.de", "gmx.net")
    is_real = "." in host and not is_free
    encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL or bool(provider())
    good, missing = State.GOOD, State.MISSING
    return [
        Check("SPF and DKIM, both", signed, "Mail is signed, and comes from a server that may send it."),
        Check("DMARC", states["DMARC"], "A policy stands in the DNS; p=none is enough."),
        Check("A sender’s host of one’s own", good if is_real else missing, f"MAIL_FROM is at {host}."),
        Check("Encrypted on its way", good if encrypted else State.UNKNOWN, "By the connection that EMAIL_URL names."),
        Check("One click leaves", good, "Every roundup carries List-Unsubscribe and List-Unsubscribe-Post."),
        Check("Leaving counts at once", good, "Two days are allowed; here not even a mail in the queue goes out."),
        Check(
            "Complaints below 0.3 %",
            good if share < 0.003 else missing,
            f"{complained} of {sent} in thirty days, as far as the provider reports them.",
        ),
    ]


def _worst(states: list[State]) -> State:
    order = [State.MISSING, State.WEAK, State.UNKNOWN, State.GOOD]
    return min(states, key=order.index)
