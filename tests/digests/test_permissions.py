"""Every address of the site, every method, and who may use it: stranger, reader, editor, publisher, administrator.

The table is made from the URL configuration: an address for which nothing is said here fails.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from digests.mailing import tokens
from digests.models import Candidate, Delivery, Invitation, Library, Mailing, Note, Posting, Role
from digests.people import link_of
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, SectionFactory, SubscriberFactory
from tracker.weeks import Week

METHODS = ("get", "head", "post", "put", "patch", "delete")
PEOPLE = ("stranger", "reader", "editor", "publisher", "administrator")


@dataclasses.dataclass(frozen=True)
class Rule:
    """Who may use an address, by which methods, and how its arguments are made from the rows of the test."""

    who: tuple[str, ...]
    methods: tuple[str, ...]
    args: tuple[str, ...] = ()


EVERYBODY, READERS, EDITORS, PUBLISHERS, ADMINISTRATORS = (PEOPLE[first:] for first in range(5))
OPERATOR: tuple[str, ...] = ()  # whoever runs the site, which none of these does
READ, WRITE = ("get", "head"), ("post",)

RULES = {
    "home": Rule(EVERYBODY, READ),
    "series": Rule(EVERYBODY, READ, ("series",)),
    "digest": Rule(EVERYBODY, READ, ("series", "published_week")),
    "export": Rule(EVERYBODY, READ, ("series", "published_week", "format")),
    "paper": Rule(EVERYBODY, READ, ("arxiv_id",)),
    "search": Rule(EVERYBODY, READ),
    **{f"api:{name}": Rule(EVERYBODY, READ) for name in ("api-root", "openapi-json", "all_series", "entries")},
    **{f"api:{name}": Rule(EVERYBODY, READ) for name in ("papers", "search")},
    **{f"api:{name}": Rule(EVERYBODY, READ, ("series",)) for name in ("one_series", "digests")},
    **{f"api:{name}": Rule(EVERYBODY, READ, ("arxiv_id",)) for name in ("one_paper", "similar")},
    "api:one_digest": Rule(EVERYBODY, READ, ("series", "published_week")),
    "series_feed": Rule(EVERYBODY, READ, ("series", "feed_kind", "feed_form")),
    "topic_feed": Rule(EVERYBODY, READ, ("series", "topic", "feed_kind", "feed_form")),
    "account": Rule(READERS, READ),
    "library": Rule(EVERYBODY, READ),
    "export_library": Rule(READERS, READ, ("library_format",)),
    "library_visit": Rule(READERS, WRITE),
    "merge_library": Rule(READERS, WRITE),
    "save_paper": Rule(READERS, WRITE, ("arxiv_id",)),
    "mark_read": Rule(READERS, WRITE, ("arxiv_id",)),
    "restore_paper": Rule(READERS, WRITE, ("arxiv_id",)),
    "news": Rule(READERS, READ),
    "news_seen": Rule(READERS, WRITE),
    "follow": Rule(READERS, WRITE),
    "renew_feed": Rule(READERS, WRITE),
    "library_feed": Rule(EVERYBODY, READ, ("feed_key",)),  # the key in the address is the permission
    "delete_account": Rule(READERS, (*READ, *WRITE)),
    "citation": Rule(EVERYBODY, READ, ("arxiv_id", "citation_suffix")),
    "author": Rule(EVERYBODY, READ, ("author",)),
    "archive": Rule(EVERYBODY, READ, ("series",)),
    "topic": Rule(EVERYBODY, READ, ("series", "topic")),
    "week_map": Rule(EVERYBODY, READ, ("series", "published_week")),
    "card": Rule(EVERYBODY, READ, ("series", "published_week")),
    "about": Rule(EVERYBODY, READ),
    "privacy": Rule(EVERYBODY, READ),
    "robots": Rule(EVERYBODY, READ),
    "sitemap": Rule(EVERYBODY, READ),
    "subscribe": Rule(EVERYBODY, (*READ, *WRITE)),
    "subscribe_sent": Rule(EVERYBODY, READ),
    "my_mail": Rule(READERS, READ),
    "mail_link": Rule(EVERYBODY, (*READ, *WRITE)),
    # The signed link is the permission; test_subscribing.py tries wrong ones.
    "mail_confirm": Rule(EVERYBODY, (*READ, *WRITE), ("confirm_token",)),
    "mail_click": Rule(EVERYBODY, READ, ("click_token",)),
    "mail_leave": Rule(EVERYBODY, (*READ, *WRITE), ("leave_token",)),
    "mail_settings": Rule(EVERYBODY, (*READ, *WRITE), ("settings_token",)),
    "mail_pause": Rule(EVERYBODY, WRITE, ("settings_token",)),
    "mail_leave_all": Rule(EVERYBODY, WRITE, ("settings_token",)),
    "mail_data": Rule(EVERYBODY, READ, ("settings_token",)),
    "mail_delete": Rule(EVERYBODY, WRITE, ("settings_token",)),
    "desk": Rule(EDITORS, READ),
    "board": Rule(EDITORS, READ, ("series", "week")),
    "week_state": Rule(EDITORS, READ, ("series", "week")),
    "galley": Rule(EDITORS, READ, ("series", "week")),
    "preview": Rule(EDITORS, READ, ("series", "week")),
    "channels": Rule(EDITORS, READ, ("series", "week")),
    "try_posting_again": Rule(PUBLISHERS, WRITE, ("posting",)),
    "export_draft": Rule(EDITORS, READ, ("series", "week", "format")),
    "draft_week": Rule(EDITORS, WRITE),
    "candidate": Rule(EDITORS, READ, ("candidate",)),
    "candidate_card": Rule(EDITORS, READ, ("candidate",)),
    "seen": Rule(EDITORS, READ, ("series", "week")),
    "undo": Rule(EDITORS, WRITE, ("series", "week")),
    "add_paper": Rule(EDITORS, WRITE, ("series", "week")),
    "decide": Rule(EDITORS, WRITE, ("candidate",)),
    "decide_in_galley": Rule(EDITORS, WRITE, ("candidate",)),
    "write_entry": Rule(EDITORS, WRITE, ("entry",)),
    "take_draft": Rule(EDITORS, WRITE, ("entry",)),
    "slip": Rule(EDITORS, READ, ("entry",)),
    "preview_entry": Rule(EDITORS, WRITE, ("entry",)),
    "ask_for_draft": Rule(EDITORS, WRITE, ("entry",)),
    "accept_claim": Rule(EDITORS, WRITE, ("entry",)),
    "entry_history": Rule(EDITORS, READ, ("entry",)),
    "restore_entry": Rule(EDITORS, WRITE, ("entry",)),
    "rename_section": Rule(EDITORS, WRITE, ("section",)),
    "place_section": Rule(EDITORS, WRITE, ("section",)),
    "remove_section": Rule(EDITORS, WRITE, ("section",)),
    "add_section": Rule(EDITORS, WRITE, ("series", "week")),
    "front": Rule(EDITORS, READ, ("series", "week")),
    "preview_front": Rule(EDITORS, WRITE, ("series", "week")),
    "front_history": Rule(EDITORS, READ, ("series", "week")),
    "restore_front": Rule(EDITORS, WRITE, ("series", "week")),
    "place_entry": Rule(EDITORS, WRITE, ("entry",)),
    "write_front": Rule(EDITORS, WRITE, ("series", "week")),
    "pick_proposed": Rule(EDITORS, WRITE, ("series", "week")),
    "take_drafts": Rule(EDITORS, WRITE, ("series", "week")),
    "publish": Rule(PUBLISHERS, (*READ, *WRITE), ("series", "week")),
    "schedule": Rule(PUBLISHERS, WRITE, ("series", "week")),
    "unschedule": Rule(PUBLISHERS, WRITE, ("series", "week")),
    "withdraw": Rule(PUBLISHERS, (*READ, *WRITE), ("series", "week")),
    "accept_invitation": Rule(EVERYBODY, (*READ, *WRITE), ("invitation",)),  # the key in the address is the permission
    "series_list": Rule(ADMINISTRATORS, READ),
    "add_series": Rule(ADMINISTRATORS, (*READ, *WRITE)),
    "series_example": Rule(ADMINISTRATORS, READ),
    "edit_series": Rule(ADMINISTRATORS, (*READ, *WRITE), ("series",)),
    "add_topic": Rule(ADMINISTRATORS, (*READ, *WRITE), ("series",)),
    "edit_topic": Rule(ADMINISTRATORS, (*READ, *WRITE), ("series", "topic_key")),
    "place_topic": Rule(ADMINISTRATORS, WRITE, ("series", "topic_key")),
    "remove_topic": Rule(ADMINISTRATORS, (*READ, *WRITE), ("series", "topic_key")),
    "changes": Rule(EDITORS, READ),
    "settle_change": Rule(PUBLISHERS, WRITE, ("entry",)),
    "correct_entry": Rule(PUBLISHERS, (*READ, *WRITE), ("entry",)),
    "correct_front": Rule(PUBLISHERS, (*READ, *WRITE), ("series", "week")),
    "trail": Rule(EDITORS, READ),
    "digest_trail": Rule(EDITORS, READ, ("series", "week")),
    "people": Rule(ADMINISTRATORS, READ),
    "invite": Rule(ADMINISTRATORS, WRITE),
    "withdraw_invitation": Rule(ADMINISTRATORS, WRITE, ("invitation_key",)),
    "change_role": Rule(ADMINISTRATORS, WRITE, ("somebody",)),
    "set_active": Rule(ADMINISTRATORS, WRITE, ("somebody",)),
    "api_subscribe": Rule(EVERYBODY, WRITE),
    "mail_overview": Rule(EDITORS, READ),
    "deliverability": Rule(EDITORS, READ),
    "digest_mail": Rule(EDITORS, READ, ("series", "week")),
    "mail_progress": Rule(EDITORS, READ, ("series", "week")),
    "mail_preview": Rule(EDITORS, READ, ("series", "week")),
    "mail_test": Rule(EDITORS, WRITE, ("series", "week")),
    "mail_send": Rule(PUBLISHERS, WRITE, ("series", "week")),
    "mail_pause_sending": Rule(PUBLISHERS, WRITE, ("series", "week")),
    "mail_try_again": Rule(PUBLISHERS, WRITE, ("delivery",)),
    "subscribers": Rule(PUBLISHERS, READ),
    "export_subscribers": Rule(PUBLISHERS, READ),
    "import_subscribers": Rule(PUBLISHERS, WRITE),
    "change_subscriber": Rule(PUBLISHERS, WRITE, ("subscriber",)),
    "outbox": Rule(OPERATOR, READ),
    "outbox_mail": Rule(OPERATOR, READ, ("mail",)),
    "outbox_mail_html": Rule(OPERATOR, READ, ("mail",)),
}
# These answer for a reader's own rows only; test_library.py and test_following.py try them with another's.
OWN = {"remove_paper", "annotate_paper", "unfollow"}
# What answers with a problem wherever the API has nothing.
NOWHERE = {"api:nothing"}
# Addresses without a name only lead on to one that has one.
UNNAMED = {"<slug:series>/<any_week:week>/", "papers/<arxiv_id:arxiv_id>v<int:version>/"}

# django-allauth's addresses. Which methods each takes is its own affair; whom it lets in is ours.
OPEN = {"account_login", "account_logout", "account_inactive", "account_signup", "account_request_login_code"} | {
    "account_reset_password",
    "account_password_reset_completed",
}
# These belong to a sign-in under way, and lead whoever has begun none back to its start.
UNDER_WAY = {
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_confirm_password_reset_code",
    "account_complete_password_reset",
    "mfa_authenticate",
}
ACCOUNT = {
    "account_reauthenticate",
    "account_email",
    "account_change_password",
    "account_set_password",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
    "mfa_reauthenticate_webauthn",
    "usersessions_list",
}
# Only the mail provider has its password: test_mail_events.py tries right and wrong ones.
PROVIDERS = {"mail_events"}
OWN_KEY = {"mfa_edit_webauthn", "mfa_remove_webauthn"}


def addresses(
    patterns: list[URLPattern | URLResolver], above: str = "", space: str = ""
) -> Iterator[tuple[str | None, str]]:
    """Name, with its namespaces, and route of every address."""
    for one in patterns:
        route = above + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route, f"{space}{one.namespace}:" if one.namespace else space)
        else:
            yield (f"{space}{one.name}" if one.name else None), route


ADDRESSES = list(addresses(get_resolver().url_patterns))
ADMIN = [(name, route) for name, route in ADDRESSES if route.startswith("admin/")]


def mail_rows(series, digest) -> dict[str, object]:
    """A subscriber with a mail, and the signed parts of the links in it."""
    subscriber = SubscriberFactory(series=series)
    note = Note.objects.create(subscriber=subscriber, kind="confirm", wanted={series.slug: {}})
    return {
        "confirm_token": tokens.sign(tokens.Purpose.CONFIRM, str(note.pk)),
        "leave_token": tokens.sign(tokens.Purpose.LEAVE, f"{subscriber.handle}.{digest.pk}"),
        "click_token": tokens.sign(tokens.Purpose.CLICK, f"{digest.pk}.aHR0cHM6Ly9leGFtcGxlLm9yZy8"),
        "settings_token": tokens.sign(tokens.Purpose.SETTINGS, subscriber.handle),
        "subscriber": SubscriberFactory().pk,
        "delivery": Delivery.objects.create(
            mailing=Mailing.objects.create(digest=digest), subscriber=subscriber, queued_at=timezone.now()
        ).pk,
    }


@pytest.fixture
def rows(series) -> dict[str, object]:
    """A draft and a published digest, and the arguments that addresses take."""
    digest = DigestFactory(series=series)
    section = SectionFactory(digest=digest, topic=series.topics.first())
    entry = EntryFactory(section=section)
    candidate = CandidateFactory(
        digest=digest, paper=entry.paper, suggested_topic=section.topic, verdict=Candidate.Verdict.PICKED
    )
    before = DigestFactory(
        series=series, week_start=Week(2023, 46).monday, status="published", published_at="2023-11-20T08:00Z"
    )
    EntryFactory(section=SectionFactory(digest=before))
    invitation = Invitation.objects.create(email="guest@example.org", role=Role.EDITOR)
    return {
        "topic_key": series.topics.last().pk,
        "invitation": link_of(invitation).split("/")[-2],
        "invitation_key": invitation.pk,
        "somebody": User.objects.create_user("somebody").pk,
        "series": series.slug,
        "week": digest.week,
        "published_week": before.week,
        "format": "md",
        "posting": Posting.objects.create(digest=before, channel="git:x", occasion="published", state="failed").pk,
        "feed_kind": "papers",
        "feed_form": "atom",
        "arxiv_id": entry.paper.arxiv_id,
        "author": "Ada Lovelace",
        "citation_suffix": "bib",
        "topic": "reasoning",
        "entry": entry.pk,
        "section": section.pk,
        "candidate": candidate.pk,
        "mail": "20231127-080000-000000-0123abcd",
        **mail_rows(series, digest),
        "library_format": "csv",
        "feed_key": Library.objects.create(reader=User.objects.create_user("follower")).feed_key,
    }


@pytest.fixture
def person(request, as_user):
    """A client of each kind of person."""

    def sign_in(name: str):
        return as_user(None if name == "stranger" else request.getfixturevalue(name))

    return sign_in


def test_every_address_has_a_rule():
    elsewhere = [(name, route) for name, route in ADDRESSES if (name, route) not in ADMIN]
    ruled = {*RULES, *OPEN, *UNDER_WAY, *ACCOUNT, *OWN_KEY, *OWN, *PROVIDERS, *NOWHERE}
    assert {name for name, _ in elsewhere if name} == ruled
    assert {route for name, route in elsewhere if not name} == UNNAMED


@pytest.mark.parametrize("name", RULES)
def test_each_address_serves_whom_it_should_and_nobody_else(person, rows, monkeypatch, name):
    monkeypatch.setattr("digests.tasks.wake", lambda run: None)
    rule = RULES[name]
    address = reverse(name, args=[rows[arg] for arg in rule.args])
    for who in PEOPLE:
        client = person(who)
        with as_if_nothing_had_happened():
            for method in METHODS:
                assert_rule_holds(rule, who, method, getattr(client, method)(address))


@contextmanager
def as_if_nothing_had_happened():
    """Take back what is done within, so that the next person finds the rows as the one before did."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def assert_rule_holds(rule: Rule, who: str, method: str, answer) -> None:
    if who not in rule.who and who == "stranger":
        assert answer.status_code == 302, (who, method)
        assert answer.url.startswith("/accounts/login/?next="), (who, method)
    elif who not in rule.who:
        assert answer.status_code == 403, (who, method)
    elif method not in rule.methods:
        assert answer.status_code == 405, (who, method)
    else:
        assert answer.status_code not in (401, 403, 404, 405, 500), (who, method)
        assert "/accounts/login/" not in answer.headers.get("Location", ""), (who, method)


def led_to_sign_in(answer) -> bool:
    return answer.status_code == 302 and answer.url.startswith("/accounts/login/")


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("name", sorted(OPEN | ACCOUNT))
def test_an_account_is_its_owners(db, person, name, who):
    client = person(who)
    for method in METHODS:
        answer = getattr(client, method)(reverse(name))
        if name in ACCOUNT and who == "stranger":
            assert led_to_sign_in(answer), method
        else:
            assert not led_to_sign_in(answer), method
            assert answer.status_code in (200, 302, 404, 405, 429), method  # 404: there is no second factor to change


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("name", sorted(UNDER_WAY))
def test_what_belongs_to_a_sign_in_is_nothing_without_one(person, name, who):
    client = person(who)
    for method in METHODS:
        assert getattr(client, method)(reverse(name)).status_code == 302, method


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_what_belongs_to_providers_is_nothing_to_people(db, person, name):
    for who in PEOPLE:
        for method in METHODS:
            assert getattr(person(who), method)(reverse(name)).status_code in (404, 405), (who, method)


@pytest.mark.parametrize("name", sorted(OWN_KEY))
def test_a_security_key_is_nothing_to_others(person, publisher, name):
    key = Authenticator.objects.create(user=publisher, type=Authenticator.Type.WEBAUTHN, data={"name": "Mine"})
    for who in ("stranger", "reader", "editor"):
        for method in METHODS:
            answer = getattr(person(who), method)(reverse(name, args=[key.pk]))
            if who == "stranger":
                assert led_to_sign_in(answer), method
            else:  # they are asked who they are first, then there is no such key
                assert answer.status_code == 404 or answer.url.startswith("/accounts/reauthenticate/"), (who, method)
    assert Authenticator.objects.filter(pk=key.pk).exists()


@pytest.mark.parametrize("who", PEOPLE)
def test_the_admin_is_for_those_who_run_the_site(person, who):
    client = person(who)
    public = {"admin:login", "admin:logout"}
    plain = [route for name, route in ADMIN if not set("<([").intersection(route) and name not in public]
    with_key = [route for _, route in ADMIN if "<path:object_id>" in route and "content_type" not in route]
    assert len(plain) + len(with_key) > 30
    for route in plain + [route.replace("<path:object_id>", "1") for route in with_key]:
        for method in METHODS:
            answer = getattr(client, method)(f"/{route}")
            assert answer.status_code == 302, (route, method)
            assert answer.url.startswith("/admin/login/"), (route, method)


def test_the_admin_signs_people_in_where_the_site_does(person):
    assert person("stranger").get("/admin/login/?next=/admin/").url == "/accounts/login/?next=%2Fadmin%2F"
    assert person("publisher").get("/admin/login/").status_code == 403


def test_a_stranger_on_a_page_that_htmx_works_on_keeps_the_page(person, rows):
    answer = person("stranger").post(
        reverse("write_entry", args=[rows["entry"]]), {"summary": "x"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 401
    assert "Sign in again" in answer.content.decode()


def test_signing_in_leads_on_to_the_page_asked_for(person, rows):
    asked = reverse("board", args=[rows["series"], rows["week"]]) + "?list=unsorted"
    answer = person("stranger").get(asked)
    assert answer.url == f"/accounts/login/?next={asked.replace('?', '%3F').replace('=', '%3D')}"


def test_forms_are_guarded_against_other_sites(editor, rows):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert client.post(reverse("decide", args=[rows["candidate"]]), {"verdict": "skip"}).status_code == 403


def test_drafts_are_nothing_to_the_public(person, rows):
    for who in PEOPLE:
        assert person(who).get(reverse("digest", args=[rows["series"], rows["week"]])).status_code == 404
