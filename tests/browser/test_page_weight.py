"""Pages stay light: what comes over the line, in how many requests, and that nothing jumps. Times are the command's."""

import pytest

from tests.page_weight import BUDGET, one_of_each, over_budget, weigh

pytestmark = pytest.mark.browser
TIMES = {"first_paint", "largest_paint"}  # of a machine that runs other tests beside this one


@pytest.fixture
def issue(published):
    digest = published(contents={f"Topic {n}": [f"Paper {n}.{m}" for m in range(4)] for n in range(6)})
    digest.entries.update(summary="A sentence of quite some words, as summaries have them. " * 25)
    return digest


def test_a_digest_is_light(issue, browser, live_server, settings) -> None:
    settings.SITE_URL = live_server.url
    assert "/llm/2023/w47/" in one_of_each(live_server.url)
    weight = weigh(browser, f"{live_server.url}/llm/2023/w47/")
    assert 10 < weight.kilobytes < BUDGET.kilobytes
    assert weight.largest_paint >= weight.first_paint > 0
    assert set(over_budget(weight)) <= TIMES


def test_a_page_that_is_too_heavy_is_told(issue, browser, live_server) -> None:
    issue.entries.update(summary="".join(f"word{n * 7919 % 99991} " for n in range(30_000)))
    assert "kilobytes" in over_budget(weigh(browser, f"{live_server.url}/llm/2023/w47/"))
