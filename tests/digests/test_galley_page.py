"""The galley by HTTP: writing, arranging, clashes, preflight, preview and publishing."""

import html
import re

import pytest
from django.urls import reverse

from digests import publishing
from digests.models import Candidate, Digest, Entry
from tests.factories import CandidateFactory, EntryFactory, PaperFactory

HTMX = {"HX-Request": "true"}


def add(digest, slug="reasoning", *, proposed=False, **columns) -> Entry:
    """An entry under a topic: picked, or only proposed."""
    section = digest.sections.get(topic__slug=slug)
    paper = columns.pop("paper", None) or PaperFactory()
    verdict = Candidate.Verdict.UNDECIDED if proposed else Candidate.Verdict.PICKED
    CandidateFactory(digest=digest, paper=paper, suggested_topic=section.topic, proposed=proposed, verdict=verdict)
    return EntryFactory(section=section, paper=paper, position=section.entries.count(), **columns)


@pytest.fixture
def entry(digest) -> Entry:
    return add(digest, summary="", draft_summary="The machine’s draft.", paper=PaperFactory(title="On $x^2$"))


@pytest.fixture
def client(as_user, editor):
    return as_user(editor)


def address(name: str, digest: Digest) -> str:
    return reverse(name, args=[digest.series.slug, digest.week])


def read(client, name: str, digest: Digest, *opened) -> str:
    """A page of the digest, with these entries open to be written in."""
    return html.unescape(client.get(address(name, digest), {"open": [one.pk for one in opened]}).content.decode())


def save(client, entry, summary, revision=0, heading="", headers=None, **extra):
    data = {"heading": heading, "summary": summary, "revision": revision, **extra}
    return client.post(reverse("write_entry", args=[entry.pk]), data, headers=headers)


def text(answer) -> str:
    return html.unescape(answer.content.decode())


def order(digest) -> list[int]:
    return list(digest.entries.order_by("section__position", "position").values_list("pk", flat=True))


def test_an_unwritten_entry_shows_the_draft_and_says_that_it_is_one(client, digest, entry):
    page = read(client, "galley", digest)
    assert "Draft, not taken yet" in page
    assert "<p>The machine’s draft.</p>" in page
    assert "<math" in page
    page = read(client, "galley", digest, entry)
    assert "Draft summary, not taken yet" in page
    assert 'class="draft">The machine’s draft.</textarea>' in page
    assert "We study language models." in page  # the abstract, beside it


def test_entries_stand_in_their_order_with_the_numbers_they_will_have(client, digest):
    late = add(digest, "transformers", heading="Last")
    first, second = add(digest, heading="First"), add(digest, heading="Second")
    page = read(client, "galley", digest)
    numbers = re.findall(r'id="entry-(\d+)-title"><span class="number">([\d.]+)</span>', page)
    assert numbers == [(str(first.pk), "1.1."), (str(second.pk), "1.2."), (str(late.pk), "2.1.")]


def test_saving_without_htmx_leads_back_to_the_entry(client, digest, entry, editor):
    answer = save(client, entry, "What it shows.", heading="A better heading")
    assert (answer.status_code, answer.url) == (302, f"{address('galley', digest)}#entry-{entry.pk}")
    entry.refresh_from_db()
    assert (entry.heading, entry.summary, entry.revision) == ("A better heading", "What it shows.", 1)
    assert entry.history.first().history_user == editor


def test_saving_by_htmx_answers_with_that_entry_and_the_problems(client, digest, entry):
    answer = save(client, entry, "What it shows.", headers=HTMX)
    page = text(answer)
    assert answer.headers["HX-Reswap"] == "none"  # fields in which somebody types are left alone
    assert "<textarea" not in page
    assert f'name="revision" id="revision-{entry.pk}" value="1" hx-swap-oob="true"' in page
    assert ">Saved <time" in page
    assert 'id="preflight"' in page
    assert "has no summary" not in page


def test_being_done_closes_the_entry(client, entry):
    page = text(save(client, entry, "What it *shows*.", headers=HTMX, done="1"))
    assert page.lstrip().startswith(f'<article class="slip" id="entry-{entry.pk}"')
    assert "<p>What it <em>shows</em>.</p>" in page
    assert "<textarea" not in page


@pytest.mark.parametrize("headers", [HTMX, None], ids=["htmx", "plain"])
def test_a_clash_shows_both_texts_and_loses_neither(client, digest, entry, publisher, headers):
    publishing.write_entry(entry, "", "Their words.", 0, editor=publisher)
    page = text(save(client, entry, "My words.", headers=headers))
    assert "publisher saved this while you were writing" in page
    assert ("<textarea" not in page) if headers else (">My words.</textarea>" in page)  # htmx leaves it where it is
    assert '<dd class="verbatim">Their words.</dd>' in page
    assert f'id="revision-{entry.pk}" value="0"' in page  # so that only “Save mine” overrides theirs
    assert 'name="over" value="1"' in page
    save(client, entry, "My words.")
    entry.refresh_from_db()
    assert entry.summary == "Their words."
    save(client, entry, "My words.", over=1)
    entry.refresh_from_db()
    assert entry.summary == "My words."


def test_saving_over_theirs_goes_over_no_later_text(client, digest, entry, publisher):
    publishing.write_entry(entry, "", "Their words.", 0, editor=publisher)
    publishing.write_entry(entry, "", "Their later words.", 1, editor=publisher)
    page = text(save(client, entry, "My words.", over=1, headers=HTMX))
    assert '<dd class="verbatim">Their later words.</dd>' in page
    entry.refresh_from_db()
    assert entry.summary == "Their later words."


def test_an_entry_taken_out_meanwhile_gives_the_text_back(client, digest, entry, editor):
    publishing.skip(digest.candidates.get(), editor=editor)
    answer = save(client, entry, "My words.")
    assert answer.status_code == 409
    assert ">My words.</textarea>" in text(answer)
    by_htmx = save(client, entry, "My words.", headers=HTMX)
    assert (by_htmx.status_code, "still here" in text(by_htmx)) == (409, True)


def test_a_heading_beyond_its_length_is_refused_with_the_text_kept(client, entry):
    page = text(save(client, entry, "My words.", heading="x" * 501, headers=HTMX))
    assert "The heading isn’t saved" in page
    assert "<textarea" not in page
    entry.refresh_from_db()
    assert entry.revision == 0


def test_a_form_without_its_revision_is_refused(client, entry):
    page = text(save(client, entry, "My words.", revision="", headers=HTMX))
    assert "isn’t saved" in page
    entry.refresh_from_db()
    assert entry.summary == ""


def test_taking_the_draft_keeps_what_was_typed_in_the_history(client, entry):
    data = {"heading": "Mine", "summary": "Typed.", "revision": 0}
    page = text(client.post(reverse("take_draft", args=[entry.pk]), data, headers=HTMX))
    assert "Saved" in page
    entry.refresh_from_db()
    assert (entry.heading, entry.summary) == ("Mine", "The machine’s draft.")
    assert "Typed." in entry.history.values_list("summary", flat=True)


def test_taking_the_draft_as_it_stands_is_one_revision(client, entry):
    data = {"heading": "", "summary": "The machine’s draft.", "revision": 0}
    client.post(reverse("take_draft", args=[entry.pk]), data)
    entry.refresh_from_db()
    assert (entry.summary, entry.revision) == ("The machine’s draft.", 1)


def test_taking_the_draft_over_a_text_not_seen_is_a_clash(client, entry, publisher):
    publishing.write_entry(entry, "", "Their words.", 0, editor=publisher)
    data = {"heading": "", "summary": "The machine’s draft.", "revision": 0}
    page = text(client.post(reverse("take_draft", args=[entry.pk]), data, headers=HTMX))
    assert "Their words." in page
    entry.refresh_from_db()
    assert entry.summary == "Their words."


def test_entries_move_up_and_down_and_to_another_section(client, digest):
    a, b, c = (add(digest) for _ in range(3))
    place = {one: reverse("place_entry", args=[one.pk]) for one in (a, b, c)}
    answer = client.post(place[c], {"step": "-1"})
    assert answer.url == f"{address('galley', digest)}#entry-{c.pk}"
    assert order(digest) == [a.pk, c.pk, b.pk]
    client.post(place[a], {"step": "1"}, headers=HTMX)
    assert order(digest) == [c.pk, a.pk, b.pk]
    progress = digest.sections.get(topic__slug="progress")
    page = text(client.post(place[b], {"section": progress.pk}, headers=HTMX))
    assert order(digest) == [b.pk, c.pk, a.pk]
    assert page.index(f'id="entry-{b.pk}"') < page.index(f'id="entry-{c.pk}"')
    assert digest.candidates.get(paper=b.paper).decided_topic == progress.topic
    client.post(place[b], {"step": "-1"})  # the first of all stays where it is
    assert order(digest) == [b.pk, c.pk, a.pk]


def test_a_step_beyond_a_sections_edge_leads_into_its_neighbour(client, digest):
    a, b = add(digest, "progress"), add(digest, "progress")
    c = add(digest, "training")
    for entry, step, expected in ((c, -1, "progress"), (c, 1, "training"), (b, 1, "training")):
        client.post(reverse("place_entry", args=[entry.pk]), {"step": step})
        entry.refresh_from_db()
        assert entry.section.topic.slug == expected
    assert order(digest) == [a.pk, b.pk, c.pk]


def test_an_entry_is_dropped_at_a_place_in_a_section(client, digest):
    a, b = add(digest, "progress"), add(digest, "progress")
    c = add(digest, "training")
    client.post(reverse("place_entry", args=[c.pk]), {"section": a.section.pk, "position": 1})
    assert order(digest) == [a.pk, c.pk, b.pk]
    client.post(reverse("place_entry", args=[a.pk]), {"section": a.section.pk, "position": 99})
    assert order(digest) == [c.pk, b.pk, a.pk]


@pytest.mark.parametrize("data", [{"section": "0"}, {"step": "9"}, {"step": "up"}])
def test_a_place_that_does_not_exist_is_refused(client, digest, entry, data):
    assert client.post(reverse("place_entry", args=[entry.pk]), data, headers=HTMX).status_code == 409
    assert order(digest) == [entry.pk]


def test_what_is_taken_out_can_be_put_back_with_its_words(client, digest, entry):
    save(client, entry, "My words.")
    decide = reverse("decide_in_galley", args=[digest.candidates.get().pk])
    answer = client.post(decide, {"verdict": "skip"}, follow=True)
    assert digest.entries.count() == 0
    assert "Put it back" in text(answer)
    page = text(client.post(decide, {"verdict": "pick"}, headers=HTMX))
    assert "<p>My words.</p>" in page
    assert digest.entries.get().summary == "My words."


def test_all_proposed_are_picked_and_all_drafts_taken(client, digest):
    for _ in range(2):
        add(digest, proposed=True, summary="", draft_summary="A draft.")
    assert "Pick all proposed (2)" in read(client, "galley", digest)
    page = text(client.post(address("pick_proposed", digest), headers=HTMX))
    assert "Picked 2 proposed papers." in page
    assert "Pick all proposed" not in page
    page = text(client.post(address("take_drafts", digest), follow=True))
    assert "Took 2 drafts as summaries." in page
    assert list(digest.entries.values_list("summary", flat=True)) == ["A draft.", "A draft."]


def test_the_front_is_saved_and_its_clash_shows_both(client, digest, publisher):
    front = {"headline": "Mine", "subtitle": "", "intro": "My intro.", "sign_off": "", "revision": 0}
    publishing.write_front(digest, "Theirs", "", "Their intro.", "", 0, editor=publisher)
    page = text(client.post(address("write_front", digest), front, headers=HTMX))
    assert "<p>My intro.</p>" in page
    assert '<dd class="verbatim">Their intro.</dd>' in page
    assert 'id="front-revision" value="0"' in page
    assert 'name="over" value="1"' in page
    page = text(client.post(address("write_front", digest), front))
    assert 'value="Mine"' in page
    assert "My intro.</textarea>" in page
    answer = client.post(address("write_front", digest), front | {"over": 1})
    assert answer.status_code == 302
    digest.refresh_from_db()
    assert (digest.headline, digest.intro) == ("Mine", "My intro.")


def test_a_front_without_a_headline_is_refused(client, digest):
    front = {"headline": " ", "subtitle": "", "intro": "Kept?", "sign_off": "", "revision": 0}
    answer = client.post(address("write_front", digest), front)
    assert answer.status_code == 400
    assert "A digest needs a headline." in text(answer)
    assert "Kept?" in text(answer)


def test_what_several_entries_lack_is_said_once_with_a_link_to_each(client, digest, entry):
    add(digest, "training", proposed=True)
    add(digest, "training", proposed=True)
    found = re.search(r"2 papers are only proposed: pick or skip each.(.*?)</li>", read(client, "galley", digest), re.S)
    numbers = re.findall(r'<a href="#entry-\d+">([\d.]+)</a>', found[1])
    assert numbers == ["1.1", "1.2"]


def test_each_problem_links_to_its_place_on_the_page(client, digest, entry):
    add(digest, "training", proposed=True)
    page = read(client, "galley", digest)
    anchors = re.findall(r'<li class="(?:error|warning)">\s*<a href="#([\w-]+)"', page)
    assert f"entry-{entry.pk}" in anchors
    assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_the_preview_shows_the_draft_as_readers_will_see_it(client, digest, entry):
    page = read(client, "preview", digest)
    assert "A preview that only the desk can see." in page
    assert digest.headline in page
    assert "The machine’s draft." in page
    assert "Table of contents" in page


def test_publishing_asks_first_and_says_what_will_happen(as_user, publisher, digest):
    add(digest)
    client = as_user(publisher)
    page = read(client, "publish", digest)
    assert "with 1 paper in 1 section, will be public at once" in page
    assert digest.get_absolute_url() in page
    assert not Digest.objects.published().exists()
    page = text(client.post(address("publish", digest), follow=True))
    assert "Published. The digest is public now." in page
    assert f'href="{digest.get_absolute_url()}"' in page
    assert as_user(None).get(digest.get_absolute_url()).status_code == 200


def test_publishing_is_refused_with_the_reasons(as_user, publisher, digest, entry):
    client = as_user(publisher)
    assert "1.1 has no summary" in read(client, "publish", digest)
    page = text(client.post(address("publish", digest), follow=True))
    assert "Not published: 1 to put right first." in page
    assert not Digest.objects.published().exists()


def test_an_editor_is_told_who_publishes(client, digest):
    page = read(client, "galley", digest)
    assert "Publishing is for people with that role." in page
    assert "Publish …" not in page


def test_a_published_digest_is_read_only(client, digest, publisher):
    entry = add(digest)
    publishing.publish_digest(digest, editor=publisher)
    page = read(client, "galley", digest)
    assert "read only here" in page
    assert "<textarea" not in page
    assert "The editor's summary." in page
    answer = save(client, entry, "Late words.")
    assert answer.status_code == 409
    assert "Late words." in text(answer)
    entry.refresh_from_db()
    assert entry.summary == "The editor's summary."


def test_an_editors_markup_is_never_run(client, digest, entry):
    save(client, entry, "</textarea><script>alert(1)</script>", heading='"><img src=x>')
    page = client.get(address("galley", digest)).content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page


def test_its_queries_do_not_grow_with_the_entries(client, digest, django_assert_max_num_queries):
    for slug in ("reasoning", "training"):
        for _ in range(6):
            add(digest, slug)
    with django_assert_max_num_queries(21):
        client.get(address("galley", digest))


def test_taking_a_digest_back_asks_first_and_hides_it_from_the_public(as_user, publisher, digest, entry):
    ours, public = as_user(publisher), as_user(None)
    ours.post(reverse("take_draft", args=[entry.pk]), {"heading": "", "summary": "", "revision": 0})
    ours.post(reverse("pick_proposed", args=["llm", digest.week]))
    ours.post(reverse("publish", args=["llm", digest.week]))
    assert public.get(digest.get_absolute_url()).status_code == 200
    asked = ours.get(reverse("withdraw", args=["llm", digest.week]))
    assert "will not be public any more" in asked.content.decode()
    assert public.get(digest.get_absolute_url()).status_code == 200
    done = ours.post(reverse("withdraw", args=["llm", digest.week]), follow=True)
    assert "Taken back" in done.content.decode()
    assert public.get(digest.get_absolute_url()).status_code == 404
    again = ours.post(reverse("withdraw", args=["llm", digest.week]), follow=True)
    assert "nothing to take back" in again.content.decode()


def test_a_mail_that_grows_too_long_is_warned_of(client, digest):
    for _ in range(4):
        add(digest, summary="Many words of no weight. " * 1_200)
    assert "The mail would have" in read(client, "galley", digest)
    digest.entries.update(summary="Few words.")
    assert "The mail would have" not in read(client, "galley", digest)


@pytest.mark.parametrize(("shown", "frame"), [("mail", "mail/preview/"), ("text", "mail/preview/?as=text")])
def test_the_preview_frames_the_mail_and_lets_it_do_nothing(client, digest, entry, shown, frame):
    answer = client.get(address("preview", digest), {"as": shown})
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
    page = text(answer)
    assert '<iframe class="mail-frame" sandbox="allow-popups"' in page
    assert frame in page
    framed = client.get(reverse("mail_preview", args=["llm", digest.week]))
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = framed.headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "script-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy


def test_the_preview_links_each_file(client, digest, entry):
    page = read(client, "preview", digest)
    for suffix in ("md", "html", "pdf", "epub", "docx"):
        assert f"galley.{suffix}" in page
