"""Lists of subscribers as CSV: taken in from here, from listmonk and from Substack, and given out.

Nobody comes in without a consent: when it was given stands in the file, and where in words of whoever imports it. Who
left here, or is suppressed here or in the file, stays out.
"""

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from digests.mailing import bounces
from digests.mailing.addresses import NotAnAddress, normalise
from digests.models import Series, Subscriber, SubscriberEvent, Subscription, SubscriptionTopic, Suppression, Topic
from digests.models.subscribers import address_hash
from tracker.batches import batches
from tracker.errors import GalleyError

COLUMNS = (
    *("email", "state", "series", "topics", "cadence", "consent_at", "consent_ip", "consent_form", "consent_wording"),
    *("confirmed_at", "created_at"),
)
_CHUNK = 1000
_EXAMPLES = 5

# What became of a row, and how the report says it.
NEW, KNOWN, TWICE, INVALID = "new", "known", "twice", "invalid"
LEFT, SUPPRESSED, INACTIVE, NO_CONSENT = "left", "suppressed", "inactive", "no_consent"
WORDS = {
    NEW: "come in",
    KNOWN: "are subscribed already: nothing changes",
    TWICE: "stand in the file twice",
    INVALID: "are no mail addresses",
    LEFT: "left here: they stay out",
    SUPPRESSED: "are suppressed: they stay out",
    INACTIVE: "are not active in the file: they stay out",
    NO_CONSENT: "have no date of consent: they stay out",
}

# Under which names others keep what we need. The first that the file has counts.
_ADDRESS = ("email", "email address", "e-mail")
_CONSENT = ("consent_at", "confirmed_at", "created_at", "start date", "subscription date")
_BLOCKED = {"blocklisted", "suppressed"}
_ACTIVE = {"confirmed", "enabled", "active", ""}


class UnreadableList(GalleyError):
    """The file is no list of subscribers."""


@dataclass(frozen=True)
class Row:
    """One line of a list, in our words. `consent_at` None means that the file doesn't say."""

    line: int
    email: str
    is_active: bool
    is_blocked: bool
    consent_at: dt.datetime | None
    consent_ip: str | None
    consent_form: str
    consent_wording: str
    series: str
    topics: tuple[str, ...]
    cadence: str


@dataclass
class Report:
    """What an import does, or would do."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, outcome: str, row: Row) -> None:
        self.counts[outcome] += 1
        shown = self.examples.setdefault(outcome, [])
        if len(shown) < _EXAMPLES:
            shown.append(f"line {row.line}: {row.email[:100]}")

    @property
    def lines(self) -> list[tuple[int, str, list[str]]]:
        return [(self.counts[name], words, self.examples[name]) for name, words in WORDS.items() if self.counts[name]]


def read(text: str) -> Iterator[Row]:
    """The rows of a list. Raises UnreadableList."""
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:2000], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), dialect=dialect)
    names = {(name or "").strip().lower(): name for name in reader.fieldnames or ()}
    address = next((names[name] for name in _ADDRESS if name in names), None)
    if address is None:
        raise UnreadableList("The file has no column “email” in its first line.")
    try:
        for values in reader:
            told = {name: (values.get(column) or "").strip() for name, column in names.items()}
            yield _row(reader.line_num, str(values.get(address) or "").strip(), told)
    except csv.Error as error:
        raise UnreadableList(f"Line {reader.line_num + 1} of the file can’t be read as CSV ({error}).") from error


def _row(line: int, email: str, told: Mapping[str, str]) -> Row:
    # Substack's `active_subscription` says who pays: its free subscribers get the mail too.
    state = (told.get("state") or told.get("status") or "").lower()
    mail_off = told.get("email_disabled", "").lower() in ("true", "1", "yes")
    given = next((told[name] for name in _CONSENT if told.get(name)), "")
    return Row(
        line=line,
        email=email,
        is_active=state in _ACTIVE and not mail_off,
        is_blocked=state in _BLOCKED,
        consent_at=_moment(given),
        consent_ip=_ip(told.get("consent_ip", "")),
        consent_form=told.get("consent_form", ""),
        consent_wording=told.get("consent_wording", ""),
        series=told.get("series", ""),
        topics=tuple(told.get("topics", "").split()),
        cadence=told.get("cadence", ""),
    )


def _ip(text: str) -> str | None:
    """The address of a network, where it is one: PostgreSQL takes nothing else."""
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _moment(text: str) -> dt.datetime | None:
    """A time or a day of the past, as ISO 8601 has it or nearly so; UTC where it doesn't say."""
    try:
        found = parse_datetime(text.replace(" UTC", "Z").replace(" +0000", "Z"))
        if found is None and (day := parse_date(text[:10])):
            found = dt.datetime.combine(day, dt.time(), dt.UTC)
    except ValueError:
        return None
    if found is not None and found.tzinfo is None:
        found = found.replace(tzinfo=dt.UTC)
    return found if found is not None and found <= timezone.now() else None


def take_in(text: str, series: Series, *, consent: str, commit: bool) -> Report:
    """Subscribe who stands in the file to the series, or without `commit` only say who would be.

    `consent` tells in a few words where they agreed. Safe to run twice. Raises UnreadableList.
    """
    report = Report()
    seen: set[str] = set()
    for chunk in batches(read(text), _CHUNK):
        with transaction.atomic():
            _take_chunk(chunk, series, consent, commit, report, seen)
    return report


def _take_chunk(chunk: list[Row], series: Series, consent: str, commit: bool, report: Report, seen: set[str]) -> None:
    valid = list(_valid(chunk, report, seen))
    lowered = [email.lower() for email, _ in valid]
    here = {
        found.email.lower(): found for found in Subscriber.objects.alias(low=Lower("email")).filter(low__in=lowered)
    }
    hashes = {address_hash(email): email for email in lowered}
    barred = {hashes[found] for found in _suppressed(hashes)}
    has = set(
        Subscription.objects.filter(series=series, subscriber__in=here.values()).values_list("subscriber", flat=True)
    )
    comers: list[tuple[str, Row]] = []
    for email, row in valid:
        outcome = _judge(row, here.get(email.lower()), email.lower() in barred, has)
        report.note(outcome, row)
        if outcome == NEW:
            comers.append((email, row))
    if commit:
        _bar([email for email, row in valid if row.is_blocked], here, consent)
        _store(comers, here, series, consent)


def _bar(blocked: list[str], here: Mapping[str, Subscriber], consent: str) -> None:
    """Suppress the addresses, also those that were subscribed here."""
    for email in blocked:
        if subscriber := here.get(email.lower()):
            bounces.suppress(subscriber, Suppression.Reason.EDITOR, consent)
    Suppression.objects.bulk_create(
        [
            Suppression(address_hash=address_hash(email), reason=Suppression.Reason.EDITOR, detail=consent)
            for email in blocked
        ],
        ignore_conflicts=True,
    )


def _valid(chunk: list[Row], report: Report, seen: set[str]) -> Iterator[tuple[str, Row]]:
    for row in chunk:
        try:
            email = normalise(row.email)
        except NotAnAddress:
            report.note(INVALID, row)
            continue
        if email.lower() in seen:
            report.note(TWICE, row)
            continue
        seen.add(email.lower())
        yield email, row


def _suppressed(hashes: Iterable[str]) -> Iterable[str]:
    return Suppression.objects.filter(address_hash__in=list(hashes)).values_list("address_hash", flat=True)


def _judge(row: Row, here: Subscriber | None, is_barred: bool, has: set[int]) -> str:
    if is_barred or row.is_blocked or (here is not None and here.state == Subscriber.State.SUPPRESSED):
        return SUPPRESSED
    if here is not None and here.state == Subscriber.State.UNSUBSCRIBED:
        return LEFT
    if not row.is_active:
        return INACTIVE
    if here is not None and here.state == Subscriber.State.CONFIRMED and here.pk in has:
        return KNOWN
    return NEW if row.consent_at is not None else NO_CONSENT


def _store(comers: list[tuple[str, Row]], here: Mapping[str, Subscriber], series: Series, consent: str) -> None:
    """Make or confirm the subscribers, and subscribe them."""
    now = timezone.now()
    fresh = [Subscriber(email=email) for email, _ in comers if email.lower() not in here]
    Subscriber.objects.bulk_create(fresh)
    people = {**here} | {subscriber.email.lower(): subscriber for subscriber in fresh}
    topics = {topic.slug: topic for topic in series.topics.all()}
    changed, events, subscriptions, chosen = [], [], [], []
    for email, row in comers:
        subscriber = people[email.lower()]
        gained = int(subscriber.state != Subscriber.State.CONFIRMED)
        if gained:
            subscriber.state, subscriber.state_since = Subscriber.State.CONFIRMED, now
            subscriber.consent_at, subscriber.consent_ip = row.consent_at, row.consent_ip
            subscriber.consent_form = (row.consent_form or f"import: {consent}")[:100]
            subscriber.consent_wording, subscriber.confirmed_at = row.consent_wording[:32], now
            changed.append(subscriber)
        detail = {"consent": consent, "consent_at": row.consent_at.isoformat() if row.consent_at else None}
        events.append(
            SubscriberEvent(subscriber=subscriber, kind=SubscriberEvent.Kind.IMPORTED, change=gained, detail=detail)
        )
        cadence = row.cadence if row.cadence in Subscription.Cadence.values else Subscription.Cadence.WEEKLY
        subscription = Subscription(subscriber=subscriber, series=series, cadence=cadence)
        subscriptions.append(subscription)
        chosen += [(subscription, topics[slug]) for slug in row.topics if slug in topics and row.series == series.slug]
    columns = ["state", "state_since", "consent_at", "consent_ip", "consent_form", "consent_wording", "confirmed_at"]
    Subscriber.objects.bulk_update(changed, columns)
    SubscriberEvent.objects.bulk_create(events)
    Subscription.objects.bulk_create(subscriptions)
    SubscriptionTopic.objects.bulk_create([SubscriptionTopic(subscription=one, topic=topic) for one, topic in chosen])


def give_out() -> Iterator[str]:
    """All subscribers as CSV, a line a subscription, piece by piece."""
    yield _line(COLUMNS)
    people = Subscriber.objects.order_by("pk").prefetch_related("subscriptions__series", "subscriptions__topics")
    for subscriber in people.iterator(chunk_size=_CHUNK):
        for subscription in subscriber.subscriptions.all() or [None]:
            yield _line(_cells(subscriber, subscription))


def _cells(subscriber: Subscriber, subscription: Subscription | None) -> list[object]:
    topics: list[Topic] = list(subscription.topics.all()) if subscription else []
    return [
        subscriber.email,
        subscriber.state,
        subscription.series.slug if subscription else "",
        " ".join(topic.slug for topic in topics),
        subscription.cadence if subscription else "",
        *(_iso(subscriber.consent_at), subscriber.consent_ip or "", subscriber.consent_form),
        *(subscriber.consent_wording, _iso(subscriber.confirmed_at), _iso(subscriber.created_at)),
    ]


def _iso(at: dt.datetime | None) -> str:
    return at.isoformat() if at else ""


def _line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
