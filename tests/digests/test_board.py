"""The board by HTTP: what it lists, and what each verdict does to the page."""

import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from digests import publishing
from digests.models import Candidate, Digest
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, PaperFactory
from tracker.models import Embedding, Paper
from tracker.vectors import pack

HTMX = {"HX-Request": "true"}


@pytest.fixture
def reasoning(series):
    return series.topics.get(slug="reasoning")


@pytest.fixture
def candidate(digest, reasoning) -> Candidate:
    return CandidateFactory(
        digest=digest,
        suggested_topic=reasoning,
        topic_score=0.81,
        margin=0.3,
        topic_reasons=["near chain of thought"],
        importance=0.73,
        importance_reasons=["code released"],
        paper=PaperFactory(
            title=r"Solving $x^2$ problems",
            abstract=r"We reach 92\% of $O(n)$.",
            authors=["Ada One", "Bo Two", "Cy Three", "Di Four", "Eve Five"],
            categories=["cs.CL", "cs.LG"],
        ),
    )


@pytest.fixture
def client(as_user, editor):
    return as_user(editor)


def board(digest, **query) -> str:
    return reverse("board", args=[digest.series.slug, digest.week], query=query)


def decide(candidate) -> str:
    return reverse("decide", args=[candidate.pk])


def undo(digest) -> str:
    return reverse("undo", args=[digest.series.slug, digest.week])


def counts(page: str) -> dict[str, str]:
    """The lists and the figures beside them, as a reader of the page sees them."""
    links = re.findall(r'<a href="\?list=([\w-]+)[^"]*"[^>]*><span>.*?class="counts">(.*?)</span></a>', page, re.DOTALL)
    return {key: " ".join(re.sub(r"<[^>]+>", "", figures).split()) for key, figures in links}


def shown(page: str) -> list[int]:
    return [int(key) for key in re.findall(r'<li class="card" id="c(\d+)"', page)]


def test_a_card_tells_what_the_paper_is_and_why_it_is_here(client, digest, candidate):
    page = client.get(board(digest, list="topic-reasoning")).content.decode()
    assert "<math" in page
    assert "Ada One, Bo Two, Cy Three, Di Four et al." in page
    assert "Eve Five" not in page
    assert "cs.CL cs.LG" in page
    assert f'href="https://arxiv.org/abs/{candidate.paper.arxiv_id}"' in page
    told = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "LLM Reasoning, 81 % sure, 30 ahead of the next: near chain of thought" in told
    assert "code released" in page
    assert ">73</p>" in page
    assert "92% of" in page


def test_each_list_holds_what_belongs_to_it_and_says_how_many(client, digest, series, reasoning):
    kinds = {
        "topic-reasoning": [
            CandidateFactory(digest=digest, suggested_topic=reasoning),
            CandidateFactory(digest=digest, decided_topic=reasoning, scope="outside"),
            CandidateFactory(digest=digest, suggested_topic=series.topics.first(), decided_topic=reasoning),
        ],
        "unsorted": [CandidateFactory(digest=digest)],
        "outside": [CandidateFactory(digest=digest, scope="outside"), CandidateFactory(digest=digest, scope="outside")],
    }
    proposed = CandidateFactory(digest=digest, suggested_topic=series.topics.get(slug="training"), proposed=True)
    skipped = CandidateFactory(digest=digest, scope="outside", verdict="skipped")
    maybe = CandidateFactory(digest=digest, verdict="maybe", added_at=timezone.now())
    picked = CandidateFactory(digest=digest, suggested_topic=reasoning, verdict="picked")
    kinds["topic-reasoning"].append(picked)
    kinds["outside"].append(skipped)
    kinds["unsorted"].append(maybe)
    kinds |= {"proposed": [proposed], "topic-training": [proposed], "picked": [picked], "skipped": [skipped]}
    kinds |= {"maybe": [maybe], "added": [maybe]}
    kinds["all"] = [proposed, *kinds["topic-reasoning"], *kinds["unsorted"], *kinds["outside"]]
    CandidateFactory(digest=DigestFactory(series=series, week_start=digest.week.next.monday), proposed=True)
    for key, candidates in kinds.items():
        page = client.get(board(digest, list=key)).content.decode()
        assert set(shown(page)) == {candidate.pk for candidate in candidates}, key
    assert counts(page) == {
        "proposed": "1",
        "topic-progress": "0",
        "topic-training": "1",
        "topic-finetuning": "0",
        "topic-reasoning": "1 picked of 4",
        "topic-responsible": "0",
        "topic-transformers": "0",
        "unsorted": "2",
        "outside": "3",
        "added": "1",
        "picked": "1",
        "maybe": "1",
        "skipped": "1",
        "all": "10",
    }


def test_the_board_opens_at_the_first_list_that_holds_anything(client, digest, candidate):
    assert shown(client.get(board(digest)).content.decode()) == [candidate.pk]


def test_an_empty_list_says_so(client, digest):
    assert "Nothing is in this list." in client.get(board(digest, list="picked")).content.decode()


def test_a_title_that_is_not_in_this_list_may_be_looked_for_in_all(client, digest, candidate):
    page = client.get(board(digest, list="picked", q="solving")).content.decode()
    assert "Nothing in this list fits the filter." in page
    assert '<a href="?list=all&amp;q=solving">Look in all lists</a>' in page
    assert counts(page)["topic-reasoning"] == "1"
    assert shown(client.get(board(digest, list="all", q="solving")).content.decode()) == [candidate.pk]
    assert "Look in all lists" not in client.get(board(digest, list="all", q="zebra")).content.decode()


def test_a_card_without_a_suggested_topic_says_why_once(client, digest):
    CandidateFactory(digest=digest, topic_reasons=["between two topics"])
    CandidateFactory(digest=digest, scope="outside")
    page = client.get(board(digest, list="all")).content.decode()
    assert "<dd>none sure enough: between two topics</dd>" in page
    assert "<dd>off the series’ subject</dd>" in page


def test_a_series_without_topics_says_what_is_missing(client, digest, series, as_user, administrator):
    CandidateFactory(digest=digest)
    assert "no topics yet" not in client.get(board(digest)).content.decode()
    series.topics.all().delete()
    page = client.get(board(digest)).content.decode()
    assert "This series has no topics yet" in page
    assert "Add some" not in page  # an editor can't
    administrated = as_user(administrator).get(board(digest)).content.decode()
    assert f'<a href="{reverse("edit_series", args=["llm"])}">Add some</a>' in administrated
    assert "Put under" not in page


@pytest.mark.parametrize("query", [{"list": "nonsense"}, {"after": "nonsense"}, {"after": "999999"}])
def test_an_unknown_list_or_place_is_not_found(client, digest, candidate, query):
    assert client.get(board(digest, **query)).status_code == 404


def test_a_week_without_a_digest_is_not_found(client, series):
    assert client.get("/desk/llm/2023/w48/").status_code == 404


def test_cards_come_25_at_a_time_ranked_and_none_is_missed_while_others_leave_the_list(
    client, digest, series, reasoning, editor
):
    rows = [CandidateFactory(digest=digest, suggested_topic=reasoning, importance=0.5) for _ in range(28)]
    best = CandidateFactory(digest=digest, suggested_topic=reasoning, importance=0.9)
    unknown = CandidateFactory(digest=digest, suggested_topic=reasoning, importance=None)
    ranked = [best.pk, *(row.pk for row in rows), unknown.pk]
    page = client.get(board(digest, list="topic-reasoning")).content.decode()
    assert shown(page) == ranked[:25]
    for row in rows[:5]:  # they leave the list before its continuation is asked for
        publishing.move(row, series.topics.first(), editor=editor)
    after = re.search(r'href="([^"]*list=topic-reasoning[^"]*after=\d+)"', page)[1].replace("&amp;", "&")
    more = client.get(after, headers=HTMX).content.decode()
    assert shown(more) == ranked[25:]
    assert "<html" not in more
    assert "Show more" not in more


@pytest.mark.parametrize("words", ["PROBLEMS solving", "reach 92", "bo two", "solving CY", "2311.1"])
def test_papers_are_found_by_title_abstract_authors_and_id(client, digest, candidate, reasoning, words):
    other = PaperFactory(arxiv_id="2401.00001", title="Else", abstract="Nothing.", authors=["Zo Nine"])
    CandidateFactory(digest=digest, suggested_topic=reasoning, paper=other)
    page = client.get(board(digest, list="topic-reasoning", q=words)).content.decode()
    assert shown(page) == [candidate.pk]
    nothing = client.get(board(digest, list="topic-reasoning", q="zebra"), headers=HTMX).content.decode()
    assert "Nothing in this list fits the filter." in nothing


def test_filters_combine_and_stand_in_the_address(client, digest, candidate, reasoning):
    """One candidate passes; four others fail one filter each."""
    candidate.margin, candidate.verdict = 0.1, "maybe"
    candidate.save()
    told = {"digest": digest, "suggested_topic": reasoning, "margin": 0.1, "verdict": "maybe"}

    def paper() -> Paper:
        return PaperFactory(title="Solving", categories=["cs.LG"])

    CandidateFactory(**told | {"margin": 0.3}, paper=paper())
    CandidateFactory(**told | {"verdict": "skipped"}, paper=paper())
    CandidateFactory(**told, paper=PaperFactory(title="Solving", categories=["cs.AI"]))
    CandidateFactory(**told, paper=PaperFactory(title="Else", categories=["cs.LG"]))
    wanted = {"verdict": "maybe", "category": "cs.LG", "margin": "low", "q": "solving"}
    answer = client.get(board(digest, list="topic-reasoning", sort="importance", **wanted), headers=HTMX)
    page = answer.content.decode()
    assert shown(page) == [candidate.pk]
    assert counts(page)["topic-reasoning"] == counts(page)["all"] == "1"
    clean = "?list=topic-reasoning&verdict=maybe&category=cs.LG&margin=low&q=solving"
    assert json.loads(answer["HX-Trigger"]) == {"filtered": {"address": board(digest) + clean}}
    whole = client.get(board(digest) + clean).content.decode()
    assert shown(whole) == [candidate.pk]
    assert re.search(r'<option value="maybe" selected>', whole)
    assert re.search(r"<option selected>cs.LG</option>", whole)
    assert "checked" in re.search(r'<input type="checkbox" name="margin"[^>]*>', whole)[0]
    assert "?list=topic-training&amp;verdict=maybe&amp;category=cs.LG" in whole


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("importance", "first second third none"),
        ("margin", "third first second none"),
        ("newest", "none third first second"),
    ],
)
def test_a_list_is_sorted_by_importance_margin_or_day_whatever_lacks(client, digest, reasoning, sort, order):
    rows = {
        "first": {"importance": 0.9, "margin": 0.5, "day": "2023-11-21"},
        "second": {"importance": 0.8, "margin": 0.6, "day": "2023-11-21"},
        "third": {"importance": 0.1, "margin": 0.1, "day": "2023-11-22"},
        "none": {"importance": None, "margin": None, "day": "2023-11-23"},
    }
    made = {
        name: CandidateFactory(
            digest=digest,
            suggested_topic=reasoning,
            importance=row["importance"],
            margin=row["margin"],
            paper=PaperFactory(announced_on=row["day"]),
        ).pk
        for name, row in rows.items()
    }
    page = client.get(board(digest, list="topic-reasoning", sort=sort)).content.decode()
    assert shown(page) == [made[name] for name in order.split()]


def test_near_duplicates_fold_into_one_card_that_opens_to_the_others(client, digest, reasoning, series):
    best = CandidateFactory(digest=digest, suggested_topic=reasoning, importance=0.9, cluster=7)
    twin = CandidateFactory(
        digest=digest, suggested_topic=reasoning, importance=0.5, cluster=7, paper=PaperFactory(title="Its twin")
    )
    far = CandidateFactory(digest=digest, suggested_topic=series.topics.get(slug="training"), importance=0.4, cluster=7)
    single = CandidateFactory(digest=digest, suggested_topic=reasoning, importance=0.8, cluster=8)
    CandidateFactory(digest=DigestFactory(series=series, week_start=digest.week.next.monday), cluster=7)
    page = client.get(board(digest, list="topic-reasoning")).content.decode()
    assert shown(page) == [best.pk, single.pk]
    assert page.count("2 more nearly the same") == 1
    assert f'id="c{twin.pk}-skip"' in page
    assert f'id="c{far.pk}-skip"' in page
    alone = client.get(board(digest, list="topic-training")).content.decode()
    assert shown(alone) == [far.pk]
    assert client.post(decide(twin), {"verdict": "skip"}, headers=HTMX).status_code == 200
    assert shown(client.get(board(digest, list="skipped")).content.decode()) == [twin.pk]


def test_a_card_says_where_an_earlier_digest_had_the_paper(client, digest, candidate, published):
    published("2023-W45", {"LLM Training": ["One"], "LLM Reasoning": ["Two", candidate.paper]})
    page = client.get(board(digest, list="topic-reasoning")).content.decode()
    assert '<a href="/llm/2023/w45/#2.2">in 2023-W45, 2.2</a>' in page
    assert "in 2023-W45" not in client.get(board(digest, list="all", q="zebra")).content.decode()


def test_a_card_opens_to_the_abstract_its_links_and_what_was_covered_of_the_like(client, digest, candidate, published):
    like, unlike = PaperFactory(title="Much the same"), PaperFactory(title="Quite another")
    published("2023-W45", {"LLM Reasoning": [unlike, like]})
    for paper, row in ((candidate.paper, [1.0, 0.0]), (like, [0.9, 0.436]), (unlike, [0.0, 1.0])):
        Embedding.objects.create(
            paper=paper, model_name="all-MiniLM-L6-v2", vector=pack([row])[0], text_hash=paper.text_hash
        )
    address = reverse("candidate", args=[candidate.pk])
    part = client.get(address, headers=HTMX).content.decode()
    assert "<html" not in part
    assert "<math" in part
    assert f'href="https://arxiv.org/html/{candidate.paper.arxiv_id}"' in part
    assert '<a href="/llm/2023/w45/#1.2">in 2023-W45, 1.2</a> (0.90)' in part
    assert "Quite another" not in part
    whole = client.get(address).content.decode()
    assert part.strip()[:200] in whole
    assert f'id="c{candidate.pk}-pick"' in whole


def test_a_paper_without_a_vector_opens_all_the_same(client, candidate, published):
    published("2023-W45")
    assert "Already covered" not in client.get(reverse("candidate", args=[candidate.pk]), headers=HTMX).content.decode()


@pytest.mark.parametrize(("verb", "verdict"), [("pick", "picked"), ("skip", "skipped"), ("maybe", "maybe")])
def test_a_verdict_without_htmx_leads_back_to_the_card(client, digest, candidate, editor, verb, verdict):
    here = board(digest, list="topic-reasoning", q="x")
    answer = client.post(decide(candidate), {"verdict": verb, "next": here})
    assert (answer.status_code, answer.url) == (302, f"{here}#c{candidate.pk}")
    candidate.refresh_from_db()
    assert (candidate.verdict, candidate.decided_by) == (verdict, editor)


def test_a_verdict_by_htmx_changes_only_the_card_and_the_counts(client, digest, candidate):
    answer = client.post(decide(candidate), {"verdict": "pick", "list": "topic-reasoning"}, headers=HTMX)
    page = answer.content.decode()
    assert page.lstrip().startswith(f'<div class="controls picked" id="c{candidate.pk}-controls"')
    assert shown(page) == []
    assert counts(page)["topic-reasoning"] == "1 picked of 1"
    assert 'value="reconsider" data-verb="pick"' in page
    assert 'value="pick"' not in page
    assert "<strong>1</strong> of 14 papers" in page
    assert len(page) < 6_000
    assert re.search(r'id="announcement"[^>]*>Picked: Solving', page)


def test_moving_puts_the_card_under_another_topic_and_back(client, digest, candidate, series):
    training = series.topics.get(slug="training")
    page = client.post(decide(candidate), {"topic": training.pk}, headers=HTMX).content.decode()
    assert "moved to LLM Training" in page
    candidate.refresh_from_db()
    assert candidate.decided_topic == training
    client.post(decide(candidate), {"topic": ""}, headers=HTMX)
    candidate.refresh_from_db()
    assert candidate.decided_topic is None


def test_an_unsorted_paper_is_picked_for_a_topic_at_a_stroke(client, digest, reasoning):
    lost = CandidateFactory(digest=digest)
    page = client.post(decide(lost), {"pick_under": reasoning.pk}, headers=HTMX).content.decode()
    assert "Picked for LLM Reasoning" in page
    lost.refresh_from_db()
    assert (lost.verdict, lost.decided_topic) == ("picked", reasoning)
    client.post(undo(digest), headers=HTMX)
    lost.refresh_from_db()
    assert (lost.verdict, lost.decided_topic) == ("undecided", None)


def test_an_unsorted_paper_offers_topics_but_no_pick(client, digest):
    lost = CandidateFactory(digest=digest)
    page = client.get(board(digest, list="unsorted")).content.decode()
    assert 'value="pick"' not in page
    answer = client.post(decide(lost), {"verdict": "pick"}, headers=HTMX)
    assert answer.status_code == 409
    assert "move it to one" in answer.content.decode()
    page = client.post(decide(lost), {"verdict": "pick"}, follow=True).content.decode()
    assert "move it to one" in page


@pytest.mark.parametrize("data", [{}, {"verdict": "destroy"}, {"topic": "0"}, {"topic": "zebra"}])
def test_a_malformed_action_is_refused_and_changes_nothing(client, candidate, data):
    assert client.post(decide(candidate), data, headers=HTMX).status_code == 409
    candidate.refresh_from_db()
    assert (candidate.verdict, candidate.decided_at) == ("undecided", None)


def test_a_form_never_leads_off_the_site(client, digest, candidate):
    answer = client.post(decide(candidate), {"verdict": "skip", "next": "https://elsewhere.example/"})
    assert answer.url == f"{board(digest)}#c{candidate.pk}"


def test_verdicts_are_not_given_by_get(client, candidate):
    assert client.get(decide(candidate)).status_code == 405


def test_a_published_digests_board_offers_no_actions(client, digest, candidate):
    digest.status, digest.published_at = Digest.Status.PUBLISHED, "2023-11-27T08:00Z"
    digest.save()
    page = client.get(board(digest, list="topic-reasoning")).content.decode()
    assert shown(page) == [candidate.pk]
    assert "<form method" not in page.partition('id="cards"')[2].partition("</ol>")[0]
    assert "Undo" not in page
    assert client.post(decide(candidate), {"verdict": "pick"}, headers=HTMX).status_code == 409
    assert "<h2>Picked</h2>" in client.get(board(digest)).content.decode()


def test_a_title_from_arxiv_is_never_markup(client, digest, reasoning):
    paper = PaperFactory(title="<script>alert(1)</script>", abstract="<b>bold</b>", authors=["<i>Eve</i>"])
    CandidateFactory(digest=digest, suggested_topic=reasoning, paper=paper, topic_reasons=["<u>x</u>"])
    page = client.get(board(digest, list="topic-reasoning")).content.decode()
    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert "<i>Eve" not in page
    assert "<u>x" not in page


def test_its_queries_do_not_grow_with_the_cards(client, digest, reasoning, django_assert_max_num_queries):
    for _ in range(26):
        CandidateFactory(digest=digest, suggested_topic=reasoning)
    with django_assert_max_num_queries(24):
        assert len(shown(client.get(board(digest, list="topic-reasoning")).content.decode())) == 25


def test_a_verdict_costs_few_queries_whatever_the_week(
    client, digest, candidate, reasoning, django_assert_max_num_queries
):
    for _ in range(30):
        section = digest.sections.get(topic=reasoning)
        row = CandidateFactory(digest=digest, suggested_topic=reasoning, verdict="picked")
        EntryFactory(section=section, paper=row.paper, position=section.entries.count())
    with django_assert_max_num_queries(32):
        client.post(decide(candidate), {"verdict": "pick"}, headers=HTMX)


# Undo, by HTTP


def test_undo_by_htmx_changes_the_card_the_counts_and_the_offer(client, digest, candidate, reasoning):
    other = CandidateFactory(digest=digest, suggested_topic=reasoning)
    client.post(decide(other), {"verdict": "skip"}, headers=HTMX)
    page = client.post(decide(candidate), {"verdict": "pick"}, headers=HTMX).content.decode()
    assert "Undo<span" in page
    assert "picked: Solving" in page
    answer = client.post(undo(digest), {"list": "topic-reasoning"}, headers=HTMX)
    page = answer.content.decode()
    assert f'<div class="controls undecided" id="c{candidate.pk}-controls" hx-swap-oob="true">' in page
    assert counts(page)["picked"] == "0"
    assert re.search(r'id="announcement"[^>]*>Undone: Picked: Solving', page)
    assert f'"card": "c{candidate.pk}"' in answer["HX-Trigger"]
    assert "skipped: " in page  # what undo would take back next


def test_undo_without_htmx_leads_back_to_the_card(client, digest, candidate):
    here = board(digest, list="topic-reasoning")
    client.post(decide(candidate), {"verdict": "skip", "next": here})
    answer = client.post(undo(digest), {"next": here})
    assert answer.url == f"{here}#c{candidate.pk}"
    assert "Undone: Skipped: Solving" in client.get(here).content.decode()


def test_undo_with_nothing_to_undo_says_so(client, digest, candidate):
    answer = client.post(undo(digest), headers=HTMX)
    assert answer.status_code == 409
    assert "There is nothing of yours left to undo here" in answer.content.decode()
    assert re.search(r'<button[^>]*id="undo" disabled', client.get(board(digest)).content.decode())


def test_undo_tells_what_a_colleague_decided_since(client, digest, candidate, publisher):
    client.post(decide(candidate), {"verdict": "skip"}, headers=HTMX)
    publishing.pick(candidate, editor=publisher)
    page = client.post(undo(digest), headers=HTMX).content.decode()
    assert "Not undone: publisher has decided on “Solving" in page
    assert "It stays picked." in page
    candidate.refresh_from_db()
    assert (candidate.verdict, candidate.decided_by) == ("picked", publisher)


def test_the_words_of_what_is_picked_run_against_the_target(client, digest, reasoning, series):
    series.target_words = 40
    series.save()
    for verdict, summary, draft in (
        ("picked", "One two three.", "x"),
        ("picked", "", "four five"),
        ("maybe", "six", ""),
    ):
        row = CandidateFactory(digest=digest, suggested_topic=reasoning, verdict=verdict)
        section = digest.sections.get(topic=reasoning)
        EntryFactory(section=section, paper=row.paper, summary=summary, draft_summary=draft)
    page = client.get(board(digest)).content.decode()
    assert '<meter min="0" max="40" value="5"' in page
    assert "1 maybe</a>" in page
