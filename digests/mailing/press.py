"""A digest as mail: one sheet for each choice of sections that subscribers made, rendered when it is first needed."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import css_inline
from django.conf import settings
from django.template.loader import get_template, render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from digests.export import wording
from digests.export.document import Document, DocumentEntry, DocumentSection, build_document
from digests.mailing import tokens
from digests.mailing.clicks import counted
from digests.mailing.letters import Letter, Sheet, Slot
from digests.mailing.shortening import shorten
from digests.markdown import Blocks, blocks_to_plain
from digests.markdown.html import HtmlWriter, words_for_math
from digests.models import Delivery, Digest, Subscriber, Subscription
from digests.models.mailings import MAIL_LIMIT

# Characters of each summary, tried one after the other until the mail is small enough.
_SUMMARY_LIMITS = (100_000, 2000, 1400, 1000, 700, 450, 250, 120, 0)
_FEWER_ENTRIES = (40, 20, 10, 5, 2)  # of each section, where even headings are too many
_SHEETS_KEPT = 128

Choice = tuple[int, ...]  # numbers of the document's sections, in the order of the mail

_WRITER = HtmlWriter(math=words_for_math)


@dataclass(frozen=True)
class MailEntry:
    """One paper as the mail shows it."""

    entry: DocumentEntry
    web_url: str
    blocks: Blocks
    is_cut: bool

    @property
    def heading(self) -> str:
        return " ".join(self.entry.heading.split())

    @property
    def html(self) -> SafeString:
        return _html(self.blocks)

    @property
    def text(self) -> str:
        return blocks_to_plain(self.blocks)


@dataclass(frozen=True)
class MailSection:
    """A section with the entries that the mail shows, and how many more the web has."""

    section: DocumentSection
    web_url: str
    entries: list[MailEntry]

    @property
    def more(self) -> int:
        return len(self.section.entries) - len(self.entries)


class Press:
    """Prints one digest's mails. The digest comes from `Digest.objects.with_contents()`."""

    def __init__(self, digest: Digest) -> None:
        self.document = build_document(digest)
        self._digest = digest
        numbered = enumerate(digest.filled_sections, start=1)
        self._topic_numbers = {section.topic_id: number for number, section in numbered}
        self._sheets: OrderedDict[Choice, Sheet] = OrderedDict()

    def choice(self, subscription: Subscription | None) -> Choice:
        """Which sections a subscription gets. None, and a subscription without topics, stand for all of them.

        Costs no query where `chosen` was prefetched.
        """
        numbers = [section.number for section in self.document.sections]
        if subscription is None:
            return tuple(numbers)
        if wanted := {self._topic_numbers.get(chosen.topic_id) for chosen in subscription.chosen.all()}:
            numbers = [number for number in numbers if number in wanted]
        first = self._topic_numbers.get(subscription.first_topic_id or 0)
        return tuple(sorted(numbers, key=lambda number: number != first))

    def sheet(self, choice: Choice) -> Sheet:
        if choice in self._sheets:
            self._sheets.move_to_end(choice)
        else:
            counted_for = self._digest.pk if self._digest.series.count_clicks else None
            self._sheets[choice] = print_sheet(self.document, choice, counted_for=counted_for)
            if len(self._sheets) > _SHEETS_KEPT:
                self._sheets.popitem(last=False)
        return self._sheets[choice]

    def letter(self, delivery: Delivery, subscriber: Subscriber, choice: Choice) -> Letter:
        """The mail of a delivery. It is the same mail however often it is tried: its Message-ID says so."""
        leave = tokens.leave_link(subscriber.handle, self._digest.pk)
        values: dict[str, str] = {
            Slot.ADDRESS: subscriber.email,
            Slot.LEAVE: leave,
            Slot.SETTINGS: tokens.settings_link(subscriber.handle),
        }
        headers = {
            "Message-ID": f"<{delivery.pk}.{subscriber.handle}@{_host()}>",
            "Date": format_datetime(timezone.now()),
            "List-Unsubscribe": f"<{leave}>",
        }
        return Letter(subscriber.email, self.sheet(choice), headers, values)

    def test_letter(self, to: str) -> Letter:
        """The whole mail to an editor, with links that lead to nobody's settings."""
        sheet = print_sheet(self.document, self.choice(None), subject_prefix="[TEST] ")
        page = f"{settings.SITE_URL}/subscribe/"
        values: dict[str, str] = {Slot.ADDRESS: to, Slot.LEAVE: page, Slot.SETTINGS: page}
        return Letter(to, sheet, {"List-Unsubscribe": f"<{page}>"}, values)


def print_sheet(
    document: Document, choice: Choice, *, subject_prefix: str = "", counted_for: int | None = None
) -> Sheet:
    """The sheet of a choice, shortened until a mail made from it is within MAIL_LIMIT.

    `counted_for` is the digest whose count the links lead past; without it they lead straight on.
    """
    for limit, most in [*((limit, None) for limit in _SUMMARY_LIMITS), *((0, most) for most in _FEWER_ENTRIES)]:
        sheet = _sheet(document, _context(document, choice, limit, most), subject_prefix, counted_for)
        if sheet.size <= MAIL_LIMIT:
            break
    return sheet


def whole_size(document: Document) -> int:
    """The bytes of the mail to somebody who chose no sections, were nothing shortened in it."""
    everything = tuple(section.number for section in document.sections)
    return _sheet(document, _context(document, everything, _SUMMARY_LIMITS[0], None)).size


def _sheet(
    document: Document, context: Mapping[str, Any], subject_prefix: str = "", counted_for: int | None = None
) -> Sheet:
    html = inline(render_to_string("emails/roundup_body.html", context))
    if counted_for is not None:
        html = counted(html, counted_for)
    text = tidy(render_to_string("emails/roundup_body.txt", context))
    return Sheet(subject_prefix + " ".join(document.headline.split()), text, html, _shared_headers(document))


def _context(document: Document, choice: Choice, limit: int, most: int | None) -> dict[str, Any]:
    """What the templates show. `most` entries of each section, all of them if None."""
    by_number = {section.number: section for section in document.sections}
    chosen = [by_number[number] for number in choice]
    shown = [_mail_section(document, section, limit, most) for section in chosen]
    return {
        "document": document,
        "intro": _html(document.intro_blocks),
        "intro_text": blocks_to_plain(document.intro_blocks),
        "sign_off": _html(document.sign_off_blocks),
        "sign_off_text": blocks_to_plain(document.sign_off_blocks),
        "sections": shown,
        "others": [
            _mail_section(document, section, 0, 0) for section in document.sections if section.number not in choice
        ],
        "preheader": "; ".join(entry.heading for section in shown for entry in section.entries[:2])[:180],
        "site": _host(),
        "arxiv_thanks": wording.ARXIV_THANKS,
        "series_url": _series_url(document),
        "address": Slot.ADDRESS.value,
        "leave": Slot.LEAVE.value,
        "settings": Slot.SETTINGS.value,
    }


def _mail_section(document: Document, section: DocumentSection, limit: int, most: int | None) -> MailSection:
    entries = [_mail_entry(document, entry, limit) for entry in section.entries[:most]]
    return MailSection(section, f"{document.url}#{section.anchor}", entries)


def _mail_entry(document: Document, entry: DocumentEntry, limit: int) -> MailEntry:
    blocks = shorten(entry.summary_blocks, limit)
    return MailEntry(entry, f"{document.url}#{entry.anchor}", blocks, is_cut=blocks != entry.summary_blocks)


def _html(blocks: Blocks) -> SafeString:
    """Blocks for a mail. What mail programs make of MathML is anybody's guess, so formulas are Unicode."""
    return mark_safe(_WRITER.blocks(blocks))  # noqa: S308  the writer escapes all text and takes only safe addresses


def inline(html: str) -> str:
    """The HTML with the mail's style in it, as Outlook and others need it; what depends on the screen stays on top."""
    return _inliner().inline(html)


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    css = get_template("emails/mail.css").render()
    return css_inline.CSSInliner(extra_css=css, keep_at_rules=True, load_remote_stylesheets=False)


def tidy(text: str) -> str:
    """Plain text as people write it: at most one empty line in a row, none at the ends, no spaces behind a line."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def _shared_headers(document: Document) -> dict[str, str]:
    """RFC 2919 (List-Id), 2369 (List-…), 8058 (one click), 3834 (Auto-Submitted); Feedback-ID is Gmail's."""
    host, week = _host(), f"{document.series_slug}-{document.week}"
    return {
        "List-Id": f"{_header_words(document.series_name)} <{document.series_slug}.{host}>",
        "List-Archive": f"<{_series_url(document)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "Feedback-ID": f"{week}:{document.series_slug}:roundup:{host}",
    }


def _header_words(text: str) -> str:
    """Words for a structured header, which takes quoted ASCII."""
    plain = "".join(letter for letter in text if letter.isascii() and letter.isprintable() and letter not in '"\\')
    return f'"{" ".join(plain.split())}"'


def _series_url(document: Document) -> str:
    return settings.SITE_URL + reverse("series", args=[document.series_slug])


def _host() -> str:
    return str(urlsplit(settings.SITE_URL).hostname)
