"""Signing in and out."""

import pytest
from django.test import Client

from tests.page import Page

LOGIN = "/accounts/login/"


def send(client: Client, **fields):
    return client.post(LOGIN, {"username": "editor", "password": "secret-enough", **fields})


def test_the_form_has_labels_and_helps_password_managers(db) -> None:
    page = Page(Client().get(LOGIN))
    fields = {field.attributes.get("id"): field.attributes for field in page.all("input")}
    assert {label.attributes["for"] for label in page.all("label")} == {"id_username", "id_password"}
    assert fields["id_username"]["autocomplete"] == "username"
    assert fields["id_password"]["autocomplete"] == "current-password"


def test_an_editor_comes_to_the_desk(editor) -> None:
    response = send(Client())
    assert (response.status_code, response["Location"]) == (302, "/desk/")


def test_one_comes_back_to_the_page_one_wanted(editor) -> None:
    page = Page(Client().get(LOGIN, {"next": "/desk/llm/2023/w47/"}))
    wanted = next(field for field in page.all("input") if field.attributes.get("name") == "next")
    assert wanted.attributes["value"] == "/desk/llm/2023/w47/"
    assert send(Client(), next="/desk/llm/2023/w47/")["Location"] == "/desk/llm/2023/w47/"


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/", "javascript:alert(1)"])
def test_it_leads_nowhere_else(editor, elsewhere) -> None:
    assert send(Client(), next=elsewhere)["Location"] == "/desk/"


def test_a_wrong_password_is_announced_and_the_name_kept(editor) -> None:
    page = Page(send(Client(), password="wrong"))
    alert = next(element for element in page.elements if element.attributes.get("role") == "alert")
    assert "correct username and password" in alert.text
    name = next(field for field in page.all("input") if field.attributes.get("name") == "username")
    assert name.attributes["value"] == "editor"


def test_an_empty_field_is_told_beside_it(db) -> None:
    page = Page(Client().post(LOGIN, {"username": "editor", "password": ""}))
    field = next(field for field in page.all("input") if field.attributes.get("name") == "password")
    assert field.attributes["aria-invalid"] == "true"
    assert field.attributes["aria-describedby"] in page.ids


def test_the_header_fits_who_looks(published, as_user, reader, editor) -> None:
    published()
    for person, desk, sign_in in ((None, False, True), (reader, False, False), (editor, True, False)):
        page = Page(as_user(person).get("/"))
        assert ("/desk/" in page.links) is desk
        assert (LOGIN in page.links) is sign_in
        assert ("Sign out" in page.text) is not sign_in


def test_signing_out_takes_a_post(as_user, editor) -> None:
    client = as_user(editor)
    assert client.get("/accounts/logout/").status_code == 405
    response = client.post("/accounts/logout/")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert "_auth_user_id" not in client.session


def test_a_form_without_its_token_is_refused_in_words(editor) -> None:
    response = send(Client(enforce_csrf_checks=True))
    assert response.status_code == 403
    assert "Nothing was changed" in Page(response).text
