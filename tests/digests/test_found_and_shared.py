"""How others find and show the site: canonical addresses, structured data, cards, the sitemap, robots.txt."""

import json
from io import BytesIO
from xml.etree import ElementTree

import pytest
import schema_org
from django.test import Client
from PIL import Image

from digests.pictures import card
from tests.factories import DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tests.page import Page

SITE = "https://papers.example.org"
DIGEST = "/llm/2023/w47/"


@pytest.fixture(autouse=True)
def public_address(settings) -> None:
    settings.SITE_URL = SITE


@pytest.fixture
def issue(published):
    paper = PaperFactory(arxiv_id="2311.12983", title="On $O(n^2)$ & </script> more", authors=["R\\'emi Louf", "李明"])
    return published(contents={"LLM Reasoning": [paper, "Second"], "LLM Fine Tuning": ["Third"]}, headline="The week")


def meta(page: Page) -> dict[str, str]:
    told = [one.attributes for one in page.all("meta")]
    return {one.get("property") or one.get("name"): one["content"] for one in told if "content" in one}


@pytest.mark.parametrize(
    "address",
    ["/", "/llm/", "/llm/archive/", "/llm/topics/reasoning/", DIGEST, "/papers/2311.12983/", "/about/", "/privacy/"],
)
def test_each_page_names_its_one_address_whatever_host_was_asked(issue, settings, address) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    page = Page(Client(headers={"Host": "other.example"}).get(address, {"utm_source": "x"}))
    links = [one.attributes["href"] for one in page.all("link") if one.attributes["rel"] == "canonical"]
    assert links == [f"{SITE}{address}"]
    assert meta(page)["og:url"] == f"{SITE}{address}"
    assert "utm_source" not in page.text


def test_a_digest_tells_what_is_shown_beside_its_link(issue) -> None:
    told = meta(Page(Client().get(DIGEST)))
    assert told["og:title"] == "The week"
    assert told["og:type"] == "article"
    assert told["og:image"] == f"{SITE}{DIGEST}card.png"
    assert told["og:image:alt"] == "The week: LLM Reasoning, LLM Fine Tuning"
    assert told["twitter:card"] == "summary_large_image"


# Structured data


def structured_data(address: str = DIGEST) -> dict:
    (block,) = [one for one in Page(Client().get(address)).all("script") if "ld+json" in one.attributes.get("type", "")]
    return json.loads("".join(block.pieces))


def as_schema_org(told):
    """The same as objects of an independent library's models, which refuse what schema.org doesn't know."""
    if isinstance(told, list):
        return [as_schema_org(one) for one in told]
    if not isinstance(told, dict):
        return told
    model = getattr(schema_org, told["@type"])
    properties = {name: as_schema_org(value) for name, value in told.items() if name != "@context"}
    return model.model_validate(properties, by_alias=True, strict=False)


def test_its_structured_data_is_an_article_of_scholarly_articles(issue) -> None:
    told = structured_data()
    assert told["@context"] == "https://schema.org"
    article = as_schema_org(told)
    assert type(article).__name__ == "Article"
    assert {type(part).__name__ for part in article.has_part} == {"ScholarlyArticle"}
    first = told["hasPart"][0]
    assert first["@id"] == f"{SITE}{DIGEST}#1.1"
    assert first["name"] == "On O(n²) & </script> more"
    assert [one["name"] for one in first["author"]] == ["Rémi Louf", "李明"]
    assert first["identifier"]["value"] == "2311.12983"
    assert told["datePublished"] == "2023-11-27T12:00:00+00:00"


def test_a_library_that_judges_structured_data_refuses_nonsense(issue) -> None:
    """So that the test above can fail."""
    for wrong in ({"headlin": "x"}, {"datePublished": "soon"}, {"hasPart": [{"@type": "Person", "pages": 3}]}):
        with pytest.raises(ValueError, match="validation error"):
            as_schema_org({**structured_data(), **wrong})


# The card


def test_a_digest_has_a_card_of_its_own(issue) -> None:
    response = Client().get(f"{DIGEST}card.png")
    assert response["Content-Type"] == "image/png"
    image = Image.open(BytesIO(response.content))
    assert (image.format, image.size) == ("PNG", (1200, 630))
    assert len(response.content) < 120_000
    again = Client().get(f"{DIGEST}card.png", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_a_card_is_drawn_once_until_its_words_change(issue, monkeypatch) -> None:
    first = Client().get(f"{DIGEST}card.png").content
    drawn = []
    monkeypatch.setattr(card, "draw", lambda words: drawn.append(words) or b"new")
    assert Client().get(f"{DIGEST}card.png").content == first
    issue.headline = "Another week"
    issue.save()
    assert Client().get(f"{DIGEST}card.png").content == b"new"
    assert [(words.headline, words.topics) for words in drawn] == [
        ("Another week", ("LLM Reasoning", "LLM Fine Tuning"))
    ]


@pytest.mark.parametrize(
    ("headline", "topics"),
    [
        ("Short", ()),
        ("W" * 300, ("W" * 200,) * 40),
        ("A headline of many words, " * 11, ("A topic",) * 6),
        ("<b>\u202e 李明 \x00", ("\u200b",)),
    ],
)
def test_any_words_fit_on_a_card(headline, topics) -> None:
    image = Image.open(BytesIO(card.draw(card.CardWords("Series " * 30, "20–26 November 2023", headline, topics))))
    assert image.size == (1200, 630)
    margins = [image.crop(box) for box in ((0, 12, 60, 630), (1140, 12, 1200, 630), (0, 605, 1200, 630))]
    assert all(len(margin.getcolors()) == 1 for margin in margins)


def test_a_draft_has_no_card(series) -> None:
    DigestFactory(series=series)
    assert Client().get(f"{DIGEST}card.png").status_code == 404


# For machines


def sitemap() -> list[str]:
    response = Client().get("/sitemap.xml")
    assert response["Content-Type"] == "application/xml"
    return [
        node.text
        for node in ElementTree.fromstring(response.content).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]


def test_the_sitemap_names_every_page_with_an_editors_words(issue, series) -> None:
    issue.sections.filter(title="LLM Reasoning").update(topic=series.topics.get(slug="reasoning"))
    PaperFactory(arxiv_id="2311.00001")  # in no digest
    draft = DigestFactory(series=series, week_start="2024-01-01")
    EntryFactory(section=SectionFactory(digest=draft), paper__arxiv_id="2401.00001")
    found = sitemap()
    for address in ("/", "/about/", "/llm/", "/llm/archive/", "/llm/topics/reasoning/", DIGEST, "/papers/2311.12983/"):
        assert f"{SITE}{address}" in found
    assert len([one for one in found if "/papers/" in one]) == 3
    assert not any("2401.00001" in one or "2024" in one or "training" in one for one in found)
    assert len(found) == len(set(found))


def test_every_address_of_the_sitemap_answers(issue) -> None:
    assert {Client().get(address.removeprefix(SITE)).status_code for address in sitemap()} == {200}


def test_robots_may_read_what_everybody_reads(db) -> None:
    response = Client().get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    lines = response.content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /desk/", "Disallow: /search/", f"Sitemap: {SITE}/sitemap.xml"} <= set(lines)
