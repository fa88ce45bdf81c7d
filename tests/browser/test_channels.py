"""The channels of a digest, on a desk of any width."""

import pytest
from django.utils import timezone

from digests.channels import channels
from digests.models import Posting

pytestmark = pytest.mark.browser


def test_the_channels_can_be_read_at_any_width(published, any_page, publisher, sign_in, settings, axe):
    settings.WEBHOOK_URLS = ["https://hooks.example.org/galley"]
    (channel,) = channels()
    told = [{"at": timezone.now().isoformat(), "told": "It answered 404."}]
    Posting.objects.create(digest=published(), channel=channel.key, occasion="published", state="failed", log=told * 2)
    sign_in(any_page, publisher)
    any_page.goto("/desk/llm/2023/w47/channels/")
    any_page.get_by_text("2 attempts").click()
    assert any_page.get_by_role("button", name="Try again").is_visible()
    assert any_page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(any_page) == []
