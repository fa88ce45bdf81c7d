"""Mail is kept as files where no mail server is named, and shown to whoever runs the site."""

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives, send_mail

from digests import outbox
from tests.page import Page
from tracker.config.mail_address import NoMailAddress, mail_way


@pytest.fixture
def kept(settings, tmp_path):
    settings.EMAIL_BACKEND = "digests.outbox.OutboxBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")


@pytest.fixture
def operator(db) -> User:
    return User.objects.create_superuser("operator", password="secret-enough")


def test_mail_is_kept_and_shown_to_the_operator_the_newest_first(kept, operator, as_user):
    send_mail("First", "Some text", None, ["ada@example.org"])
    mail = EmailMultiAlternatives("Zweite – später", "See https://example.org/x", None, ["bob@example.org"])
    mail.attach_alternative("<p style='color:red'>See it</p>", "text/html")
    mail.send()
    client = as_user(operator)
    listed = Page(client.get("/desk/mail/kept/"))
    names = [link for link in listed.links if "/kept/2" in link]
    assert [element.text for element in listed.all("a") if "/kept/2" in element.attributes["href"]] == [
        "Zweite – später",
        "First",
    ]
    page = Page(client.get(names[0]))
    assert "bob@example.org" in page.text
    assert "https://example.org/x" in page.links
    html = client.get(f"{names[0]}html/")
    assert "See it" in html.content.decode()
    assert "script-src 'none'" in html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert client.get(f"{names[1]}html/").status_code == 404


@pytest.mark.parametrize("name", ["..", "20231127-080000-000000-0123abcd", "x"])
def test_a_mail_that_is_not_there_is_not_found(kept, name):
    assert outbox.find_mail(name) is None


def test_the_folder_needs_not_exist(kept, operator, as_user):
    page = Page(as_user(operator).get("/desk/mail/kept/"))
    assert "No mail has been kept" in page.text
    assert {"/desk/", "/desk/mail/"} <= set(page.links)  # the ways back


@pytest.mark.parametrize(
    ("url", "backend", "expected"),
    [
        ("", "digests.outbox.OutboxBackend", {}),
        ("file:/srv/mail", "digests.outbox.OutboxBackend", {"EMAIL_FILE_PATH": "/srv/mail"}),
        ("console:", "django.core.mail.backends.console.EmailBackend", {}),
        (
            "smtp://localhost:2525",
            "django.core.mail.backends.smtp.EmailBackend",
            {"EMAIL_HOST": "localhost", "EMAIL_PORT": 2525, "EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False},
        ),
        (
            "smtps://me%40x.org:p%2Fw@mail.x.org",
            "django.core.mail.backends.smtp.EmailBackend",
            {"EMAIL_HOST_USER": "me@x.org", "EMAIL_HOST_PASSWORD": "p/w", "EMAIL_PORT": 465, "EMAIL_USE_SSL": True},
        ),
        ("smtp+tls://mail.x.org", "django.core.mail.backends.smtp.EmailBackend", {"EMAIL_USE_TLS": True}),
    ],
)
def test_an_address_says_how_mail_leaves(url, backend, expected):
    way = mail_way(url)
    assert way.backend == backend
    assert expected.items() <= way.email.items()


def test_a_provider_is_named_with_its_options():
    way = mail_way("anymail://mailgun?api_key=k&MAILGUN_SENDER_DOMAIN=x.org")
    assert way.backend == "anymail.backends.mailgun.EmailBackend"
    assert way.anymail == {"MAILGUN_API_KEY": "k", "MAILGUN_SENDER_DOMAIN": "x.org"}


@pytest.mark.parametrize(
    "url", ["nonsense", "smtp:x", "smtp://host:port", "http://x", "anymail://:1", "anymail://../x"]
)
def test_an_address_that_makes_no_sense_is_refused_without_repeating_it(url):
    with pytest.raises(NoMailAddress) as refused:
        mail_way(url)
    assert url not in str(refused.value)
