"""Pages in Debian's Chromium on pytest-django's live server, watched for errors and foreign requests."""

import os
import shutil
from collections.abc import Iterator

import pytest
from axe_core_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.conftest import need

WCAG_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, NARROW = 1280, 390


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    need(chromium is not None, "chromium (apt-get install chromium)")
    # Playwright's sync API keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def _watched(page: Page, origin: str) -> list[str]:
    """What went wrong on the page so far: console errors (refusals by the CSP among them), errors, foreign requests."""
    problems: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            problems.append(f"console: {message.text}")

    def on_request(request: Request) -> None:
        if not request.url.startswith((origin, "data:", "blob:")):
            problems.append(f"request that leaves the site: {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: problems.append(f"error: {error}"))
    page.on("request", on_request)
    return problems


@pytest.fixture
def make_page(browser, live_server) -> Iterator:
    """Open a browser page: `make_page(width=390, color_scheme="dark", java_script_enabled=False)`.

    Addresses may be given as paths. When the test ends, anything that went wrong on the page fails it.
    """
    opened = []

    def open_page(*, width: int = WIDE, color_scheme: str = "light", **options) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme=color_scheme,
            reduced_motion="reduce",
            **options,
        )
        page = context.new_page()
        opened.append((context, _watched(page, live_server.url)))
        return page

    yield open_page
    problems = [problem for _, found in opened for problem in found]
    for context, _ in opened:
        context.close()
    assert problems == []


@pytest.fixture
def page(make_page) -> Page:
    """A page 1280 px wide, in light."""
    return make_page()


@pytest.fixture
def unwatched_page(browser, live_server) -> Iterator[Page]:
    """A page on which requests may fail, which the browser reports as errors."""
    context = browser.new_context(base_url=live_server.url)
    yield context.new_page()
    context.close()


@pytest.fixture(
    params=[(WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark")],
    ids=["wide-light", "wide-dark", "narrow-light", "narrow-dark"],
)
def any_page(request, make_page) -> Page:
    """The same test at 1280 and 390 px, in light and in dark."""
    width, color_scheme = request.param
    return make_page(width=width, color_scheme=color_scheme)


@pytest.fixture
def sign_in(live_server):
    """Sign somebody in on a page: `sign_in(page, editor)`."""

    def give_session(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])

    return give_session


@pytest.fixture(scope="session")
def axe():
    """What WCAG 2.2 AA finds wrong with a page, one line each: `assert axe(page) == []`."""
    judge = Axe()

    def violations(page: Page) -> list[str]:
        found = judge.run(page, options={"runOnly": WCAG_AA})["violations"]
        return [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found for node in one["nodes"]]

    return violations
