"""The count of opened links: off unless asked for, the same for everybody, and no way to anywhere else."""

import re
from html import unescape

import pytest
from django.test import Client

from digests.mailing import tokens
from digests.mailing.press import Press
from digests.models import Digest, LinkClicks
from digests.models.mailings import MAIL_LIMIT
from tests.page import Page


@pytest.fixture
def sent(published, series):
    """The HTML of a published digest's mail, with or without the count."""

    def print_it(*, count_clicks: bool) -> str:
        series.count_clicks = count_clicks
        series.save()
        digest = published(contents={"LLM Reasoning": ["A & B", "C"]})
        press = Press(Digest.objects.with_contents().get(pk=digest.pk))
        sheet = press.sheet(press.choice(None))
        assert sheet.size < MAIL_LIMIT
        return sheet.html

    return print_it


def links(html: str) -> list[str]:
    return [unescape(link) for link in re.findall(r'href="(http[^"]+)"', html)]


def test_links_lead_straight_on_unless_the_series_counts(sent):
    assert not [link for link in links(sent(count_clicks=False)) if "/mail/go/" in link]


def test_each_link_leads_past_the_count_to_where_it_led(sent, settings):
    found = links(sent(count_clicks=True))
    assert found
    assert all("/mail/go/" in link for link in found)
    targets = [Client().get(link.removeprefix(settings.SITE_URL)).url for link in found]
    assert any(target.startswith("https://arxiv.org/abs/") for target in targets)
    assert any("#1.1" in target or "/llm/2023/w47/" in target for target in targets)
    assert sum(LinkClicks.objects.values_list("count", flat=True)) == len(found)


def test_the_way_out_is_not_counted(sent):
    html = sent(count_clicks=True)
    assert "GALLEY-SLOT-LEAVE" in html
    assert "GALLEY-SLOT-SETTINGS" in html


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: "x" + token, lambda token: "nonsense"])
def test_an_altered_link_leads_nowhere(published, change):
    digest = published()
    token = tokens.sign(tokens.Purpose.CLICK, f"{digest.pk}.aHR0cHM6Ly9leGFtcGxlLm9yZy8")
    assert Client().get(f"/mail/go/{token}/").url == "https://example.org/"
    assert Client().get(f"/mail/go/{change(token)}/").status_code == 404
    assert LinkClicks.objects.get().count == 1


def test_a_link_signed_for_another_purpose_leads_nowhere(published):
    token = tokens.sign(tokens.Purpose.LEAVE, f"{published().pk}.aHR0cHM6Ly9leGFtcGxlLm9yZy8")
    assert Client().get(f"/mail/go/{token}/").status_code == 404


def test_the_desk_shows_what_was_opened_most(published, editor, as_user):
    digest = published()
    LinkClicks.objects.create(digest=digest, url="https://arxiv.org/abs/2311.12983", count=1234)
    page = Page(as_user(editor).get(f"/desk/llm/{digest.week.year}/w{digest.week.number}/mail/"))
    assert page.texts("td") == ["https://arxiv.org/abs/2311.12983", "1,234"]
