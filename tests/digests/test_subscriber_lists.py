"""Lists come in after a look, with a consent, and never with somebody who left; what goes out comes in again."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from digests import subscriber_lists, subscriptions
from digests.models import Subscriber, SubscriberEvent
from digests.subscriber_lists import UnreadableList, take_in
from tests.factories import SubscriberFactory
from tests.page import Page

LISTMONK = """uuid,email,name,attributes,status,created_at,updated_at
1,ada@example.org,Ada,{},enabled,2024-03-01T10:00:00.000000+00:00,2024-03-01
2,bob@example.org,Bob,{},disabled,2024-03-01T10:00:00Z,2024-03-01
3,eve@example.org,Eve,{},blocklisted,2024-03-01T10:00:00Z,2024-03-01
"""
SUBSTACK = """email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at
ada@example.org,false,,other,false,2024-03-01T10:00:00.000Z,
bob@example.org,true,,yearly,true,2024-03-01T10:00:00.000Z,
cleo@example.org,true,,yearly,false,2024-03-01T10:00:00.000Z,2024-03-02T10:00:00.000Z
"""
MIXED = """email,created_at
ada@example.org,2024-03-01
ADA@Example.org,2024-03-01
nonsense,2024-03-01
nodate@example.org,
future@example.org,2124-03-01
left@example.org,2024-03-01
here@example.org,2024-03-01
barred@example.org,2024-03-01
"""


@pytest.fixture
def people(series):
    SubscriberFactory(email="left@example.org", state="unsubscribed")
    SubscriberFactory(email="here@example.org", series=series)
    subscriptions.bar(SubscriberFactory(email="Barred@example.org", series=series))


def test_a_dry_run_tells_and_changes_nothing(people, series):
    before = list(Subscriber.objects.values())
    report = take_in(MIXED, series, consent="our old list", commit=False)
    assert report.counts == {
        "new": 1,
        "twice": 1,
        "invalid": 1,
        "no_consent": 2,
        "left": 1,
        "known": 1,
        "suppressed": 1,
    }
    assert list(Subscriber.objects.values()) == before
    assert any("line 4: nonsense" in examples for _, _, examples in report.lines)


def test_an_import_takes_in_who_may_come_with_their_consent_and_again_nobody(people, series):
    take_in(MIXED, series, consent="our old list", commit=True)
    ada = Subscriber.objects.of_email("ada@example.org").get()
    assert (ada.state, ada.consent_form) == ("confirmed", "import: our old list")
    assert ada.consent_at.isoformat() == "2024-03-01T00:00:00+00:00"
    assert ada.subscriptions.get().series == series
    assert take_in(MIXED, series, consent="our old list", commit=True).counts["new"] == 0
    assert sum(SubscriberEvent.objects.filter(kind="imported").values_list("change", flat=True)) == 1


def test_listmonks_columns_are_understood_and_its_blocklist_stays_blocked(series):
    assert take_in(LISTMONK, series, consent="x", commit=True).counts == {"new": 1, "inactive": 1, "suppressed": 1}
    assert take_in("email,created_at\neve@example.org,2024-01-01", series, consent="x", commit=True).counts == {
        "suppressed": 1
    }


def test_of_substacks_list_come_who_pay_and_who_do_not_but_not_those_without_mail(series):
    assert take_in(SUBSTACK, series, consent="x", commit=True).counts == {"new": 2, "inactive": 1}
    come = Subscriber.objects.filter(state="confirmed").order_by("email").values_list("email", flat=True)
    assert list(come) == ["ada@example.org", "cleo@example.org"]


def test_who_is_blocked_in_the_file_gets_no_more_mail_here_either(series):
    eve = SubscriberFactory(email="eve@example.org", series=series)
    assert take_in(LISTMONK, series, consent="x", commit=False).counts["suppressed"] == 1
    eve.refresh_from_db()
    assert eve.state == "confirmed"
    take_in(LISTMONK, series, consent="x", commit=True)
    eve.refresh_from_db()
    assert eve.state == "suppressed"


def test_a_consents_address_that_is_none_is_left_out(series):
    text = "email,created_at,consent_ip\nada@example.org,2024-03-01,unknown\nbob@example.org,2024-03-01,192.0.2.7\n"
    take_in(text, series, consent="x", commit=True)
    assert list(Subscriber.objects.order_by("email").values_list("consent_ip", flat=True)) == [None, "192.0.2.7"]


def test_what_goes_out_comes_in_again(series):
    topics = list(series.topics.all()[:2])
    SubscriberFactory(email="ada@example.org", series=series, series__topics=topics, series__cadence="matching")
    SubscriberFactory(email="left@example.org", state="unsubscribed")
    text = "".join(subscriber_lists.give_out())
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["email"] for row in rows] == ["ada@example.org", "left@example.org"]
    Subscriber.objects.all().delete()
    assert take_in(text, series, consent="x", commit=True).counts == {"new": 1, "inactive": 1}
    subscription = Subscriber.objects.get().subscriptions.get()
    assert list(subscription.topics.all()) == topics
    assert subscription.cadence == "matching"


def test_a_list_of_thousands_takes_few_queries(series, django_assert_max_num_queries):
    text = "email,created_at\n" + "".join(f"reader{n}@example.org,2024-03-01\n" for n in range(2000))
    with django_assert_max_num_queries(100):
        assert take_in(text, series, consent="x", commit=True).counts == {"new": 2000}


@pytest.mark.parametrize("text", ["", "name,age\nAda,36\n", "\x00", f"email\n{'x' * 200_000}\n"])
def test_what_is_no_list_is_told(series, text):
    with pytest.raises(UnreadableList):
        take_in(text, series, consent="x", commit=False)


def test_the_desk_shows_first_what_it_would_do_and_then_does_it(publisher, as_user, series):
    client = as_user(publisher)
    file = SimpleUploadedFile("list.csv", LISTMONK.encode())
    data = {"file": file, "series": "llm", "consent": "our listmonk"}
    page = Page(client.post(reverse("import_subscribers"), data))
    assert "1 come in" in page.text
    assert Subscriber.objects.count() == 0
    (kept,) = [field.attributes["value"] for field in page.all("input") if field.attributes.get("name") == "kept"]
    assert client.post(reverse("import_subscribers"), {"kept": kept}).status_code == 302
    assert Subscriber.objects.get().email == "ada@example.org"
    assert client.post(reverse("import_subscribers"), {"kept": kept}).status_code == 400  # once


def test_the_desk_refuses_a_list_without_consent(publisher, as_user, series):
    data = {"file": SimpleUploadedFile("list.csv", LISTMONK.encode()), "series": "llm", "consent": ""}
    answer = as_user(publisher).post(reverse("import_subscribers"), data)
    assert answer.status_code == 400
    assert "Say where they agreed" in Page(answer).text


def test_the_commands_do_the_same(series, tmp_path, capsys):
    file = tmp_path / "list.csv"
    file.write_text(LISTMONK)
    call_command("import_subscribers", str(file), consent="x")
    assert Subscriber.objects.count() == 0
    call_command("import_subscribers", str(file), "--consent", "x", "--commit")
    assert Subscriber.objects.count() == 1
    out = tmp_path / "out.csv"
    call_command("export_subscribers", "--output", str(out))
    assert "ada@example.org" in out.read_text()
    assert oct(out.stat().st_mode)[-3:] == "600"
    with pytest.raises(CommandError, match="can't be read"):
        call_command("import_subscribers", str(tmp_path / "no.csv"), "--consent", "x")
