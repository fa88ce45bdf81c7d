"""What every page owes its readers: strict headers, nothing inline, hostile text harmless, a way out of errors."""

import time

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.test import Client
from django.urls import include, path

from tests.encoders import HashingEncoder
from tests.factories import PaperFactory
from tests.page import Page
from tracker.embeddings import embed_missing
from tracker.models import Paper
from tracker.progress import Silent

SCRIPT = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(1)>"
HOSTILE = f"{SCRIPT}{IMAGE}</title></a></h1><style>*{{}}</style> $\\href{{javascript:alert(1)}}{{x}}$ \u202e&lt;"
HOSTILE_MARKDOWN = f"{HOSTILE}\n\n[a](javascript:alert(1)) <javascript:alert(1)> ![b](https://example.org/pixel.gif)"

ADDRESSES = [
    *("/", "/llm/", "/llm/archive/", "/llm/topics/reasoning/", "/llm/2023/w47/", "/llm/2023/w47/map/"),
    *("/papers/2311.12983/", "/authors/Ada_Lovelace/", "/about/", "/privacy/", "/accounts/login/", "/no/such/page/"),
]


@pytest.fixture
def hostile_digest(published):
    paper = PaperFactory(
        arxiv_id="2311.12983",
        title=HOSTILE,
        abstract=HOSTILE,
        authors=[HOSTILE],
        comment=HOSTILE,
        journal_ref=HOSTILE,
        doi=f"10.1/{SCRIPT} javascript:alert(1)",
    )
    digest = published(
        contents={HOSTILE[:200]: [paper]},
        headline=HOSTILE,
        subtitle=HOSTILE,
        intro=HOSTILE_MARKDOWN,
        sign_off=HOSTILE_MARKDOWN,
    )
    digest.entries.update(summary=HOSTILE_MARKDOWN)
    return digest


@pytest.mark.parametrize(
    "address",
    ["/authors/Ada%00Lovelace/", "/%00/archive/", "/api/papers/%00", "/api/series/%00", "/library/feed/%00.atom"]
    + ["/api/entries?topic=a%00", "/api/papers?category=%00", "/search/?topic=%00", "/library/?q=%00&tag=%00"],
)
def test_an_address_with_a_nul_finds_nothing_and_breaks_nothing(published, reader, as_user, address) -> None:
    published()
    assert as_user(reader).get(address).status_code == (404 if "?" not in address else 200)


@pytest.mark.parametrize("address", ADDRESSES)
def test_headers_are_strict(published, address) -> None:
    published(contents={"LLM Reasoning": [PaperFactory(arxiv_id="2311.12983")]})
    response = Client().get(address)
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";") if part.strip())
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("address", ADDRESSES)
def test_hostile_text_is_only_text(hostile_digest, address) -> None:
    page = Page(Client().get(address))
    assert page.inline_code == []
    assert page.all("img", "iframe", "object", "embed", "base") == []
    assert page.all("script")[0].attributes["src"] == "/static/js/site.js"
    assert all(script.attributes.get("src", "/static/").startswith("/static/") for script in page.all("script"))
    assert not any(link.lower().strip().startswith(("javascript:", "data:")) for link in page.links)


def test_hostile_text_is_still_shown(hostile_digest) -> None:
    for address in ("/", "/llm/2023/w47/", "/papers/2311.12983/"):
        page = Page(Client().get(address))
        assert SCRIPT in page.texts("h1")[0]
        assert SCRIPT in page.text


BOMBS = {
    "a megabyte of words": ("word " * 200_000, ["One"]),
    "a megabyte of one word": ("x" * 1_000_000, ["One"]),
    "a megabyte of TeX": ("$\\frac{a}{b}$ \\textbf{" * 40_000, ["One"]),
    "deep TeX": ("$" + "\\frac{1}{" * 3_000 + "}" * 3_000 + "$", ["One"]),
    "a definition that doubles": ("$\\def\\a{\\a\\a}\\a$ " * 900, ["One"]),
    "five thousand authors": ("Short.", [f"Author {n}" for n in range(5_000)]),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_no_text_makes_a_page_slow(published, settings, bomb) -> None:
    settings.ENCODER_MODEL = HashingEncoder.model_name
    text, authors = BOMBS[bomb]
    near = PaperFactory(title=text[:3_000], abstract=text, authors=authors[:40])
    paper = PaperFactory(arxiv_id="2311.12983", title=text[:3_000], abstract=text, authors=authors)
    digest = published(contents={"LLM Reasoning": [paper, near]}, intro=text[:50_000])
    digest.entries.update(summary=text[:50_000])
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    for address in ("/", "/llm/2023/w47/", "/papers/2311.12983/", "/papers/2311.12983/cite.bib"):
        before = time.process_time()
        assert Client().get(address).status_code == 200
        assert time.process_time() - before < 3, address


def test_downloads_of_hostile_text_are_harmless(hostile_digest) -> None:
    response = Client().get("/llm/2023/w47/galley.html")
    page = Page(response)
    assert [code for code in page.inline_code if code != "<style>"] == []
    assert page.all("script", "img", "iframe") == []
    assert response["Content-Disposition"].startswith("attachment;")


def test_no_page_but_one_with_a_form_sets_a_cookie(published) -> None:
    published(contents={"LLM Reasoning": [PaperFactory(arxiv_id="2311.12983")]})
    for address in ADDRESSES:
        assert bool(Client().get(address).cookies) is (address == "/accounts/login/")


# Errors


def break_down(request):
    raise RuntimeError("broken on purpose")


def forbid(request):
    raise PermissionDenied


def misunderstand(request):
    raise BadRequest


urlpatterns = [
    path("broken/", break_down),
    path("forbidden/", forbid),
    path("misunderstood/", misunderstand),
    path("accounts/", include("allauth.urls")),
    path("", include("digests.urls")),
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status"),
    [("/broken/", 500), ("/forbidden/", 403), ("/misunderstood/", 400), ("/no/such/page/", 404)],
)
def test_errors_show_a_way_out(as_user, reader, caplog, address, status) -> None:
    for person in (None, reader):
        client = as_user(person)
        client.raise_request_exception = False
        response = client.get(address)
        page = Page(response)
        assert response.status_code == status
        assert len(page.all("h1")) == 1
        assert "/" in page.links
        assert page.inline_code == []
