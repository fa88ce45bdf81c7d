"""Signing in and out."""

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.page import Page

LOGIN, CODE, CONFIRM = "/accounts/login/", "/accounts/login/code/", "/accounts/login/code/confirm/"


def send(client: Client, **fields):
    return client.post(LOGIN, {"login": "editor", "password": "secret-enough", **fields})


def mailed_code() -> str:
    """The code in the subject of the last mail."""
    return mail.outbox[-1].subject.split()[0]


# With a password


def test_the_form_has_labels_and_helps_password_managers(db) -> None:
    page = Page(Client().get(LOGIN))
    fields = {field.attributes.get("id"): field.attributes for field in page.all("input")}
    assert {label.attributes["for"] for label in page.all("label")} >= {"id_email", "id_login", "id_password"}
    assert fields["id_email"]["autocomplete"] == "email"
    assert fields["id_password"]["autocomplete"] == "current-password"


@pytest.mark.parametrize("login", ["editor", "editor@example.org", "EDITOR@example.org"])
def test_an_editor_comes_to_the_desk(editor, login) -> None:
    response = send(Client(), login=login)
    assert (response.status_code, response["Location"]) == (302, "/desk/")


def test_an_account_without_an_address_comes_in_by_its_password(db) -> None:
    """As the first account is, the one that `manage.py prepare` makes."""
    User.objects.create_superuser("editor", password="secret-enough")
    assert send(Client())["Location"] == "/desk/"


def test_one_comes_back_to_the_page_one_wanted(editor) -> None:
    page = Page(Client().get(LOGIN, {"next": "/desk/llm/2023/w47/"}))
    wanted = [field.attributes["value"] for field in page.all("input") if field.attributes.get("name") == "next"]
    assert wanted == ["/desk/llm/2023/w47/"] * 2
    assert send(Client(), next="/desk/llm/2023/w47/")["Location"] == "/desk/llm/2023/w47/"


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)"])
def test_it_leads_nowhere_else(editor, elsewhere) -> None:
    assert send(Client(), next=elsewhere)["Location"] == "/desk/"


def test_a_wrong_password_is_announced_and_the_name_kept(editor) -> None:
    page = Page(send(Client(), password="wrong"))
    alert = next(element for element in page.elements if element.attributes.get("role") == "alert")
    assert "not correct" in alert.text
    name = next(field for field in page.all("input") if field.attributes.get("name") == "login")
    assert name.attributes["value"] == "editor"


def test_an_unknown_name_is_answered_as_a_wrong_password_is(editor) -> None:
    answers = [Page(send(Client(), login=name, password="wrong")).text for name in ("editor", "nobody")]
    assert answers[0] == answers[1]


def test_an_empty_field_is_told_beside_it(db) -> None:
    page = Page(Client().post(LOGIN, {"login": "editor", "password": ""}))
    field = next(field for field in page.all("input") if field.attributes.get("name") == "password")
    assert field.attributes["aria-invalid"] == "true"
    assert set(field.attributes["aria-describedby"].split()) <= set(page.ids)


def test_guesses_come_to_an_end(editor) -> None:
    for _ in range(5):
        assert "not correct" in Page(send(Client(), password="wrong")).text
    assert "Too many failed" in Page(send(Client())).text  # even with the right one, for a while
    assert send(Client(), login="publisher", password="wrong").status_code == 200


def test_a_closed_account_stays_out(editor) -> None:
    User.objects.update(is_active=False)
    assert send(Client())["Location"] == "/accounts/inactive/"


# With a code


def test_a_reader_makes_an_account_and_comes_back_without_any_password(db) -> None:
    client = Client()
    assert client.post("/accounts/signup/", {"email": "New@example.org"})["Location"] == "/accounts/confirm-email/"
    assert mail.outbox[-1].to == ["new@example.org"]
    assert "_auth_user_id" not in client.session  # not before the address is proved
    assert client.post("/accounts/confirm-email/", {"code": mailed_code()})["Location"] == "/"
    user = User.objects.get(email="new@example.org")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert not user.has_usable_password()

    again = Client()
    assert again.post(CODE, {"email": "new@example.org"})["Location"].startswith(CONFIRM)
    assert again.post(CONFIRM, {"code": mailed_code()})["Location"] == "/"
    assert again.session["_auth_user_id"] == str(user.pk)


def test_an_address_that_is_not_proved_lets_nobody_in(db) -> None:
    Client().post("/accounts/signup/", {"email": "victim@example.org"})
    client = Client()
    client.post(CODE, {"email": "victim@example.org"})
    for _ in range(3):
        client.post(CONFIRM, {"code": "AAAAAA"})
    assert "_auth_user_id" not in client.session
    assert client.get(CONFIRM).status_code == 302  # three guesses, then a new code must be asked for


def test_unknown_addresses_are_answered_as_known_ones_are(reader) -> None:
    pages = []
    for address in ("reader@example.org", "nobody@example.org"):
        answer = Client().post(CODE, {"email": address}, follow=True)
        pages.append((answer.redirect_chain, Page(answer).text.replace(address, "")))
    assert pages[0] == pages[1]
    assert [message.to for message in mail.outbox] == [["reader@example.org"], ["nobody@example.org"]]
    assert "/accounts/signup/" in mail.outbox[1].body


def test_signing_up_again_is_answered_as_the_first_time_is(reader) -> None:
    known, unknown = (
        Client().post("/accounts/signup/", {"email": address}) for address in ("reader@example.org", "b@example.org")
    )
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert "You have an account already" in [message.subject for message in mail.outbox]


def test_codes_are_not_sent_without_end(reader) -> None:
    answers = [Client().post(CODE, {"email": "reader@example.org"}) for _ in range(5)]
    assert len(mail.outbox) == 3
    assert answers[-1].status_code == 200  # the form again, which says why


def test_a_lost_password_is_replaced_by_a_code(editor) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": "editor@example.org"})
    client.post("/accounts/password/reset/confirm/", {"code": mailed_code()})
    new = {"password1": "quite-another-one", "password2": "quite-another-one"}
    assert client.post("/accounts/password/reset/complete/", new).status_code == 302
    assert send(Client()).status_code == 200
    assert send(Client(), password="quite-another-one").status_code == 302


# With a second factor


def give_app(client: Client) -> str:
    """Set up an authenticator app for whoever is signed in; returns its secret."""
    assert client.get("/accounts/2fa/totp/activate/")["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": "secret-enough"})
    page = client.get("/accounts/2fa/totp/activate/")
    assert len(page.context["form"].secret) > 16
    assert len(Page(page).all("svg")) == 3  # the picture to scan, besides the site's own two
    secret = page.context["form"].secret
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}).status_code == 302
    return secret


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_a_second_factor_is_asked_for_and_guarded(editor) -> None:
    client = Client()
    send(client)
    secret = give_app(client)

    other = Client()
    assert send(other)["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in other.session
    assert other.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    cache.clear()  # a code counts once: here it was used a moment ago to set the app up
    assert other.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})["Location"] == "/desk/"


def test_a_recovery_code_stands_in_once(editor) -> None:
    client = Client()
    send(client)
    give_app(client)
    codes = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    for expected in (302, 200):
        other = Client()
        send(other)
        assert other.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == expected


def test_the_admin_asks_for_the_second_factor_too(db) -> None:
    User.objects.create_superuser("editor", password="secret-enough")
    client = Client()
    send(client)
    give_app(client)
    other = Client()
    other.post("/admin/login/", {"username": "editor", "password": "secret-enough"})
    assert "_auth_user_id" not in other.session


def test_other_sessions_are_listed_and_ended(editor) -> None:
    here, there = Client(headers={"user-agent": "Here/1"}), Client(headers={"user-agent": "There/1"})
    send(here)
    send(there)
    text = Page(here.get("/accounts/sessions/")).text
    assert "Here/1" in text
    assert "There/1" in text
    here.post("/accounts/sessions/")
    assert there.get("/desk/").status_code == 302
    assert here.get("/desk/").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/sessions/",
        "/accounts/logout/",
    ],
)
def test_pages_of_an_account_are_the_sites_own(editor, address) -> None:
    client = Client()
    send(client)
    client.post("/accounts/reauthenticate/", {"password": "secret-enough"})
    page = Page(client.get(address))
    assert len(page.all("h1")) == 1
    assert page.all("main")
    assert [element for element in page.all("script") if "src" not in element.attributes] == [
        element for element in page.all("script") if element.attributes.get("type") == "application/json"
    ]
    assert [element for element in page.elements if "style" in element.attributes] == []


# Who one is


def test_the_header_fits_who_looks(published, as_user, reader, editor) -> None:
    published()
    for person, desk, sign_in in ((None, False, True), (reader, False, False), (editor, True, False)):
        page = Page(as_user(person).get("/"))
        assert ("/desk/" in page.links) is desk
        assert (LOGIN in page.links) is sign_in
        assert ("Sign out" in page.text) is not sign_in


def test_signing_out_takes_a_post(as_user, editor) -> None:
    client = as_user(editor)
    assert "Sign out?" in Page(client.get("/accounts/logout/")).text
    assert "_auth_user_id" in client.session
    response = client.post("/accounts/logout/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert "_auth_user_id" not in client.session


def test_a_form_without_its_token_is_refused_in_words(editor) -> None:
    response = send(Client(enforce_csrf_checks=True))
    assert response.status_code == 403
    assert "Nothing was changed" in Page(response).text
