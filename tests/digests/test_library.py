"""A reader's library: saving, reading, tagging, taking along, leaving. Everybody's own, and nobody else's."""

import csv
import io
import json

import bibtexparser
import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.test import Client

from digests import library
from digests.models import Follow, ReadMark, SavedPaper, Subscriber, Tag
from tests.factories import PaperFactory, SubscriberFactory
from tests.page import Page


@pytest.fixture
def paper(db):
    return PaperFactory(arxiv_id="2311.12983", title="GAIA at 92\\% cost", authors=["Ana López", "T. Wolf"])


@pytest.fixture
def client(reader, as_user) -> Client:
    return as_user(reader)


@pytest.fixture
def other(db) -> User:
    return User.objects.create_user("other", "other@example.org", "secret-enough")


def save(client, arxiv_id="2311.12983", on="1", **headers):
    return client.post(f"/library/papers/{arxiv_id}/save/", {"on": on, "next": "/papers/2311.12983/"}, headers=headers)


def test_saving_puts_a_paper_on_the_shelf_once(client, paper, reader):
    assert save(client).url == "/papers/2311.12983/"
    save(client)
    assert [saved.paper for saved in SavedPaper.objects.of(reader)] == [paper]
    page = Page(client.get("/library/"))
    assert "GAIA at 92% cost" in page.texts("h2")
    assert "Ana López, T. Wolf" in page.text


def test_a_script_is_answered_in_json(client, paper):
    answer = save(client, accept="application/json")
    assert answer.json() == {"on": True}


def test_a_paper_that_galley_does_not_hold_cannot_be_saved(client, db):
    assert save(client, "2311.99999").status_code == 404


def test_a_form_leads_back_to_pages_of_this_site_only(client, paper):
    answer = client.post("/library/papers/2311.12983/save/", {"next": "https://example.com/"})
    assert answer.url == "/library/"


def test_the_paper_page_shows_what_is_saved_and_read(client, paper):
    save(client)
    client.post("/library/papers/2311.12983/read/")
    pressed = [one.attributes["aria-pressed"] for one in Page(client.get("/papers/2311.12983/")).all("button")
               if "data-mark" in one.attributes]  # fmt: skip
    assert pressed == ["true", "true"]
    client.post("/library/papers/2311.12983/read/", {"on": "0"})
    assert not ReadMark.objects.exists()


def test_a_full_library_says_so_and_takes_no_more(client, paper, monkeypatch):
    monkeypatch.setattr(library, "SAVED_AT_MOST", 1)
    save(client)
    more = PaperFactory()
    answer = save(client, more.arxiv_id, accept="application/json")
    assert answer.status_code == 409
    assert "Remove some first" in answer.json()["error"]
    assert SavedPaper.objects.count() == 1


def annotate(client, note="", tags=""):
    return client.post("/library/papers/2311.12983/notes/", {"note": note, "tags": tags})


def test_notes_and_tags_are_kept_and_found(client, paper):
    save(client)
    annotate(client, "Try  this on\r\nour data.", "Agents,  to   read ,agents")
    save(client, PaperFactory(title="Another").arxiv_id)
    assert [tag.name for tag in Tag.objects.all()] == ["agents", "to read"]
    for query in ("?tag=AGENTS", "?q=our+data", "?q=gaia"):
        page = Page(client.get("/library/" + query))
        assert page.texts("h2") == ["GAIA at 92% cost"], query
    assert Page(client.get("/library/?q=nothing+of+it")).texts("h2") == []


def test_a_tag_that_no_paper_has_any_more_is_gone(client, paper):
    save(client)
    annotate(client, tags="once")
    annotate(client, tags="")
    assert not Tag.objects.exists()


@pytest.mark.parametrize(
    ("note", "tags", "sentence"),
    [
        ("x" * 10_001, "", "A note holds 10,000 characters"),
        ("", "y" * 61, "A tag has at most 60 characters"),
        ("", ",".join(f"t{n}" for n in range(21)), "A paper takes 20 tags"),
    ],
)
def test_what_does_not_fit_is_refused_and_stays_in_the_form(client, paper, note, tags, sentence):
    save(client)
    page = annotate(client, note, tags).content.decode()
    assert sentence in page
    assert (note or tags) in page
    assert SavedPaper.objects.get().note == ""


def test_removing_can_be_undone_with_note_and_tags(client, paper, reader):
    save(client)
    annotate(client, "A note.", "agents")
    before = SavedPaper.objects.get().saved_at
    page = Page(client.post("/library/papers/2311.12983/remove/"))
    assert not SavedPaper.objects.exists()
    fields = {one.attributes["name"]: one.attributes["value"] for one in page.all("input") if one.inside.attributes.get("action", "").endswith("/restore/")}  # fmt: skip  # noqa: E501
    client.post("/library/papers/2311.12983/restore/", fields)
    saved = SavedPaper.objects.get()
    assert (saved.note, [tag.name for tag in saved.tags.all()], saved.saved_at) == ("A note.", ["agents"], before)


def test_unread_papers_can_be_shown_alone(client, paper):
    save(client)
    save(client, PaperFactory(title="Read already", arxiv_id="2311.00001").arxiv_id)
    client.post("/library/papers/2311.00001/read/")
    assert Page(client.get("/library/?unread")).texts("h2") == ["GAIA at 92% cost"]


def test_another_reader_sees_and_changes_nothing_of_it(client, paper, other, as_user):
    save(client)
    stranger = as_user(other)
    assert Page(stranger.get("/library/")).texts("h2") == []
    assert stranger.post("/library/papers/2311.12983/notes/", {"note": "mine"}).status_code == 404
    assert stranger.post("/library/papers/2311.12983/remove/").status_code == 404
    save(stranger, on="0")
    assert SavedPaper.objects.get().note == ""


def test_the_shelf_costs_the_same_queries_however_long(client, reader, django_assert_num_queries):
    def put(count):
        for _ in range(count):
            library.annotate(library.save_paper(PaperFactory(), reader=reader), note="n", tags="a, b")

    put(2)
    client.get("/library/")
    with django_assert_num_queries(9):
        client.get("/library/")
    put(30)
    with django_assert_num_queries(9):
        client.get("/library/")


# The browser's marks


def merge(client, sent):
    body = sent if isinstance(sent, str) else json.dumps(sent)
    return client.post("/library/merge/", body, content_type="application/json")


def test_what_a_browser_kept_is_added_to_what_the_library_has(client, paper, reader):
    newer = PaperFactory(arxiv_id="hep-th/9901001")
    library.save_paper(newer, reader=reader)
    sent = {
        "saved": {"2311.12983": "2026-11-20T08:00:00Z", "hep-th/9901001": "x", "9999.99999": "x"},
        "read": {"2311.12983": "2999-01-01T00:00:00Z"},
    }
    assert merge(client, sent).json() == {"saved": 1, "read": 1, "unknown": 1}
    assert merge(client, sent).json() == {"saved": 0, "read": 0, "unknown": 1}
    saved = SavedPaper.objects.get(paper=paper)
    assert saved.saved_at.isoformat() == "2026-11-20T08:00:00+00:00"
    assert ReadMark.objects.get().read_at.year < 2999


@pytest.mark.parametrize("sent", ["", "{", "[]", '{"saved": 3}', '{"saved": [1]}', "null"])
def test_marks_that_make_no_sense_are_refused(client, db, sent):
    answer = merge(client, sent)
    assert answer.status_code == 400
    assert "can’t be read" in answer.json()["error"]


def test_a_visit_begins_after_half_an_hour_away(client, reader, time_machine):
    def visit(instant):
        time_machine.move_to(instant, tick=False)
        return client.post("/library/visit/").json()["last_visit"]

    assert visit("2026-11-20T08:00:00Z") is None
    assert visit("2026-11-20T08:20:00Z") is None
    assert visit("2026-11-21T07:00:00Z") == "2026-11-20T08:20:00+00:00"
    assert visit("2026-11-21T07:10:00Z") == "2026-11-20T08:20:00+00:00"


# Taking along and leaving


def test_the_library_comes_along_as_bibtex_csv_and_json(client, paper):
    save(client)
    annotate(client, 'A "note"; of two\nlines', "a, b")
    row = next(csv.DictReader(io.StringIO(client.get("/library/library.csv").content.decode())))
    assert (row["arxiv_id"], row["title"], row["authors"]) == ("2311.12983", "GAIA at 92% cost", "Ana López; T. Wolf")
    assert (row["note"], row["tags"], row["read"]) == ('A "note"; of two\nlines', "a; b", "False")
    (told,) = json.loads(client.get("/library/library.json").content)
    assert (told["tags"], told["url"]) == (["a", "b"], "https://arxiv.org/abs/2311.12983")
    (entry,) = bibtexparser.parse_string(client.get("/library/library.bib").content.decode()).entries
    assert entry["eprint"] == "2311.12983"
    assert client.get("/library/library.exe").status_code == 404


def test_an_account_goes_with_everything(client, paper, reader):
    save(client)
    annotate(client, "A note.", "agents")
    client.post("/library/papers/2311.12983/read/")
    client.post("/library/follow/", {"author": paper.authors.first().pk})
    assert client.post("/library/delete-account/", {"sure": "yes"}).url == "/library/delete-account/"
    assert User.objects.filter(pk=reader.pk).exists()
    assert client.post("/library/delete-account/", {"sure": "delete"}).url == "/"
    for kept in (User.objects.filter(pk=reader.pk), SavedPaper.objects, Tag.objects, ReadMark.objects, Follow.objects):
        assert not kept.exists()
    assert client.get("/library/").context.get("page") is None  # signed out


def test_the_mail_to_a_proved_address_goes_with_its_account(client, reader, series):
    mine, other = SubscriberFactory(email=reader.email, series=series), SubscriberFactory(series=series)
    client.post("/library/delete-account/", {"sure": "delete"})
    assert Subscriber.objects.filter(pk=mine.pk).exists()  # anybody can name an address that isn't theirs

    again = User.objects.create_user("again", reader.email)
    EmailAddress.objects.create(user=again, email=again.email, verified=True, primary=True)
    client.force_login(again)
    assert "your address is forgotten" in Page(client.get("/library/delete-account/")).text
    client.post("/library/delete-account/", {"sure": "delete"})
    assert list(Subscriber.objects.all()) == [other]


def test_an_account_that_works_at_the_desk_stays(editor, as_user):
    answer = as_user(editor).post("/library/delete-account/", {"sure": "delete"}, follow=True)
    assert "role at the desk" in answer.content.decode()
    assert User.objects.filter(pk=editor.pk).exists()


def test_a_stranger_is_told_that_the_browser_keeps_it(db):
    page = Page(Client().get("/library/"))
    assert "This browser alone keeps what you save" in page.text
    assert page.inline_code == []
