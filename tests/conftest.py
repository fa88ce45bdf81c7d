"""What every test may ask for: people, the default series, the real data beside the repo."""

import datetime as dt
import os
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client

from digests.models import Digest, Series
from tests.factories import DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tracker import matrix
from tracker.models import Paper
from tracker.search import terms
from tracker.weeks import Week

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def need(present: bool, what: str) -> None:
    """Skip out loud where a component is missing on a user's machine; fail where CI promised it."""
    if not present:
        if os.environ.get("GALLEY_REQUIRE_ALL"):
            pytest.fail(f"{what} is missing, and GALLEY_REQUIRE_ALL is set")
        pytest.skip(f"{what} is missing")


@pytest.fixture(autouse=True)
def quick_static_files(settings) -> None:
    """Pages under test name static files plainly: no collectstatic needed."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def own_cache(settings) -> None:
    """Each test process has a cache of its own, empty at the start of each test."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture(autouse=True)
def empty_shelves() -> None:
    """What a process keeps of the corpus for search is empty at the start of each test."""
    matrix.shelf.cache_clear()
    terms.forget()


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Hash passwords quickly: Django's own hasher costs most of a second for each person in a test, on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def shared() -> Path:
    """The folder of real data beside the repo."""
    need(SHARED.is_dir(), f"{SHARED}")
    return SHARED


@pytest.fixture
def migrated(db) -> None:
    """The series and roles that migrations make, made anew where a transactional test has flushed them."""
    if not Group.objects.exists():
        seeding = import_module("digests.migrations.0002_default_series_and_roles")
        seeding.add_default_series(apps, None)
        seeding.add_roles(apps, None)
        import_module("digests.migrations.0007_roles_invitations_and_the_trail").add_administrators(apps, None)


@pytest.fixture
def series(migrated) -> Series:
    """The default series with its six topics, as the migration makes it."""
    return Series.objects.get(slug="llm")


@pytest.fixture
def published(series):
    """Publish a digest: `published("2023-W47", {"LLM Reasoning": [paper, "A title"]}, headline="…")`.

    A title alone makes its paper. Other fields of the digest may be named.
    """

    def publish(week: str = "2023-W47", contents: dict | None = None, **fields) -> Digest:
        monday = Week.parse(week).monday
        noon = dt.datetime.combine(monday + dt.timedelta(days=7), dt.time(12), dt.UTC)
        fields = {"series": series, "status": Digest.Status.PUBLISHED, "published_at": noon, **fields}
        digest = DigestFactory(week_start=monday, **fields)
        for position, (title, papers) in enumerate((contents or {"LLM Reasoning": ["A study"]}).items()):
            section = SectionFactory(digest=digest, title=title, position=position)
            for place, paper in enumerate(papers):
                paper = paper if isinstance(paper, Paper) else PaperFactory(title=paper)
                EntryFactory(section=section, paper=paper, position=place)
        return digest

    return publish


def _person(name: str, group: str | None) -> User:
    user = User.objects.create_user(name, f"{name}@example.org", "secret-enough")
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def reader(db) -> User:
    """Signed in, but with no role at the desk."""
    return _person("reader", None)


@pytest.fixture
def editor(migrated) -> User:
    return _person("editor", "Editors")


@pytest.fixture
def publisher(migrated) -> User:
    return _person("publisher", "Publishers")


@pytest.fixture
def administrator(migrated) -> User:
    return _person("administrator", "Administrators")


@pytest.fixture
def as_user():
    """A client signed in as somebody: `as_user(editor).get(…)`."""

    def sign_in(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return sign_in
