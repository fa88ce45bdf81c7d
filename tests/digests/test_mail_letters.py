"""Every mail is what RFCs and mailboxes ask for: two parts that say the same, small enough, its subscriber's own."""

import re
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.utils import timezone

from digests import dispatch
from digests.export.document import build_document
from digests.mailing import press, queueing, sending
from digests.mailing.press import Press
from digests.models import Delivery, Digest, Entry, Mailing, Subscriber
from digests.models.mailings import MAIL_LIMIT
from tests.factories import PaperFactory, SubscriberFactory

HOSTILE = "</h3><script>alert(1)</script> $\\href{javascript:alert(1)}{x}$ GALLEY-SLOT-LEAVE \r\nBcc: eve@example.org"


class Markup(HTMLParser):
    """What stands in a mail's HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self._silent = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._silent += tag in ("style", "title", "head")

    def handle_endtag(self, tag):
        self._silent -= tag in ("style", "title", "head")

    def handle_data(self, data):
        if not self._silent:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    @property
    def links(self) -> list[str]:
        return [attributes.get("href", "") for tag, attributes in self.tags if tag == "a"]


@pytest.fixture
def mail_of(mail_server, series):
    """Send a digest to a subscriber over SMTP, and read what arrived strictly."""

    def send(digest: Digest, *, email: str = "ada@example.org", topics=(), **subscription):
        server = mail_server()
        options = {f"series__{name}": value for name, value in subscription.items()}
        SubscriberFactory(email=email, series=series, series__topics=list(topics), **options)
        mailing, _ = Mailing.objects.get_or_create(digest=digest)
        queueing.queue(digest)
        assert sending.send(mailing)["sent"] == 1
        content = server.received[-1].content
        return message_from_bytes(content, policy=policy.strict), content

    return send


@pytest.fixture
def roundup(published, series) -> Digest:
    """Two topics with a paper each, TeX, lists and links in them."""
    tex = PaperFactory(title=r"Solving $O(n^2)$ attention: \textbf{92\%} of $\alpha$", arxiv_id="2311.09999")
    digest = published(contents={"LLM Reasoning": [tex], "LLM Agents": ["Agents & tools"]})
    for section, slug in zip(digest.sections.all(), ("reasoning", "transformers"), strict=True):
        section.topic = series.topics.filter(slug=slug).first()
        section.save()
    digest.entries.filter(paper=tex).update(
        summary="It costs $O(n \\log n)$, **much** less.\n\n- one\n- [two](https://example.org/two)\n\n"
        ".A line that begins with a dot.\n\n."
    )
    return digest


def parts(message) -> tuple[str, str]:
    text, html = (message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html"))
    return text, html


def test_the_headers_are_those_of_a_list_that_can_be_left(mail_of, roundup, settings):
    settings.SITE_URL = "https://galley.example.org"
    settings.DEFAULT_FROM_EMAIL = "Galley <roundup@example.org>"
    message, content = mail_of(roundup)
    assert message["From"] == "Galley <roundup@example.org>"
    assert message["To"] == "ada@example.org"
    assert message["Subject"] == roundup.headline
    assert message["List-Id"].endswith("<llm.galley.example.org>")
    assert message["List-Archive"] == "<https://galley.example.org/llm/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Feedback-ID"] == "llm-2023-W47:llm:roundup:galley.example.org"
    assert message["Message-ID"].endswith("@galley.example.org>")
    assert message["Date"].datetime is not None
    assert not message.defects
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    body = content.partition(b"\r\n\r\n")[2]
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    content.decode("ascii")


def test_the_link_in_the_header_leaves_by_one_post(mail_of, roundup):
    message, _ = mail_of(roundup)
    link = re.fullmatch(r"<https?://[^/]+(/\S+)>", message["List-Unsubscribe"])[1]
    assert Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscriber.objects.get().state == "unsubscribed"


def test_a_mail_tried_again_is_the_same_mail(roundup, series):
    subscriber = SubscriberFactory(series=series)
    mailing = Mailing.objects.create(digest=roundup)
    delivery = Delivery.objects.create(mailing=mailing, subscriber=subscriber, queued_at=timezone.now())
    printer = Press(Digest.objects.with_contents().get())
    first, second = (printer.letter(delivery, subscriber, printer.choice(None)) for _ in range(2))
    assert first.headers["Message-ID"] == second.headers["Message-ID"]


def test_both_parts_say_the_same_and_tex_is_unicode_in_both(mail_of, roundup):
    text, html = parts(mail_of(roundup)[0])
    shown = Markup(html).text
    for words in ("Solving O(n²) attention: 92% of α", "It costs O(n logn), much less.", "Agents & tools", "two"):
        assert words in " ".join(text.split()), words
        assert words in shown, words
    for part in (text, html):
        assert "$" not in part
        assert "\\" not in part
        assert "**" not in part
        assert "GALLEY-SLOT" not in part
    assert "\n.A line that begins with a dot." in text
    assert "\n- one\n" in text


def test_every_link_is_absolute_and_alive(mail_of, roundup):
    text, html = parts(mail_of(roundup)[0])
    links = Markup(html).links
    own = [link for link in links if link.startswith("http://localhost:8000/")]
    assert all(re.match(r"https?://", link) for link in links)
    assert {link for link in links if link not in own} == {
        "https://example.org/two",
        *(entry.paper.abstract_url for entry in Entry.objects.select_related("paper")),
    }
    page = Client().get("/llm/2023/w47/").content.decode()
    for link in own:
        path, _, anchor = link.removeprefix("http://localhost:8000").partition("#")
        assert Client().get(path).status_code == 200, link
        assert not anchor or f'id="{anchor}"' in page, link
    for link in own:
        if "/mail/" in link:
            assert link in text


def test_nothing_is_fetched_run_or_counted(mail_of, roundup):
    _, html = parts(mail_of(roundup)[0])
    names = {tag for tag, _ in Markup(html).tags}
    assert names.isdisjoint({"img", "script", "link", "iframe", "form", "object", "svg", "math"})
    assert "url(" not in html
    assert "@import" not in html
    assert len(re.findall(r"<style", html)) == 1
    assert "prefers-color-scheme: dark" in html
    assert all(
        "style" in attributes
        for tag, attributes in Markup(html).tags
        if tag in ("h1", "h2", "h3", "td", "p") and attributes.get("height") is None
    )


def test_a_subscriber_gets_the_chosen_topics_and_links_to_the_others(mail_of, roundup, series):
    text, html = parts(mail_of(roundup, topics=[series.topics.get(slug="transformers")])[0])
    assert "Agents & tools" in text
    assert "Solving" not in text
    assert "Solving" not in html
    assert "LLM Reasoning (1)" in text
    assert "http://localhost:8000/llm/2023/w47/#1-llm-reasoning" in Markup(html).links


def test_what_a_subscriber_put_first_comes_first(mail_of, roundup, series):
    text, html = parts(mail_of(roundup, first_topic=series.topics.get(slug="transformers"))[0])
    for part in (text, Markup(html).text):
        assert part.index("Agents & tools") < part.index("Solving")


def test_a_week_without_the_chosen_topics_says_so_in_a_short_mail(mail_of, roundup, series):
    other = series.topics.exclude(slug__in=["transformers", "reasoning"]).first()
    text, html = parts(mail_of(roundup, topics=[other])[0])
    assert "have nothing this week" in text
    assert "Solving" not in html
    assert "LLM Agents (1)" in text


def test_a_long_digest_is_shortened_entry_by_entry_and_never_cut(mail_of, published):
    digest = published(contents={"LLM Reasoning": [f"Paper {number}" for number in range(40)]})
    long = "\n\n".join(
        f"Paragraph {number} of a *long* summary. " + "Words and more words. " * 30 for number in range(5)
    )
    digest.entries.update(summary=long)
    message, content = mail_of(digest)
    assert len(content) <= MAIL_LIMIT
    text, html = parts(message)
    for number in range(40):
        assert f"1.{number + 1}. Paper {number}\n" in text
    assert html.count("Read on<") == text.count("Read on:") == 40
    assert "http://localhost:8000/llm/2023/w47/#1.40" in Markup(html).links
    assert html.rstrip().endswith("</html>")
    assert "Paragraph 0 of a" in text


def test_even_a_digest_of_a_thousand_papers_is_one_mail(published, mail_of):
    digest = published(contents={"LLM Reasoning": [f"{'A rather long title, ' * 5}{number}" for number in range(300)]})
    message, content = mail_of(digest)
    assert len(content) <= MAIL_LIMIT
    assert "more papers on the web" in parts(message)[0]


def test_hostile_words_stay_words(mail_of, published):
    digest = published(contents={HOSTILE[:180]: [PaperFactory(title=HOSTILE)]}, headline=HOSTILE, subtitle=HOSTILE)
    digest.entries.update(summary=HOSTILE + "\n\n[a](javascript:alert(1))")
    message, _ = mail_of(digest)
    assert message["Bcc"] is None
    assert press.whole_size(build_document(Digest.objects.with_contents().get())) > 0  # which preflight asks for
    _, html = parts(message)
    assert "<script" not in html
    assert not any(link.startswith("javascript") for link in Markup(html).links)


def test_letters_beyond_ascii_arrive(mail_of, published):
    digest = published(
        contents={"Ünïcode": ["Größe, 数学 und α"]}, headline="Wöchentlich: 数学", sign_off="Bis bald – 😀"
    )
    message, _ = mail_of(digest)
    assert message["Subject"] == "Wöchentlich: 数学"
    text, html = parts(message)
    assert "Größe, 数学 und α" in text
    assert "😀" in Markup(html).text


def test_other_backends_send_the_same_mail(roundup, series, settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "digests.outbox.OutboxBackend", str(tmp_path)
    SubscriberFactory(email="ada@example.org", series=series)
    mailing = Mailing.objects.create(digest=roundup)
    queueing.queue(roundup)
    assert sending.send(mailing)["sent"] == 1
    message = message_from_bytes(next(tmp_path.glob("*.eml")).read_bytes(), policy=policy.default)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Message-ID"].startswith(f"<{Delivery.objects.get().pk}.")
    text, html = parts(message)
    assert "Solving O(n²)" in text
    assert "Solving O(n²)" in Markup(html).text


def test_a_test_mail_says_so_and_holds_no_subscribers_links(roundup, editor, mailoutbox):
    dispatch.send_test(Digest.objects.with_contents().get(), to=editor)
    (message,) = mailoutbox
    assert message.subject.startswith("[TEST] ")
    assert message.to == [editor.email]
    assert "/mail/leave/" not in message.body
    assert Delivery.objects.count() == 0


def test_each_choice_of_topics_is_rendered_once(mail_server, roundup, series, monkeypatch):
    printed = []
    real = press.print_sheet
    monkeypatch.setattr(
        press, "print_sheet", lambda *args, **options: printed.append(args[1]) or real(*args, **options)
    )
    mail_server()
    for number in range(6):
        topics = [series.topics.get(slug="transformers")] if number % 2 else []
        SubscriberFactory(series=series, series__topics=topics)
    mailing = Mailing.objects.create(digest=roundup)
    queueing.queue(roundup)
    sending.send(mailing)
    assert sorted(printed) == [(1, 2), (2,)]


def test_of_many_authors_it_names_six_and_says_that_there_are_more(published, mail_of) -> None:
    six = ["A. One", "B. Two", "C. Three", "D. Four", "E. Five", "F. Six"]
    crowd, few = PaperFactory(authors=[*six, "G. Seven"]), PaperFactory(authors=six)
    mail, _ = mail_of(published(contents={"LLM Reasoning": [crowd, few]}))
    lines = mail.get_body(("plain",)).get_content().splitlines()
    assert [line.partition("E. Five, ")[2] for line in lines if "F. Six" in line] == ["F. Six, et al.", "F. Six"]
    shown = Markup(mail.get_body(("html",)).get_content()).text
    assert shown.count("F. Six, et al. · arXiv") == 1
    assert shown.count("F. Six · arXiv") == 1
