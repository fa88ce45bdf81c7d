"""A digest as a thread for social media: a post to open it, and one a paper, none longer than a post may be."""

import re
import unicodedata
from collections.abc import Iterator

from digests.export import wording
from digests.export.document import Document, DocumentEntry
from digests.export.formats import Format, Purpose
from digests.markdown import blocks_to_plain
from digests.markdown.blocks import Paragraph

LENGTH = 280  # of a post, the shortest limit in use
SHORTEST, LONGEST = 140, 10_000
SEPARATOR = "\n\n---\n\n"
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=\S)")
_JOINER, _SKINS = "\u200d", "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
# X counts most letters once and what lies outside these ranges, such as Chinese and emoji, twice.
_LIGHT = ((0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


def posts(document: Document, length: int) -> list[str]:
    """The posts in order, each no longer than `length` by the strictest way of counting."""
    entries = list(document.entries)
    total = len(entries) + 1
    return [
        _opening(document, len(entries), length),
        *(_post(entry, f"{number}/{total}", length) for number, entry in enumerate(entries, start=2)),
    ]


def render(document: Document, length: int = LENGTH) -> bytes:
    """The posts, a line of dashes between them."""
    return (SEPARATOR.join(posts(document, length)) + "\n").encode()


def weight(text: str) -> int:
    """How long a post counts."""
    return sum(1 if any(low <= ord(letter) <= high for low, high in _LIGHT) else 2 for letter in text)


def _opening(document: Document, papers: int, length: int) -> str:
    notice = f"{wording.DRAFT_NOTICE}\n" if document.is_draft else ""
    notice += f"{document.sample_notice.split(':')[0]}\n" if document.is_sample else ""
    end = f"\n\n{papers} paper{'' if papers == 1 else 's'}, 1/{papers + 1}\n{document.url}"
    return notice + cut(document.headline, length - weight(notice + end)) + end


def _post(entry: DocumentEntry, place: str, length: int) -> str:
    """Heading, as much of the summary as there is room for, and the link."""
    end = f"\n\n{place}\n{entry.url}"
    notice = "".join(f"\n{one}" for one in entry.notices)
    heading = cut(f"{entry.number}. {entry.heading}", length - weight(notice + end))
    room = length - weight(heading + notice + end) - 2
    told = _whole_sentences(" ".join(_first_paragraph(entry).split()), room)
    return f"{heading}{notice}{f'{chr(10)}{chr(10)}{told}' if told else ''}{end}"


def _first_paragraph(entry: DocumentEntry) -> str:
    return next((blocks_to_plain((block,)) for block in entry.summary_blocks if isinstance(block, Paragraph)), "")


def _whole_sentences(text: str, room: int) -> str:
    """As many whole sentences as there is room for; where not even one fits, its beginning."""
    told = ""
    for sentence in _SENTENCE_END.split(text):
        longer = f"{told} {sentence}".strip()
        if weight(longer) > room:
            break
        told = longer
    return told or (cut(text, room) if room > 20 else "")


def cut(text: str, room: int) -> str:
    """The text, cut behind a word where it is longer than the room there is."""
    if weight(text) <= room:
        return text
    kept = ""
    for letter in _letters(text):
        if weight(kept + letter) > room - 2:
            break
        kept += letter
    at_word = kept.rsplit(" ", 1)[0] if " " in kept[len(kept) // 2 :] else kept
    return f"{at_word.rstrip(' ,;:–-')}…" if room > 1 else ""


def _letters(text: str) -> Iterator[str]:
    """Letters with the marks that belong to them, so that no cut falls between the parts of an emoji."""
    letter = ""
    for sign in text:
        belongs = unicodedata.category(sign).startswith("M") or sign in _SKINS or _JOINER in (sign, letter[-1:])
        if letter and not belongs:
            yield letter
            letter = ""
        letter += sign
    if letter:
        yield letter


FORMAT = Format(
    "thread", "Social thread", Purpose.PASTE, "thread.txt", "text/plain; charset=utf-8", render, "a post a paper"
)
