"""An editor's word for what the claim check marks: who gave it, when, and for how long it holds."""

import html

import pytest
from django.urls import reverse
from django.utils import timezone

from digests import marks, preflight, publishing
from digests.models import AcceptedClaim, Entry
from tests.factories import CandidateFactory, EntryFactory, PaperFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def entry(digest) -> Entry:
    section = digest.sections.first()
    paper = PaperFactory(abstract="The gain on long tests was 5% in all.")
    CandidateFactory(digest=digest, paper=paper, suggested_topic=section.topic, verdict="picked")
    return EntryFactory(section=section, paper=paper, summary="The gain on long tests was 7% in all.")


def found(entry) -> list[marks.Mark]:
    entry.refresh_from_db()
    return marks.entry_marks(entry, marks.accepted_claims(entry.digest))


def errors(digest) -> list[str]:
    return [problem.sentence for problem in preflight.errors(digest)]


def test_a_claim_stops_publishing_until_somebody_vouches_for_it(digest, entry, editor):
    assert errors(digest) == ["1.1: “7%” is not in the abstract. Accept it, or change the summary."]
    publishing.accept_claim(entry, found(entry)[0].key, editor=editor)
    assert errors(digest) == []
    accepted = AcceptedClaim.objects.get()
    assert accepted.accepted_by == editor
    assert (timezone.now() - accepted.accepted_at).total_seconds() < 60
    publishing.doubt_claim(entry, found(entry)[0].key, editor=editor)
    assert len(errors(digest)) == 1


@pytest.mark.parametrize(
    ("summary", "still"),
    [
        ("Now then. The gain on long tests was 7% in all.", True),
        ("The gain on long tests was **7%** in all. And more.", True),
        ("The gain on long tests was 8% in all.", False),
        ("The loss on short exams was 7% in all.", False),
    ],
)
def test_the_word_holds_until_the_claim_is_another(entry, editor, summary, still):
    publishing.accept_claim(entry, found(entry)[0].key, editor=editor)
    publishing.write_entry(entry, "", summary, entry.revision, editor=editor)
    (mark,) = found(entry)
    assert (mark.accepted is not None) == still


def test_it_outlasts_an_entry_taken_out_and_put_back(digest, entry, editor):
    publishing.accept_claim(entry, found(entry)[0].key, editor=editor)
    publishing.skip(digest.candidates.get(), editor=editor)
    publishing.pick(digest.candidates.get(), editor=editor)
    EntryFactory._meta.model.objects.update(summary="The gain on long tests was 7% in all.")
    assert errors(digest) == []


def test_a_heading_that_is_not_the_title_asks_for_a_word_too(digest, entry, editor):
    entry.paper.title = r"The \textbf{Gain}: On Tests"
    entry.paper.save()
    publishing.write_entry(entry, "The gain – on tests", "It gains 5%.", entry.revision, editor=editor)
    assert errors(digest) == []  # the same words
    publishing.write_entry(entry, "The gain on trees", "It gains 5%.", entry.revision, editor=editor)
    (sentence,) = errors(digest)
    assert sentence == f"1.1: the heading isn’t arXiv’s title of {entry.paper.arxiv_id}. Accept it, or take the title."
    publishing.accept_claim(entry, found(entry)[0].key, editor=editor)
    assert errors(digest) == []
    publishing.write_entry(entry, "The gain on bees", "It gains 5%.", entry.revision, editor=editor)
    assert len(errors(digest)) == 1


def test_only_what_the_saved_text_claims_can_be_accepted(as_user, entry, editor):
    answer = as_user(editor).post(reverse("accept_claim", args=[entry.pk]), {"claim": "the [99%] of"}, headers=HTMX)
    assert "isn’t in the saved text any more" in html.unescape(answer.content.decode())
    assert not AcceptedClaim.objects.exists()


def test_accepting_from_an_open_entry_saves_what_was_typed(as_user, entry, editor):
    typed = "The gain on long tests was 9% in all."
    key = marks.summary_marks(entry.paper, typed, {})[0].key
    data = {"heading": "", "summary": typed, "revision": 0, "claim": key}
    page = html.unescape(
        as_user(editor).post(reverse("accept_claim", args=[entry.pk]), data, headers=HTMX).content.decode()
    )
    assert "From the paper’s body, says editor" in page
    entry.refresh_from_db()
    assert (entry.summary, entry.revision) == (typed, 1)


def test_a_clash_accepts_nothing(as_user, entry, editor, publisher):
    publishing.write_entry(entry, "", "Their 7%.", 0, editor=publisher)
    data = {"heading": "", "summary": "My 7%.", "revision": 0, "claim": "my [7%]"}
    page = as_user(editor).post(reverse("accept_claim", args=[entry.pk]), data, headers=HTMX).content.decode()
    assert "Their 7%." in page
    assert not AcceptedClaim.objects.exists()


def test_marks_stand_in_the_text_and_never_let_markup_through(as_user, entry, editor):
    publishing.write_entry(
        entry, "", "We <b>gain</b> **7%** on `8%`, $n = 99$ & [9%](https://x.org).", 0, editor=editor
    )
    page = as_user(editor).get(reverse("galley", args=["llm", entry.digest.week])).content.decode()
    assert f'<strong><mark id="claim-{entry.pk}-1" class="claim open">7%</mark></strong>' in page
    assert '<code><mark id="' in page
    assert '<mark id="claim-' in page.split("<math")[0][-80:]  # a formula is marked as a whole
    assert "&lt;b&gt;gain&lt;/b&gt;" in page
    assert '<a href="https://x.org"' in page
