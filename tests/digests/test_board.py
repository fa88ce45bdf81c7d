"""The board by HTTP: what it lists, and what each verdict does to the page."""

import re

import pytest
from django.urls import reverse

from digests import publishing
from digests.models import Candidate, Digest
from tests.factories import CandidateFactory, DigestFactory, EntryFactory, PaperFactory

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


def counts(page: str) -> dict[str, str]:
    """The lists and the figures beside them, as a reader of the page sees them."""
    links = re.findall(r'<a href="\?list=([\w-]+)".*?class="counts">(.*?)</span></a>', page, re.DOTALL)
    return {key: " ".join(re.sub(r"<[^>]+>", "", figures).split()) for key, figures in links}


def shown(page: str) -> list[int]:
    return [int(key) for key in re.findall(r'<li class="card [a-z]+" id="c(\d+)"', page)]


def test_a_card_tells_what_the_paper_is_and_why_it_is_here(client, digest, candidate):
    page = client.get(board(digest, list="topic-reasoning")).content.decode()
    assert "<math" in page
    assert "Ada One, Bo Two, Cy Three, Di Four et al." in page
    assert "Eve Five" not in page
    assert "cs.CL cs.LG" in page
    assert f'href="https://arxiv.org/abs/{candidate.paper.arxiv_id}"' in page
    assert "LLM Reasoning, 81 % sure: near chain of thought" in page
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
    picked = CandidateFactory(digest=digest, suggested_topic=reasoning, verdict="picked")
    kinds["topic-reasoning"].append(picked)
    kinds["outside"].append(skipped)
    kinds |= {"proposed": [proposed], "topic-training": [proposed], "picked": [picked], "skipped": [skipped]}
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
        "unsorted": "1",
        "outside": "3",
        "picked": "1",
        "skipped": "1",
        "all": "9",
    }


def test_the_board_opens_at_the_first_list_that_holds_anything(client, digest, candidate):
    assert shown(client.get(board(digest)).content.decode()) == [candidate.pk]


def test_an_empty_list_says_so(client, digest):
    assert "Nothing is in this list." in client.get(board(digest, list="picked")).content.decode()


def test_a_title_that_is_not_in_this_list_may_be_looked_for_in_all(client, digest, candidate):
    page = client.get(board(digest, list="picked", q="solving")).content.decode()
    assert "No title here holds “solving”." in page
    assert '<a href="?list=all&amp;q=solving">Look in all lists</a>' in page
    assert shown(client.get(board(digest, list="all", q="solving")).content.decode()) == [candidate.pk]
    assert "Look in all lists" not in client.get(board(digest, list="all", q="zebra")).content.decode()


def test_a_card_without_a_suggested_topic_says_why_once(client, digest):
    CandidateFactory(digest=digest, topic_reasons=["between two topics"])
    CandidateFactory(digest=digest, scope="outside")
    page = client.get(board(digest, list="all")).content.decode()
    assert "<dd>between two topics</dd>" in page
    assert "<dd>outside the series</dd>" in page


def test_a_series_without_topics_says_what_is_missing(client, digest, series):
    CandidateFactory(digest=digest)
    assert "no topics yet" not in client.get(board(digest)).content.decode()
    series.topics.all().delete()
    page = client.get(board(digest)).content.decode()
    assert "This series has no topics yet" in page
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
    after = re.search(r'href="(\?list=topic-reasoning[^"]*after=\d+)"', page)[1].replace("&amp;", "&")
    more = client.get(board(digest) + after, headers=HTMX).content.decode()
    assert shown(more) == ranked[25:]
    assert "<html" not in more
    assert "Show more" not in more


def test_titles_are_filtered_by_their_words(client, digest, candidate, reasoning):
    CandidateFactory(digest=digest, suggested_topic=reasoning)
    page = client.get(board(digest, list="topic-reasoning", q="PROBLEMS solving")).content.decode()
    assert shown(page) == [candidate.pk]
    nothing = client.get(board(digest, list="topic-reasoning", q="zebra"), headers=HTMX).content.decode()
    assert "No title here holds “zebra”." in nothing


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
    assert page.lstrip().startswith('<li class="card picked"')
    assert shown(page) == [candidate.pk]
    assert counts(page)["topic-reasoning"] == "1 picked of 1"
    assert 'value="reconsider"' in page
    assert 'value="pick"' not in page
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
    assert "reconsiders" not in page
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
    with django_assert_max_num_queries(12):
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
