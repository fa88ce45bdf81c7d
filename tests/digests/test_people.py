"""Who may do what: roles, invitations, closed accounts. And that somebody is always left in charge."""

import re
from smtplib import SMTPException

import pytest
from anymail.exceptions import AnymailRecipientsRefused
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from digests import people
from digests.models import Event, Invitation, Role
from tests.conftest import _person
from tests.page import Page

PEOPLE = "/desk/people/"


@pytest.fixture
def chief(administrator, as_user) -> Client:
    """The administrator's browser."""
    return as_user(administrator)


def give_role(client: Client, person: User, role: str):
    return client.post(f"{PEOPLE}{person.pk}/role/", {"role": role}, follow=True)


def invite(client: Client, email: str = "new@example.org", role: Role = Role.PUBLISHER) -> str:
    """Invite somebody; returns the link that was mailed to them."""
    client.post(f"{PEOPLE}invite/", {"email": email, "role": role})
    (message,) = [message for message in mail.outbox if message.to == [email]][-1:]
    return re.search(r"/accounts/invitation/\S+", message.body).group()


def roles(person: User) -> list[str]:
    return [group.name for group in User.objects.get(pk=person.pk).groups.all()]


# Roles


def test_an_administrator_gives_and_takes_roles(chief, editor, as_user) -> None:
    assert as_user(editor).get(PEOPLE).status_code == 403
    give_role(chief, editor, "Administrators")
    assert roles(editor) == ["Administrators"]
    assert as_user(editor).get(PEOPLE).status_code == 200
    give_role(chief, editor, "")
    assert roles(editor) == []
    assert as_user(editor).get("/desk/").status_code == 403


def test_the_list_shows_who_may_do_what(chief, editor, publisher, reader) -> None:
    page = Page(chief.get(PEOPLE))
    for name in ("editor", "publisher", "administrator"):
        assert f"{name}@example.org" in page.text
    assert "reader@example.org" not in page.text  # readers are no business of the desk's
    chosen = [option.text for option in page.all("option") if "selected" in option.attributes]
    assert chosen == ["Administrator", "Editor", "Publisher"]


def test_a_role_that_is_none_is_refused(chief, editor) -> None:
    answer = give_role(chief, editor, "Kings")
    assert "There is no such role" in Page(answer).text
    assert roles(editor) == ["Editors"]


def test_the_last_administrator_stays(chief, administrator) -> None:
    answer = give_role(chief, administrator, "Editors")
    assert "the last administrator" in Page(answer).text
    assert roles(administrator) == ["Administrators"]
    chief.post(f"{PEOPLE}{administrator.pk}/active/", {"on": "0"})
    assert User.objects.get(pk=administrator.pk).is_active


def test_the_last_but_one_may_go(chief, administrator, editor) -> None:
    give_role(chief, editor, "Administrators")
    give_role(chief, administrator, "Editors")
    assert roles(administrator) == ["Editors"]
    with pytest.raises(people.LastAdministrator):
        people.change_role(User.objects.get(pk=editor.pk), None, by=administrator)


def test_a_closed_account_keeps_nobody_in_charge(chief, administrator, editor) -> None:
    give_role(chief, editor, "Administrators")
    chief.post(f"{PEOPLE}{editor.pk}/active/", {"on": "0"})
    with pytest.raises(people.LastAdministrator):
        people.change_role(administrator, Role.EDITOR, by=administrator)


def test_whoever_runs_the_site_is_not_changed_here(chief) -> None:
    root = User.objects.create_superuser("root", password="x")
    assert "runs this site" in Page(give_role(chief, root, "Editors")).text
    chief.post(f"{PEOPLE}{root.pk}/active/", {"on": "0"})
    assert User.objects.get(pk=root.pk).is_active
    User.objects.filter(pk=root.pk).update(is_active=False)
    chief.post(f"{PEOPLE}{root.pk}/active/", {"on": "1"})
    assert not User.objects.get(pk=root.pk).is_active


def test_a_closed_account_is_out_at_once_and_comes_back(chief, editor, as_user) -> None:
    theirs = as_user(editor)
    chief.post(f"{PEOPLE}{editor.pk}/active/", {"on": "0"})
    assert theirs.get("/desk/").status_code == 302
    chief.post(f"{PEOPLE}{editor.pk}/active/", {"on": "1"})
    assert as_user(User.objects.get(pk=editor.pk)).get("/desk/").status_code == 200


# Invitations


def test_an_invited_person_chooses_a_password_and_is_in(chief) -> None:
    link = invite(chief)
    newcomer = Client()
    assert "publisher" in Page(newcomer.get(link)).text
    assert not User.objects.filter(email="new@example.org").exists()  # looking accepts nothing
    answer = newcomer.post(link, {"name": "Ada Lovelace", "password": "difference-engine"}, follow=True)
    assert answer.redirect_chain == [("/desk/", 302)]
    ada = User.objects.get(email="new@example.org")
    assert (ada.get_full_name(), roles(ada)) == ("Ada Lovelace", ["Publishers"])
    assert ada.emailaddress_set.get().verified
    again = Client()
    assert again.post("/accounts/login/", {"login": "new@example.org", "password": "difference-engine"}).url == "/desk/"


def test_without_a_password_one_signs_in_by_codes(chief) -> None:
    link = invite(chief)
    Client().post(link, {"name": "Ada", "password": ""})
    assert not User.objects.get(email="new@example.org").has_usable_password()
    again = Client()
    again.post("/accounts/login/code/", {"email": "new@example.org"})
    assert again.post("/accounts/login/code/confirm/", {"code": mail.outbox[-1].subject.split()[0]}).url == "/desk/"


def test_a_link_works_once(chief) -> None:
    link = invite(chief)
    Client().post(link, {"name": "Ada", "password": ""})
    for answer in (Client().get(link), Client().post(link, {"name": "Eve", "password": ""})):
        assert answer.status_code == 410
        assert "Ask for another" in Page(answer).text
    assert not User.objects.filter(first_name="Eve").exists()


def test_a_link_expires(chief, time_machine) -> None:
    time_machine.move_to("2026-03-02T09:00Z")
    link = invite(chief)
    time_machine.move_to("2026-03-09T08:59Z")
    assert Client().get(link).status_code == 200
    time_machine.move_to("2026-03-09T09:01Z")
    assert Client().get(link).status_code == 410


def test_a_withdrawn_or_repeated_invitation_ends_the_earlier_link(chief) -> None:
    first = invite(chief)
    second = invite(chief)
    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200
    chief.post(f"{PEOPLE}invitations/{Invitation.objects.unanswered().get().pk}/withdraw/")
    assert Client().get(second).status_code == 410


@pytest.mark.parametrize("token", ["1", "MQ:1abcde:forged", "x" * 500])
def test_a_forged_link_is_nothing(db, token) -> None:
    assert Client().get(f"/accounts/invitation/{token}/").status_code == 410


def test_a_reader_who_is_invited_keeps_the_account(chief, reader) -> None:
    link = invite(chief, "Reader@example.org".lower(), Role.EDITOR)
    client = Client()
    assert "already" in Page(client.get(link)).text
    assert client.post(link)["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session  # the link gives the role, not the way past a second factor
    assert roles(reader) == ["Editors"]
    reader.refresh_from_db()
    assert reader.check_password("secret-enough")


def test_somebody_at_the_desk_is_not_invited_again(chief, editor) -> None:
    answer = chief.post(f"{PEOPLE}invite/", {"email": "editor@example.org", "role": Role.PUBLISHER})
    assert answer.status_code == 400
    assert "has a role" in Page(answer).text
    assert mail.outbox == []


def test_a_weak_password_and_a_missing_name_are_told(chief) -> None:
    link = invite(chief)
    answer = Client().post(link, {"name": "", "password": "12345"})
    assert answer.status_code == 400
    text = Page(answer).text
    assert "Tell us your name" in text
    assert "too short" in text
    assert Invitation.objects.open().exists()


@pytest.mark.parametrize("why", ["the server refuses it", "the provider refuses it", "no server is named"])
def test_where_no_mail_goes_out_the_link_is_handed_over(chief, monkeypatch, settings, tmp_path, why) -> None:
    def fail(*args, **kwargs):
        raise SMTPException("no") if why == "the server refuses it" else AnymailRecipientsRefused("no")

    if why == "no server is named":
        settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "digests.outbox.OutboxBackend", str(tmp_path)
    else:
        monkeypatch.setattr("digests.people.send_mail", fail)
    answer = chief.post(f"{PEOPLE}invite/", {"email": "new@example.org", "role": Role.EDITOR}, follow=True)
    link = re.search(r"/accounts/invitation/\S+", Page(answer).text).group()
    assert Client().get(link).status_code == 200


# What is kept of it


def test_everything_about_people_stands_in_the_trail(chief, editor) -> None:
    give_role(chief, editor, "Publishers")
    chief.post(f"{PEOPLE}{editor.pk}/active/", {"on": "0"})
    chief.post(f"{PEOPLE}{editor.pk}/active/", {"on": "1"})
    Client().post(invite(chief), {"name": "Ada", "password": ""})
    told = [(event.actor_name, event.deed, event.subject) for event in Event.objects.order_by("pk")]
    assert told == [
        ("administrator", "Made publisher", "editor"),
        ("administrator", "Account closed", "editor"),
        ("administrator", "Account opened again", "editor"),
        ("administrator", "Invited as publisher", "new@example.org"),
        ("Ada", "Accepted the invitation as publisher", "new@example.org"),
    ]
    assert Event.objects.order_by("pk").first().changes == {"role": ["Editor", "Publisher"]}


def test_the_list_costs_the_same_for_many(chief, migrated, django_assert_max_num_queries) -> None:
    for number in range(20):
        _person(f"editor{number}", "Editors")
    with django_assert_max_num_queries(9):
        chief.get(PEOPLE)
