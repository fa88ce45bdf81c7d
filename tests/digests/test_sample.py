"""The bundled sample week: its texts are our own, its facts arXiv's, and loading it harms nobody's work."""

import json
import re

import pytest

from digests import preflight
from digests.models import Candidate, Digest, Entry, Section, Series
from digests.sample import DIGEST, PAPERS, WEEK, SampleUnusable, load_sample
from tests.factories import DigestFactory
from tracker.harvest import store_records
from tracker.models import Paper
from tracker.progress import Silent
from tracker.records import AbstractKind, Record, parse_arxiv_id
from tracker.taxonomy import check_categories

LONGEST_SHARED_RUN = 5  # words; names, figures and terms of the field alone come to that


@pytest.fixture(scope="module")
def papers() -> dict[str, dict]:
    """The sample's papers by id."""
    lines = [json.loads(line) for line in PAPERS.read_text(encoding="utf-8").splitlines()]
    assert len({line["id"] for line in lines}) == len(lines)
    return {line["id"]: line for line in lines}


@pytest.fixture(scope="module")
def words() -> dict:
    """The words of the sample's digest."""
    return json.loads(DIGEST.read_text(encoding="utf-8"))


@pytest.fixture
def sample(series) -> Digest:
    return load_sample(progress=Silent())


def real_papers(shared) -> dict[str, dict]:
    """The same week's papers as arXiv has them, the fuller source last."""
    found: dict[str, dict] = {}
    for name in ("2023-11.jsonl", "reference-13.jsonl"):
        for line in (shared / "papers" / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.setdefault(row["id"], {}).update(row)
    return found


def longest_shared_run(text: str, other: str) -> str:
    """The longest run of words that both texts have."""
    words, haystack = re.findall(r"\w+", text.lower()), " ".join(["", *re.findall(r"\w+", other.lower()), ""])
    longest: list[str] = []
    for start in range(len(words)):
        while f" {' '.join(words[start : start + len(longest) + 1])} " in haystack:
            if start + len(longest) >= len(words):
                break
            longest = words[start : start + len(longest) + 1]
    return " ".join(longest)


# The files


def test_every_paper_is_told_in_full(papers):
    assert len(papers) == 60
    for arxiv_id, paper in papers.items():
        assert parse_arxiv_id(arxiv_id) == (arxiv_id, None)
        assert paper["title"]
        assert paper["authors"]
        assert all(name == name.strip() != "" for name in paper["authors"])
        assert paper["categories"][0] == paper["primary"]
        check_categories(paper["categories"])


def test_every_abstract_is_a_paraphrase_of_a_few_sentences(papers):
    for arxiv_id, paper in papers.items():
        assert paper["abstract_kind"] == AbstractKind.PARAPHRASE
        sentences = re.split(r"(?<=[.?!])\s+(?=[A-Z])", paper["abstract"])
        assert 3 <= len(sentences) <= 7, arxiv_id


def test_the_series_would_harvest_every_paper(papers, series):
    for paper in papers.values():
        assert set(paper["categories"]) & set(series.categories), paper["title"]


def test_the_summaries_hold_markdown_and_no_tex(words):
    for section in words["sections"]:
        for entry in section["entries"]:
            assert not re.search(r"\\|\$|<", entry["summary"]), entry["arxiv_id"]


@pytest.mark.shared
def test_its_facts_are_those_of_the_real_data(papers, shared):
    real = real_papers(shared)
    for arxiv_id, paper in papers.items():
        source = real[arxiv_id]
        assert paper["title"] == " ".join(source["title"].split())
        assert paper.get("announced") == source.get("announced")
        assert paper["published"] == source["published"]
        assert paper["primary"] == source.get("primary", paper["primary"])
        if source.get("authors") and not source.get("authors_partial"):
            assert paper["authors"] == source["authors"]


@pytest.mark.shared
def test_no_phrase_of_the_authors_is_taken_over(papers, words, shared):
    real = real_papers(shared)
    ours = [(arxiv_id, paper["abstract"]) for arxiv_id, paper in papers.items()]
    ours += [(entry["arxiv_id"], entry["summary"]) for section in words["sections"] for entry in section["entries"]]
    runs = {longest_shared_run(text, real[arxiv_id]["abstract"]) for arxiv_id, text in ours}
    assert [run for run in runs if len(run.split()) > LONGEST_SHARED_RUN] == []


@pytest.mark.shared
def test_it_has_the_structure_of_the_reference(sample, shared):
    reference = json.loads((shared / "reference-digest.json").read_text(encoding="utf-8"))

    assert str(sample.week) == reference["week"]
    assert (sample.headline, sample.subtitle) == (reference["headline"], reference["subtitle"])
    assert [section.title for section in sample.sections.all()] == reference["table_of_contents"]
    for section, wanted in zip(sample.sections.all(), reference["sections"], strict=True):
        ids = [entry.paper.arxiv_id for entry in section.entries.all()]
        assert ids == [paper["arxiv_id"] for paper in wanted["papers"]]


def test_shared_runs_are_found():
    assert longest_shared_run("We say one two three four.", "They said one, two three; and we say") == "one two three"
    assert longest_shared_run("the end", "this is the end") == "the end"
    assert longest_shared_run("nothing", "in common") == ""


# Loading it


def test_all_of_it_lies_in_the_week(sample, papers):
    assert Paper.objects.announced_in(WEEK).count() == len(papers)
    assert not Paper.objects.exclude(abstract_kind=AbstractKind.PARAPHRASE).exists()


def test_its_digest_is_public_and_says_what_it_is(sample):
    assert sample.sample
    assert list(Digest.objects.published()) == [sample]
    assert sample.entries.count() == 13
    assert set(sample.candidates.values_list("verdict", flat=True)) == {Candidate.Verdict.PICKED}
    assert all(candidate.topic for candidate in sample.candidates.all())
    assert all(entry.draft_summary for entry in sample.entries.all())


def test_preflight_finds_nothing_in_it(sample):
    assert preflight.problems(sample) == []


def test_loading_it_twice_changes_nothing(sample):
    def rows() -> list:
        models = (Paper, Digest, Section, Entry, Candidate, Digest.history.model, Entry.history.model)
        return [list(model.objects.order_by("pk").values()) for model in models]

    before = rows()
    again = load_sample(progress=Silent())
    assert again == sample
    assert rows() == before


def test_a_digest_of_that_week_stays_as_its_editor_left_it(series):
    theirs = DigestFactory(series=series, headline="Our own week")
    assert load_sample(progress=Silent()) == theirs
    theirs.refresh_from_db()
    assert (theirs.headline, theirs.status, theirs.sample) == ("Our own week", Digest.Status.DRAFT, False)
    assert not theirs.entries.exists()


def test_arxivs_own_words_take_the_place_of_the_paraphrase_and_stay(sample):
    entry = sample.entries.select_related("paper").first()
    paper = entry.paper
    real = Record(
        arxiv_id=paper.arxiv_id,
        title="As the authors write it",
        abstract="What the authors themselves say of it.",
        authors=("Ada Lovelace",),
        categories=("cs.LG",),
    )

    store_records([real])
    load_sample(progress=Silent())

    paper.refresh_from_db()
    assert (paper.title, paper.abstract, paper.abstract_kind) == (real.title, real.abstract, AbstractKind.AUTHORS)
    assert [author.name for author in paper.authors.all()] == ["Ada Lovelace"]
    assert [category.code for category in paper.categories.all()] == ["cs.LG"]
    assert Entry.objects.get(pk=entry.pk).summary == entry.summary


def test_it_refuses_an_installation_without_its_series(db):
    Series.objects.all().delete()
    with pytest.raises(SampleUnusable, match="llm"):
        load_sample(progress=Silent())
    assert not Paper.objects.exists()
