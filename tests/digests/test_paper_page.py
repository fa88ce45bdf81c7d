"""A paper's page."""

import datetime as dt

import pytest
from django.test import Client

from tests.encoders import HashingEncoder
from tests.factories import DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tests.page import Page
from tracker.embeddings import embed_missing
from tracker.models import Paper
from tracker.progress import Silent
from tracker.records import AbstractKind


def paper_page(arxiv_id: str = "2311.12983") -> Page:
    response = Client().get(f"/papers/{arxiv_id}/")
    assert response.status_code == 200
    return Page(response)


def test_it_shows_what_arxiv_tells(db) -> None:
    PaperFactory(
        arxiv_id="2311.12983",
        title="On $O(n^2)$ attention at 92\\% cost",
        abstract="We lower it to $O(n)$.",
        authors=[f"Author {n}" for n in range(8)],
        primary_category="cs.CL",
        categories=["cs.AI", "cs.CL"],
        version=3,
        updated_at=dt.datetime(2024, 1, 9, tzinfo=dt.UTC),
        comment="12 pages",
        journal_ref="Journal of Attention 4 (2024)",
        doi="10.1000/182",
    )
    page = paper_page()
    assert page.texts("title") == ["On O(n²) attention at 92% cost · Galley"]
    assert len(page.all("math")) == 2
    assert "92% cost" in page.texts("h1")[0]
    assert "Author 0, Author 1, Author 2, Author 3, Author 4, Author 5, Author 6, Author 7" in page.text
    assert page.text.index("Computation and Language (cs.CL, primary)") < page.text.index(
        "Artificial Intelligence (cs.AI)"
    )
    assert "v1, submitted on 20 November 2023 v3, updated on 9 January 2024" in page.text
    assert "Tuesday, 21 November 2023 (from arXiv’s listing)" in page.text
    for words in ("12 pages", "Journal of Attention 4 (2024)"):
        assert words in page.text
    assert {
        "https://arxiv.org/abs/2311.12983",
        "https://arxiv.org/pdf/2311.12983",
        "https://arxiv.org/html/2311.12983",
        "https://doi.org/10.1000/182",
    } <= set(page.links)


def test_a_very_long_list_of_authors_is_folded(db) -> None:
    PaperFactory(arxiv_id="2311.12983", authors=[f"Author {n}" for n in range(187)])
    page = paper_page()
    assert page.text.index("Author 18, Author 19 and 167 more Author 20, Author 21") < page.text.index("About this")
    assert page.texts("summary") == ["and 167 more"]


def test_it_leaves_out_what_is_not_known(db) -> None:
    PaperFactory(arxiv_id="2311.12983", submitted_at=None, updated_at=None, announced_on=None, announced_by="")
    page = paper_page()
    assert page.texts("dt") == ["Categories", "Versions"]
    assert "None" not in page.text


@pytest.mark.parametrize(
    ("announced_by", "words"),
    [(Paper.AnnouncedBy.SCHEDULE, "by arXiv’s schedule"), (Paper.AnnouncedBy.NEIGHBOURS, "held by moderation")],
)
def test_it_says_how_the_day_is_known(db, announced_by, words) -> None:
    PaperFactory(arxiv_id="2311.12983", announced_by=announced_by)
    assert words in paper_page().text


def test_it_says_where_an_abstract_is_not_the_authors_own(db) -> None:
    paper = PaperFactory(arxiv_id="2311.12983")
    assert "paraphrase" not in paper_page().text
    Paper.objects.filter(pk=paper.pk).update(abstract_kind=AbstractKind.PARAPHRASE)
    assert "This abstract is a paraphrase by Galley" in paper_page().text
    Paper.objects.filter(pk=paper.pk).update(abstract_kind=AbstractKind.TRUNCATED)
    assert "cut it off" in paper_page().text


def test_it_says_that_a_paper_was_withdrawn(db) -> None:
    PaperFactory(arxiv_id="2311.12983", withdrawn=True)
    assert "This paper has been withdrawn" in paper_page().text


def test_it_names_its_place_in_each_published_digest(series, published) -> None:
    paper = PaperFactory(arxiv_id="2311.12983")
    first = published("2023-W47", {"LLM Reasoning": ["A"], "LLM Fine Tuning": ["B", paper]}, headline="First")
    SectionFactory(digest=first, title="Empty", position=0)  # has no entry, so no number
    published("2023-W48", {"LLM Reasoning": [paper]}, headline="Second")
    draft = DigestFactory(series=series, week_start=dt.date(2024, 1, 1), headline="Third")
    EntryFactory(section=SectionFactory(digest=draft), paper=paper)
    page = paper_page()
    assert "First 2.2 · LLM Fine Tuning" in page.text
    assert "Third" not in page.text
    places = [link for link in page.links if "#" in link and link.startswith("/llm/")]
    assert places == ["/llm/2023/w48/#1.1", "/llm/2023/w47/#2.2"]
    assert "2.2" in Page(Client().get("/llm/2023/w47/")).ids


@pytest.mark.parametrize("arxiv_id", ["hep-th/9901001", "math.GT/0309136", "0704.0001"])
def test_old_ids_have_their_address(db, arxiv_id) -> None:
    PaperFactory(arxiv_id=arxiv_id, title="An older work")
    assert paper_page(arxiv_id).texts("h1") == ["An older work"]


@pytest.mark.parametrize("arxiv_id", ["2311.12983", "hep-th/9901001"])
def test_a_version_leads_to_the_paper(db, arxiv_id) -> None:
    PaperFactory(arxiv_id=arxiv_id)
    response = Client().get(f"/papers/{arxiv_id}v2/")
    assert (response.status_code, response["Location"]) == (301, f"/papers/{arxiv_id}/")


@pytest.mark.parametrize("arxiv_id", ["2311.99999", "2311", "nothing", "hep-th/1/2"])
def test_an_unknown_paper_is_not_found(db, arxiv_id) -> None:
    assert Client().get(f"/papers/{arxiv_id}/").status_code == 404


def test_it_costs_the_same_however_much_there_is_to_show(published, django_assert_num_queries) -> None:
    plain = PaperFactory(arxiv_id="2311.12983", authors=["One"])
    rich = PaperFactory(
        arxiv_id="2311.12984", authors=[f"Author {n}" for n in range(50)], categories=["cs.CL", "cs.AI"]
    )
    published("2023-W46", {"LLM Reasoning": [plain, rich]})
    published("2023-W47", {"LLM Reasoning": [rich]})
    for paper in (plain, rich):
        # Paper, categories, authors, entries with their digests; whether there are new vectors
        with django_assert_num_queries(5):
            paper_page(paper.arxiv_id)


def test_every_author_leads_to_what_they_wrote(db) -> None:
    PaperFactory(arxiv_id="2311.12983", authors=["Ada Lovelace", *(f"Author {n}" for n in range(40))])
    links = paper_page().links
    assert (
        links.index("/authors/Ada_Lovelace/") < links.index("/authors/Author_0/") < links.index("/authors/Author_39/")
    )


def test_it_names_papers_like_it_and_says_why(db, settings) -> None:
    settings.ENCODER_MODEL = HashingEncoder.model_name
    abstract = "We train a reward model on preference data."
    PaperFactory(arxiv_id="2311.12983", title="Reward models that last", abstract=abstract, authors=["Ada Lovelace"])
    PaperFactory(arxiv_id="2311.12984", title="Models of $R^2$", abstract=abstract, authors=["Ada Lovelace"])
    assert "Papers like this one" not in paper_page().text  # no vectors yet
    embed_missing(Paper.objects.all(), HashingEncoder(), progress=Silent())
    page = paper_page()
    assert "/papers/2311.12984/" in page.links
    assert "Shares Ada Lovelace; both on “" in page.text
    assert "/papers/2311.12983/" not in page.links


@pytest.mark.parametrize(
    ("suffix", "kind", "words"),
    [
        ("bib", "application/x-bibtex", "@misc{lovelace2023notes,"),
        ("ris", "application/x-research-info-systems", "AU  - Lovelace, Ada"),
        ("csl.json", "application/vnd.citationstyles.csl+json", '"family": "Lovelace"'),
        ("txt", "text/plain", "Ada Lovelace (2023). Notes. arXiv:2311.12983 [cs.CL]."),
    ],
)
def test_it_can_be_cited_in_four_forms(db, suffix, kind, words) -> None:
    PaperFactory(arxiv_id="2311.12983", title="Notes", authors=["Ada Lovelace"])
    address = f"/papers/2311.12983/cite.{suffix}"
    page = paper_page()
    assert address in page.links
    assert "Ada Lovelace (2023). Notes." in page.text
    response = Client().get(address)
    assert response["Content-Type"].startswith(kind)
    assert response["Content-Disposition"] == f'attachment; filename="2311.12983.{suffix}"'
    assert words in response.content.decode()


def test_an_old_id_is_cited_under_a_name_that_is_a_file(db) -> None:
    PaperFactory(arxiv_id="hep-th/9901001")
    response = Client().get("/papers/hep-th/9901001/cite.bib")
    assert response["Content-Disposition"] == 'attachment; filename="hep-th-9901001.bib"'


@pytest.mark.parametrize("address", ["/papers/2311.12983/cite.docx", "/papers/2311.99999/cite.bib"])
def test_there_are_no_other_citations(db, address) -> None:
    PaperFactory(arxiv_id="2311.12983")
    assert Client().get(address).status_code == 404
