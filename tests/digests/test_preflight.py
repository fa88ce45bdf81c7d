"""What preflight finds, and where it points."""

import pytest
from django.urls import reverse

from digests import preflight
from digests.models import Candidate, Digest
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, PaperFactory, SectionFactory
from tests.page import Page


@pytest.fixture
def digest(series) -> Digest:
    """A draft ready to be published: one section with one picked paper."""
    digest = DigestFactory(series=series)
    section = SectionFactory(digest=digest, topic=series.topics.first(), title="Progress")
    add(section)
    return digest


def add(section, verdict=Candidate.Verdict.PICKED, paper=None, **columns):
    """An entry and the candidate that it stands for."""
    entry = EntryFactory(section=section, paper=paper or PaperFactory(), **columns)
    CandidateFactory(digest=section.digest, paper=entry.paper, suggested_topic=section.topic, verdict=verdict)
    return entry


def only_error(digest) -> tuple[str, str]:
    (problem,) = preflight.errors(digest)
    return problem.sentence, problem.anchor


def test_it_finds_nothing_in_a_digest_that_is_ready(digest):
    assert preflight.problems(digest) == []


def test_it_asks_for_a_picked_paper(digest):
    digest.entries.all().delete()
    digest.candidates.update(verdict=Candidate.Verdict.SKIPPED)
    assert only_error(digest) == ("No paper is picked: pick at least one.", "sections")


def test_it_asks_for_a_verdict_on_each_proposed_paper_before_its_summary(digest):
    entry = add(digest.sections.get(), Candidate.Verdict.UNDECIDED, summary="")
    assert only_error(digest) == ("1.2 is only proposed: pick or skip it.", f"entry-{entry.pk}")


def test_it_asks_for_each_summary(digest):
    entry = add(digest.sections.get(), summary=" \n")
    assert only_error(digest) == ("1.2 has no summary: write one or take the draft.", f"entry-{entry.pk}")


def test_numbers_leave_out_empty_sections_as_the_published_page_does(digest, series):
    SectionFactory(digest=digest, topic=series.topics.all()[1], title="Empty")
    last = SectionFactory(digest=digest, topic=series.topics.all()[2], title="Last")
    add(last, summary="")
    assert only_error(digest)[0].startswith("2.1 ")
    (warning,) = preflight.warnings(digest)
    assert warning.sentence == "“Empty” is empty and will be left out."


def test_it_refuses_a_withdrawn_paper(digest):
    add(digest.sections.get(), paper=PaperFactory(withdrawn=True))
    assert "withdrawn" in only_error(digest)[0]


def test_it_asks_for_a_headline(digest):
    digest.headline = ""
    assert only_error(digest) == ("The digest has no headline.", "front-headline")


@pytest.mark.parametrize("text", ["From $start on", "Week ${nth}", "TODO: say more", "lorem TK ipsum"])
def test_it_finds_placeholders_left_in_the_front_and_in_entries(digest, text):
    digest.intro = text
    assert only_error(digest)[1] == "front-intro"
    digest.intro = ""
    entry = add(digest.sections.get(), summary=text)
    assert only_error(digest)[1] == f"entry-{entry.pk}"


@pytest.mark.parametrize("text", [r"\textbf{Bold} words", r"A gain of {\em note}", r"$x$ and \alpha"])
def test_it_finds_raw_tex(digest, text):
    add(digest.sections.get(), summary=text)
    assert "TeX" in only_error(digest)[0]


@pytest.mark.parametrize("text", [r"A bound of $O(\log n)$.", r"The macro `\alpha`.", "It costs $5.", r"92\% of tasks"])
def test_it_takes_formulas_code_and_dollars_for_what_they_are(digest, text):
    add(digest.sections.get(), summary=text, paper=PaperFactory(abstract=r"We solve 92\% of tasks for $5."))
    assert preflight.errors(digest) == []


def test_it_warns_of_a_paper_that_was_in_an_earlier_published_digest(digest, series):
    entry = digest.entries.get()
    before = DigestFactory(series=series, week_start=digest.week.previous.monday)
    EntryFactory(section=SectionFactory(digest=before), paper=entry.paper)
    assert preflight.warnings(digest) == []
    before.status, before.published_at = Digest.Status.PUBLISHED, "2023-11-20T08:00Z"
    before.save()
    (warning,) = preflight.warnings(digest)
    assert warning == preflight.Problem(
        "1.1 was already in the digest of 2023-W46.", preflight.Severity.WARNING, f"entry-{entry.pk}"
    )


def test_what_several_entries_lack_goes_together_at_the_place_of_the_first(digest):
    section = digest.sections.get()
    add(section, summary="")
    add(section, Candidate.Verdict.UNDECIDED)
    add(section, summary="")
    kinds = preflight.by_kind(preflight.problems(digest))
    assert [[problem.number for problem in kind] for kind in kinds] == [["1.2", "1.4"], ["1.3"]]
    assert kinds[0][0].of_several == "papers have no summary: write one or take the draft."


def test_its_queries_do_not_grow_with_the_digest(digest, django_assert_num_queries):
    for _ in range(5):
        add(digest.sections.get())
    with django_assert_num_queries(6):
        preflight.problems(digest)


def test_it_warns_of_a_newer_version_than_the_one_summarised(digest):
    entry = add(digest.sections.get(), paper=PaperFactory(version=3), summarised_version=2)
    (warning,) = preflight.warnings(digest)
    assert warning.sentence == "1.2: arXiv has version 3 by now; the summary is of version 2."
    assert warning.anchor == f"entry-{entry.pk}"


def test_it_tells_of_papers_left_at_maybe_and_leads_to_their_list(digest, as_user, editor):
    for _ in range(2):
        CandidateFactory(digest=digest, verdict=Candidate.Verdict.MAYBE)
    (warning,) = preflight.problems(digest)
    assert warning.sentence == "2 papers are still maybes and will be left out: pick or skip on the board."
    assert warning.severity is preflight.Severity.WARNING
    galley = Page(as_user(editor).get(reverse("galley", args=["llm", digest.week])))
    assert reverse("board", args=["llm", digest.week]) + "?list=maybe" in galley.links


def test_it_asks_for_a_section_for_each_picked_paper(digest):
    CandidateFactory(digest=digest, verdict=Candidate.Verdict.PICKED)
    assert only_error(digest)[0] == "1 picked paper stands in no section: move it to a topic on the board."


def test_it_warns_of_a_section_that_crowds_out_the_others(digest):
    section = digest.sections.get()
    for _ in range(digest.series.largest_section):
        add(section)
    (warning,) = preflight.warnings(digest)
    assert warning.sentence == "“Progress” holds 7 papers; more than 6 crowd out the other sections."


def test_it_warns_of_a_picture_and_of_one_without_words(digest):
    add(digest.sections.get(), summary="See ![a curve](https://x.org/a.png) there.")
    (warning,) = preflight.warnings(digest)
    assert warning.sentence == "1.2: the summary holds a picture, which isn’t shown: describe it, or link to it."
    digest.intro = "![](https://x.org/a.png)"
    assert "has no words in its place" in preflight.warnings(digest)[0].sentence


def test_it_warns_of_a_mail_that_some_readers_get_cut_off(digest):
    assert preflight.problems(digest, mail_size=95_000) == []
    (warning,) = preflight.problems(digest, mail_size=101_000)
    assert warning.sentence.startswith("The mail would have 101 kB: over 95 kB some readers get it cut off")


def test_a_section_taken_out_is_no_empty_section(digest, series):
    SectionFactory(digest=digest, topic=series.topics.all()[1], removed=True)
    assert preflight.problems(digest) == []
