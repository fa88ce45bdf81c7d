"""The reference digest: its papers harvested, picked and placed by an editor, come out in its form and order."""

import json
import re

import pytest

from digests import drafting, publishing
from digests.export import export_digest
from digests.export.document import build_document
from digests.markdown import to_plain
from digests.models import Candidate, Digest
from tracker import harvest
from tracker.models import Paper
from tracker.progress import Silent
from tracker.weeks import Week

pytestmark = pytest.mark.shared

HEADING = re.compile(r"^#{1,3} (?P<words>.+)$", re.MULTILINE)
LINK = re.compile(r"\[(?P<words>.+)\]\((?P<address>\S+)\)")
PAPER_LINE = re.compile(r"^(?P<number>\d\.\d)\. (?P<title>.+)$", re.MULTILINE)


@pytest.fixture
def reference(shared):
    return json.loads((shared / "reference-digest.json").read_text())


@pytest.fixture
def told(shared):
    """The reference as its readers saw it, line by line."""
    return (shared / "reference-digest.txt").read_text()


@pytest.fixture
def digest(series, shared, reference, publisher):
    """The week's draft with the reference's picks in its sections and in its order, made by an editor's verbs."""
    harvest.harvest_file(shared / "papers" / "reference-13.jsonl", progress=Silent())
    digest = drafting.open_digest(series, Week.parse(reference["week"]))
    Candidate.objects.bulk_create(Candidate(digest=digest, paper=paper) for paper in Paper.objects.all())
    for section in reference["sections"]:
        topic = series.topics.get(name=section["topic"])
        for place, paper in enumerate(reversed(section["papers"])):
            candidate = digest.candidates.get(paper__arxiv_id=paper["arxiv_id"])
            publishing.move(candidate, topic, editor=publisher)
            publishing.pick(candidate, editor=publisher)
            entry = digest.entries.get(paper=candidate.paper)
            if place:
                publishing.place_entry(entry, entry.section, 0, editor=publisher)
    publishing.take_all_drafts(digest, editor=publisher)
    return digest


def published(digest, publisher):
    publishing.publish_digest(Digest.objects.get(pk=digest.pk), editor=publisher)
    return Digest.objects.published().with_contents().get(pk=digest.pk)


def markdown(digest):
    return export_digest(digest, "md").content.decode()


def headings(text):
    """The words of the headings, of the whole line in Markdown, as a reader sees them."""
    return [to_plain(LINK.sub(r"\g<words>", match["words"])) for match in HEADING.finditer(text)]


def test_its_headline_contents_numbers_and_order_are_the_references(digest, reference, publisher):
    text = markdown(published(digest, publisher))
    expected = [reference["headline"]]
    for section in reference["sections"]:
        expected.append(f"{section['number']}. {section['topic']}")
        expected += [f"{paper['number']}. {paper['title']}" for paper in section["papers"]]
    assert headings(text) == expected
    assert text.splitlines()[2] == reference["subtitle"]
    contents = text.split("Table of Contents:\n\n")[1].split("\n\n")[0].splitlines()
    assert [LINK.search(line)["words"] for line in contents] == reference["table_of_contents"]
    addresses = [LINK.search(line)["address"] for line in text.splitlines() if line.startswith("### ")]
    assert addresses == [
        f"https://arxiv.org/abs/{paper['arxiv_id']}" for section in reference["sections"] for paper in section["papers"]
    ]


def test_with_its_editors_headings_its_lines_are_those_that_readers_saw(digest, told, publisher):
    as_told = {match["number"]: match["title"] for match in PAPER_LINE.finditer(told)}
    for shown in build_document(digest).entries:
        if shown.heading != as_told[shown.number]:
            entry = digest.entries.get(paper__arxiv_id=shown.arxiv_id)
            publishing.write_entry(entry, as_told[shown.number], entry.summary, entry.revision, editor=publisher)
    digest = published(digest, publisher)
    assert {entry.number: entry.heading for entry in build_document(digest).entries} == as_told
    lines = told.splitlines()
    first = lines.index("Table of Contents:") + 1
    assert [title for _, title, _ in build_document(digest).contents] == lines[first : first + 6]
    assert [digest.headline, digest.subtitle] == lines[:2]


def test_its_html_has_the_same_headings_as_its_markdown(digest, publisher):
    digest = published(digest, publisher)
    page = export_digest(digest, "html").content.decode()
    shown = [re.sub("<[^>]+>", "", words) for words in re.findall(r"<h[123][^>]*>(.+?)</h[123]>", page)]
    assert [words.replace("&amp;", "&") for words in shown] == headings(markdown(digest))


def test_its_drafts_are_summaries_of_a_few_paragraphs_with_the_references_lists(digest):
    drafts = {entry.paper.arxiv_id: entry.draft_summary for entry in digest.entries.select_related("paper")}
    assert all(2 <= draft.count("\n\n") + 1 <= 5 for draft in drafts.values())
    assert {arxiv_id for arxiv_id, draft in drafts.items() if "\n- " in draft} == {"2311.10702", "2311.11315"}
