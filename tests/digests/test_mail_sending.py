"""A digest's mail goes out once to everybody who should get it, whatever the mail server does."""

import ssl
import subprocess
import time
from collections import Counter

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from digests import mail_tasks, subscriptions
from digests.mailing import bounces, claiming, queueing, sending
from digests.mailing.queueing import Segment
from digests.models import Delivery, Mailing, Subscriber, Suppression
from tests.factories import EntryFactory, SubscriberFactory
from tests.mail_server import Script

SENT, FAILED, UNKNOWN, QUEUED, CANCELLED = "sent", "failed", "unknown", "queued", "cancelled"


@pytest.fixture
def mailing(published) -> Mailing:
    return Mailing.objects.create(digest=published(contents={"LLM Reasoning": ["A study"], "LLM Agents": ["Another"]}))


@pytest.fixture
def queued(mailing, series):
    """Subscribers of these names, each with a delivery in the queue."""

    def queue(*names: str) -> dict[str, Subscriber]:
        people = {name: SubscriberFactory(email=f"{name}@example.org", series=series) for name in names}
        assert queueing.queue(mailing.digest) == len(names)
        return people

    return queue


def states() -> dict[str, str]:
    rows = Delivery.objects.filter(subscriber__isnull=False).values_list("subscriber__email", "state")
    return {email.split("@")[0]: state for email, state in rows}


def test_everybody_gets_one_mail_over_one_connection(mail_server, mailing, queued):
    server = mail_server()
    queued("ada", "bob", "cleo")
    assert sending.send(mailing) == Counter(sent=3)
    assert sorted(received.to for received in server.received) == [f"{n}@example.org" for n in ("ada", "bob", "cleo")]
    assert server.connections == 1
    assert states() == {"ada": SENT, "bob": SENT, "cleo": SENT}
    assert sending.send(mailing) == Counter()
    assert len(server.received) == 3


def test_queueing_again_adds_only_who_is_new(mailing, series, queued):
    queued("ada")
    SubscriberFactory(email="bob@example.org", series=series)
    assert queueing.queue(mailing.digest) == 1
    assert queueing.queue(mailing.digest) == 0


def test_queueing_is_one_statement(mailing, series, django_assert_num_queries):
    for number in range(20):
        SubscriberFactory(email=f"reader{number}@example.org", series=series)
    with django_assert_num_queries(3):  # two of them the savepoint's
        assert queueing.queue(mailing.digest) == 20


def test_only_the_mailable_are_queued(mailing, series):
    later = timezone.now() + timezone.timedelta(days=1)
    SubscriberFactory(email="ada@example.org", series=series)
    SubscriberFactory(email="paused@example.org", series=series, paused_until=later)
    SubscriberFactory(email="back@example.org", series=series, paused_until=timezone.now())
    SubscriberFactory(email="elsewhere@example.org")
    for state in ("unconfirmed", "unsubscribed", "suppressed"):
        SubscriberFactory(email=f"{state}@example.org", series=series, state=state)
    assert queueing.queue(mailing.digest) == 2
    assert states().keys() == {"ada", "back"}


def test_who_wants_mail_only_for_a_topic_is_queued_only_when_it_has_something(digest, series):
    digest.sections.exclude(topic__slug="reasoning").delete()
    reasoning, agents = series.topics.get(slug="reasoning"), series.topics.exclude(slug="reasoning").first()
    EntryFactory(section=digest.sections.get())
    Mailing.objects.create(digest=digest)
    SubscriberFactory(email="yes@example.org", series=series, series__topics=[reasoning], series__cadence="matching")
    SubscriberFactory(email="no@example.org", series=series, series__topics=[agents], series__cadence="matching")
    SubscriberFactory(email="weekly@example.org", series=series, series__topics=[agents])
    SubscriberFactory(email="all@example.org", series=series, series__cadence="matching")
    queueing.queue(digest)
    assert states().keys() == {"yes", "weekly", "all"}


def test_a_segment_goes_first_and_then_the_rest(mailing, series):
    for number in range(10):
        SubscriberFactory(email=f"reader{number}@{'our.org' if number < 3 else 'example.org'}", series=series)
    assert queueing.queue(mailing.digest, Segment(size=4)) == 4
    assert queueing.queue(mailing.digest, Segment(host="our.org")) <= 3
    queueing.queue(mailing.digest)
    assert Delivery.objects.count() == 10
    assert Delivery.objects.values("subscriber").distinct().count() == 10


def test_a_refusal_for_good_is_recorded_and_one_of_a_missing_mailbox_suppresses(mail_server, mailing, queued):
    server = mail_server(
        Script(
            at_recipient={"gone": "550 5.1.1 No such user", "policy": "554 5.7.1 Not from you"},
            at_end={"content": "554 5.6.0 Looks like spam"},
        )
    )
    people = queued("gone", "policy", "content", "fine")
    sending.send(mailing)
    assert states() == {"gone": FAILED, "policy": FAILED, "content": FAILED, "fine": SENT}
    assert [received.to for received in server.received] == ["fine@example.org"]
    assert Delivery.objects.get(subscriber=people["gone"]).answer == "550 5.1.1 No such user"
    people["gone"].refresh_from_db()
    people["policy"].refresh_from_db()
    assert (people["gone"].state, people["policy"].state) == ("suppressed", "confirmed")
    assert Suppression.objects.of_email("GONE@example.org").exists()


def test_a_refusal_for_good_stands_though_the_server_hangs_up_behind_it(mail_server, mailing, queued):
    server = mail_server(Script(at_end={"bad": "554 5.6.0 Looks like spam"}, hang_up_behind_answer={"bad"}))
    queued("ada", "bad", "zoe")
    sending.send(mailing)
    assert states() == {"ada": SENT, "bad": FAILED, "zoe": SENT}
    assert len(server.received) == 2


@pytest.mark.parametrize(
    "script",
    [
        Script(at_recipient={"slow": "451 4.7.1 Greylisted"}),
        Script(at_recipient={"slow": "421 4.3.2 Shutting down"}),
        Script(at_end={"slow": "451 4.3.0 Later"}),
        Script(at_end={"slow": "421 4.3.2 Shutting down"}),
        Script(hang_up_at_recipient=Counter(slow=9)),
        Script(stall_at_recipient={"slow"}),
    ],
    ids=["451 recipient", "421 recipient", "451 end", "421 end", "hang up", "stall"],
)
def test_a_refusal_for_now_is_tried_again_later_and_others_go_on(mail_server, settings, mailing, queued, script):
    with time_machine.travel("2023-11-27T08:00Z", tick=True) as clock:
        server = mail_server(script)
        settings.EMAIL_TIMEOUT = 0.5
        queued("ada", "slow", "zoe")
        sending.send(mailing)
        assert states() == {"ada": SENT, "slow": QUEUED, "zoe": SENT}
        delivery = Delivery.objects.get(state=QUEUED)
        assert delivery.attempts == 1
        assert sending.send(mailing) == Counter()  # not yet
        server.script = Script()
        clock.shift(6 * 60)
        assert sending.send(mailing) == Counter(sent=1)
        assert [len(server.to(name)) for name in ("ada", "slow", "zoe")] == [1, 1, 1]


def test_after_many_refusals_for_now_it_is_given_up(mail_server, mailing, queued):
    mail_server(Script(at_recipient={"slow": "451 4.7.1 Greylisted"}))
    queued("slow")
    with time_machine.travel("2023-11-27T08:00Z") as clock:
        for _ in range(claiming.MAX_ATTEMPTS):
            sending.send(mailing)
            clock.shift(4 * 3600 + 1)
    delivery = Delivery.objects.get()
    assert delivery.state == FAILED
    assert "451 4.7.1 Greylisted" in delivery.answer


@pytest.mark.parametrize(
    "script", [Script(hang_up_after_data={"bad"}), Script(stall_after_data={"bad"})], ids=["hang up", "stall"]
)
def test_an_answer_that_never_comes_leaves_it_unknown_and_it_is_not_sent_again(
    mail_server, settings, mailing, queued, script
):
    server = mail_server(script)
    settings.MAIL_PATIENCE = 0.5
    queued("ada", "bad", "zoe")
    sending.send(mailing)
    assert states() == {"ada": SENT, "bad": UNKNOWN, "zoe": SENT}
    server.script = Script()
    claiming.expire()
    queueing.queue(mailing.digest)
    assert sending.send(mailing) == Counter()
    assert len(server.to("bad")) == 1


def test_a_server_that_answers_nobody_holds_the_mailing_up_before_all_of_it_is_unknown(mail_server, mailing, queued):
    names = [f"reader{number}" for number in range(8)]
    mail_server(Script(hang_up_after_data=set(names)))
    queued(*names)
    sending.send(mailing)
    mailing.refresh_from_db()
    assert "in a row went unanswered" in mailing.trouble
    assert mailing.is_held
    assert Counter(states().values()) == {UNKNOWN: 5, QUEUED: 3}


def test_a_server_that_ends_connections_between_mails_loses_and_doubles_none(mail_server, mailing, queued):
    server = mail_server(Script(mails_a_connection=2))
    names = [f"reader{number}" for number in range(7)]
    queued(*names)
    assert sending.send(mailing)["sent"] + sending.send(mailing)["sent"] == 7
    assert Counter(received.to for received in server.received) == Counter(f"{name}@example.org" for name in names)


def test_no_server_holds_the_mailing_up_and_tells_why(mail_server, mailing, queued, settings):
    with time_machine.travel("2023-11-27T08:00Z") as clock:
        server = mail_server()
        settings.EMAIL_PORT = 9
        queued("ada")
        assert sending.send(mailing) == Counter(trouble=1)
        mailing.refresh_from_db()
        assert "can’t be used" in mailing.trouble
        assert states() == {"ada": QUEUED}
        assert not Mailing.objects.waiting(timezone.now()).exists()
        settings.EMAIL_PORT = server.port
        clock.shift(11)
        assert Mailing.objects.waiting(timezone.now()).get() == mailing
        assert sending.send(mailing) == Counter(sent=1)
        mailing.refresh_from_db()
        assert (mailing.trouble, mailing.hold_until) == ("", None)


def test_workers_that_were_woken_before_the_trouble_wait_too(mail_server, mailing, queued):
    server = mail_server()
    queued("ada")
    Mailing.objects.update(hold_until=timezone.now() + timezone.timedelta(minutes=1))
    assert mail_tasks.send_mail(mailing.pk) is None
    assert server.received == []
    Mailing.objects.update(hold_until=timezone.now())
    assert mail_tasks.send_mail(mailing.pk) == {"sent": 1}


def test_a_server_that_refuses_the_sender_pauses_the_mailing(mail_server, mailing, queued):
    mail_server(Script(sender="550 5.7.1 Not you"))
    queued("ada", "bob")
    sending.send(mailing)
    mailing.refresh_from_db()
    assert mailing.paused_at is not None
    assert "Not you" in mailing.trouble
    assert states() == {"ada": QUEUED, "bob": QUEUED}


def test_a_server_that_refuses_everybody_pauses_the_mailing(mail_server, mailing, queued, monkeypatch):
    monkeypatch.setattr(sending, "_REFUSALS_IN_A_ROW", 3)
    names = [f"reader{number}" for number in range(5)]
    mail_server(Script(at_recipient=dict.fromkeys(names, "554 5.7.1 Blocked")))
    queued(*names)
    sending.send(mailing)
    mailing.refresh_from_db()
    assert mailing.paused_at is not None
    assert Counter(states().values()) == {FAILED: 3, QUEUED: 2}


def test_tls_that_cannot_be_trusted_is_trouble_and_nothing_is_sent(mail_server, mailing, queued, settings, tmp_path):
    server = mail_server(tls=self_signed(tmp_path))
    settings.EMAIL_USE_SSL = True
    queued("ada")
    assert sending.send(mailing) == Counter(trouble=1)
    mailing.refresh_from_db()
    assert "certificate" in mailing.trouble.lower()
    assert server.received == []
    assert states() == {"ada": QUEUED}


def test_a_server_without_starttls_is_trouble_where_it_was_asked_for(mail_server, mailing, queued, settings):
    server = mail_server()
    settings.EMAIL_USE_TLS = True
    queued("ada")
    assert sending.send(mailing) == Counter(trouble=1)
    assert server.received == []


def self_signed(folder) -> ssl.SSLContext:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
        + ["-keyout", str(key), "-out", str(certificate)],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def test_mail_that_cannot_be_kept_holds_the_mailing_up_and_goes_out_later(mailing, queued, settings, tmp_path):
    settings.EMAIL_BACKEND = "digests.outbox.OutboxBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    (tmp_path / "mail").write_text("a file where a folder should be")
    queued("ada")
    assert sending.send(mailing) == Counter(trouble=1)
    assert states() == {"ada": QUEUED}
    (tmp_path / "mail").unlink()
    assert sending.send(mailing) == Counter(sent=1)


# ---- Leaving, at every moment ----


def test_who_left_while_queued_gets_nothing(mail_server, mailing, queued):
    server = mail_server()
    people = queued("ada", "bob")
    subscriptions.leave(people["ada"], how="page")
    sending.send(mailing)
    assert [received.to for received in server.received] == ["bob@example.org"]
    assert states() == {"ada": CANCELLED, "bob": SENT}


def test_who_left_while_claimed_gets_nothing(mail_server, mailing, queued, monkeypatch):
    server = mail_server()
    people = queued("ada", "bob")
    claim = claiming.claim

    def claim_then_leave(*args):
        batch = claim(*args)
        if people:
            subscriptions.leave(people.pop("ada"), how="page")
            people.clear()
        return batch

    monkeypatch.setattr(claiming, "claim", claim_then_leave)
    sending.send(mailing)
    assert [received.to for received in server.received] == ["bob@example.org"]
    assert states() == {"ada": CANCELLED, "bob": SENT}


@pytest.mark.parametrize("end", ["leave", "suppress", "pause", "delete"])
def test_who_left_while_the_mail_was_being_sent_gets_nothing(mail_server, mailing, queued, monkeypatch, end):
    """The last moment: the whole mail is with the server, but for the line that makes it one."""
    server = mail_server()
    people = queued("ada", "bob")
    give = claiming.Permits.give

    def leave_then_ask(permits, delivery):
        if delivery.subscriber == people["ada"]:
            match end:
                case "leave":
                    subscriptions.leave(people["ada"], how="page")
                case "suppress":
                    bounces.suppress(people["ada"], Suppression.Reason.COMPLAINT)
                case "pause":
                    subscriptions.pause(people["ada"], timezone.now() + timezone.timedelta(days=7))
                case "delete":
                    subscriptions.delete(Subscriber.objects.get(pk=people["ada"].pk))
        return give(permits, delivery)

    monkeypatch.setattr(claiming.Permits, "give", leave_then_ask)
    sending.send(mailing)
    assert [received.to for received in server.received] == ["bob@example.org"]
    assert Counter(Delivery.objects.values_list("state", flat=True)) == {CANCELLED: 1, SENT: 1}


def test_a_pause_of_the_mailing_stops_it_between_two_mails_and_resuming_goes_on(mail_server, mailing, queued):
    server = mail_server()
    queued("ada", "bob", "cleo", "dora")
    give = claiming.Permits.give

    def pause_then_ask(permits, delivery):
        if len(server.received) == 2:
            Mailing.objects.update(paused_at=timezone.now())
        return give(permits, delivery)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(claiming.Permits, "give", pause_then_ask)
        sending.send(mailing)
    assert Counter(states().values()) == {SENT: 2, QUEUED: 2}
    assert sending.send(mailing) == Counter()
    Mailing.objects.update(paused_at=None)
    sending.send(mailing)
    assert Counter(received.to for received in server.received).most_common(1)[0][1] == 1
    assert len(server.received) == 4


def test_a_digest_that_was_taken_back_sends_nothing(mail_server, mailing, queued):
    server = mail_server()
    queued("ada")
    mailing.digest.status, mailing.digest.published_at = "draft", None
    mailing.digest.save()
    sending.send(mailing)
    assert server.received == []
    assert states() == {"ada": QUEUED}


# ---- Workers that die ----


def test_what_a_dead_worker_had_claimed_is_sent_by_another_and_what_it_was_sending_is_unknown(
    mail_server, mailing, queued, series
):
    server = mail_server()
    queued("ada", "bob", "cleo")
    with time_machine.travel("2023-11-27T08:00Z") as clock:
        lease = claiming.new_lease()
        first, *_ = claiming.claim(mailing, lease, 2)
        assert claiming.Permits(mailing, lease, series).give(first)
        # Here it dies.
        sending.send(mailing)
        assert Counter(states().values()) == {"sending": 1, "claimed": 1, SENT: 1}
        clock.shift(10 * 60)
        assert claiming.expire() == (1, 1)
        sending.send(mailing)
    assert Counter(states().values()) == {UNKNOWN: 1, SENT: 2}
    assert len(server.received) == 2


def test_a_worker_that_slept_past_its_lease_gets_no_permit(mailing, queued, series):
    queued("ada")
    with time_machine.travel("2023-11-27T08:00Z") as clock:
        sleeper, other = claiming.new_lease(), claiming.new_lease()
        (delivery,) = claiming.claim(mailing, sleeper, 1)
        clock.shift(120)
        claiming.expire()
        (same,) = claiming.claim(mailing, other, 1)
        assert same == delivery
        assert not claiming.Permits(mailing, sleeper, series).give(delivery)
        assert claiming.Permits(mailing, other, series).give(same)
        assert not claiming.Permits(mailing, other, series).give(same)


def test_on_sqlite_what_was_claimed_before_the_machine_crashed_is_unknown(mailing, queued, monkeypatch):
    queued("ada")
    with time_machine.travel("2023-11-27T08:00Z") as clock:
        claiming.claim(mailing, claiming.new_lease(), 1)
        monkeypatch.setattr(claiming, "_this_boot", lambda: "another")
        clock.shift(120)
        claiming.expire()
    assert states() == {"ada": UNKNOWN if connection.vendor == "sqlite" else QUEUED}


# ---- The rate ----


def test_a_set_rate_is_kept_by_all_workers_together(db):
    with time_machine.travel("2023-11-27T08:00Z", tick=False):
        waits = [sending.take_turn(20, rate=10) for _ in range(3)]
    assert waits == [0, 2, 4]


def test_a_mailing_at_a_rate_takes_its_time(mail_server, mailing, queued, settings):
    settings.MAIL_RATE = 20
    mail_server()
    queued(*[f"reader{number}" for number in range(11)])
    began = time.monotonic()
    sending.send(mailing)
    assert 0.45 < time.monotonic() - began < 5
