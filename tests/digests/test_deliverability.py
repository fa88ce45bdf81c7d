"""The desk looks the sender's records up, in bounded time, and says what is missing. The DNS is one on loopback."""

import socket
import threading
import time

import dns.flags
import dns.message
import dns.resolver
import dns.rrset
import pytest

from digests import deliverability
from digests.deliverability import State
from tests.page import Page


class NameServer:
    """Answers questions for TXT records over UDP; `silent` never answers."""

    def __init__(self, records: dict[str, list[str]], *, silent: bool = False) -> None:
        self.records, self.silent = records, silent
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.socket.getsockname()[1]
        return resolver

    def _serve(self) -> None:
        while True:
            try:
                data, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            if self.silent:
                continue
            question = dns.message.from_wire(data)
            answer = dns.message.make_response(question)
            name = question.question[0].name
            texts = self.records.get(str(name).rstrip("."))
            if texts is None:
                answer.set_rcode(3)
            elif texts:
                quoted = [f'"{text}"' for text in texts]
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *quoted))
            self.socket.sendto(answer.to_wire(), sender)


@pytest.fixture
def name_server(settings):
    servers = []
    settings.DEFAULT_FROM_EMAIL = "Galley <roundup@news.example.org>"
    settings.MAIL_DKIM_SELECTOR = "s1"

    def start(records=None, **options) -> NameServer:
        servers.append(NameServer(records or {}, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.socket.close()


GOOD = {
    "news.example.org": ["some-verification=1", "v=spf1 include:spf.mtasv.net ~all"],
    "s1._domainkey.news.example.org": ["v=DKIM1; k=rsa; p=MIGf"],
    "_dmarc.news.example.org": ["v=DMARC1; p=quarantine; rua=mailto:x@example.org"],
}


def states(server: NameServer) -> dict[str, State]:
    return {check.name: check.state for check in deliverability.records(server.resolver)}


def test_records_that_are_right_are_good(name_server):
    assert states(name_server(GOOD)) == {"SPF": "good", "DKIM": "good", "DMARC": "good"}


@pytest.mark.parametrize(
    ("place", "texts", "name", "state"),
    [
        ("news.example.org", ["v=spf1 include:x.org"], "SPF", "weak"),
        ("news.example.org", ["v=spf1 +all"], "SPF", "weak"),
        ("news.example.org", ["v=spf1 a ~all", "v=spf1 mx ~all"], "SPF", "missing"),
        ("news.example.org", [], "SPF", "missing"),
        ("s1._domainkey.news.example.org", ["v=DKIM1; p="], "DKIM", "missing"),
        ("s1._domainkey.news.example.org", None, "DKIM", "missing"),
        ("_dmarc.news.example.org", None, "DMARC", "missing"),
        ("_dmarc.news.example.org", ["v=spf1 ~all"], "DMARC", "missing"),
        ("_dmarc.news.example.org", ["v=DMARC1; p=none"], "DMARC", "good"),
    ],
)
def test_records_that_are_wrong_are_told(name_server, place, texts, name, state):
    server = name_server({**GOOD, place: texts})
    check = next(check for check in deliverability.records(server.resolver) if check.name == name)
    assert check.state == state
    assert check.wanted


def test_the_domain_above_speaks_for_a_host_without_a_policy(name_server):
    records = {**GOOD, "_dmarc.example.org": ["v=DMARC1; p=reject"]}
    del records["_dmarc.news.example.org"]
    assert states(name_server(records))["DMARC"] == "good"


def test_the_provider_must_stand_in_the_record(name_server, settings):
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    assert states(name_server(GOOD))["SPF"] == "weak"


def test_a_dns_that_never_answers_costs_some_seconds_and_no_more(name_server, monkeypatch):
    monkeypatch.setattr(deliverability, "SECONDS", 0.5)
    began = time.monotonic()
    assert set(states(name_server(silent=True)).values()) == {"unknown"}
    assert time.monotonic() - began < 3


def test_rules_of_large_mailboxes_count_complaints(name_server):
    checks = deliverability.records(name_server(GOOD).resolver)
    found = {rule.name: rule.state for rule in deliverability.rules(checks, sent=1000, complained=4)}
    assert found["Complaints below 0.3 %"] == "missing"
    assert found["SPF and DKIM, both"] == "good"
    assert found["One click leaves"] == "good"


def test_the_desk_shows_the_records_and_what_they_should_be(name_server, editor, as_user, monkeypatch):
    resolver = name_server({}).resolver
    monkeypatch.setattr(dns.resolver, "Resolver", lambda: resolver)
    page = Page(as_user(editor).get("/desk/mail/deliverability/"))
    assert "_dmarc.news.example.org" in page.text
    assert "v=DMARC1; p=none" in page.text
