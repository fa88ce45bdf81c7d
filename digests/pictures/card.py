"""The card shown beside a shared link to a digest: its headline and topics, set like its page."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cache as memoise
from importlib.resources import files
from io import BytesIO

from django.core.cache import cache
from PIL import Image, ImageDraw, ImageFont

from digests.models import Digest, Section

WIDTH, HEIGHT = 1200, 630  # what the sites that show such cards ask for
MARGIN = 72
PAPER, INK, SOFT, HAIRLINE, ACCENT = "#fdfcf9", "#211e1a", "#5f594f", "#ddd8cc", "#8f2d20"
HEADLINE_SIZES = (76, 66, 58, 50, 44)  # the largest that fits is taken
HEADLINE_ROOM = 250
DRAWING = 1  # counts up when the drawing changes, so that no cached card outlives it
KEPT_FOR = 30 * 24 * 3600  # seconds

_Font = ImageFont.FreeTypeFont


@dataclass(frozen=True)
class CardWords:
    """All that a card says."""

    series: str
    days: str
    headline: str
    topics: tuple[str, ...]


def words_of(digest: Digest) -> CardWords:
    """The digest's words, with its filled sections for topics."""
    filled = Section.objects.filter(digest=digest, entries__isnull=False).distinct()
    titles = tuple(section.title for section in filled)
    return CardWords(digest.series.name, digest.week.days, digest.headline, titles)


def drawn_once(words: CardWords) -> bytes:
    """The card as PNG, drawn once for the same words."""
    name = f"card:{DRAWING}:{hashlib.sha256(repr(astuple(words)).encode()).hexdigest()}"
    found: bytes | None = cache.get(name)
    if found is None:
        found = draw(words)
        cache.set(name, found, KEPT_FOR)
    return found


def draw(words: CardWords) -> bytes:
    """The card as PNG, 1200 × 630. What is too long is cut off with an ellipsis."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    _draw_masthead(pen, words)
    bottom = _draw_headline(pen, words.headline, top=152)
    _draw_topics(pen, words.topics, top=max(bottom + 34, 400))
    buffer = BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _draw_masthead(pen: ImageDraw.ImageDraw, words: CardWords) -> None:
    pen.rectangle((0, 0, WIDTH, 10), fill=ACCENT)
    mark = MARGIN, 62
    for stroke in ([(0, 0), (0, 34), (34, 34)], [(10, 4), (32, 4)], [(10, 13), (25, 13)], [(10, 22), (32, 22)]):
        pen.line([(mark[0] + x, mark[1] + y) for x, y in stroke], fill=ACCENT, width=4)
    pen.text((MARGIN + 52, 96), "Galley", font=_serif(40), fill=INK, anchor="ls")
    line = _cut(f"{words.series} · {words.days}", _sans(30), WIDTH - 2 * MARGIN - 220)
    pen.text((WIDTH - MARGIN, 96), line, font=_sans(30), fill=SOFT, anchor="rs")
    pen.line((MARGIN, 122, WIDTH - MARGIN, 122), fill=HAIRLINE, width=2)


def _draw_headline(pen: ImageDraw.ImageDraw, headline: str, *, top: int) -> int:
    """Set the headline as large as it fits. Returns where it ends."""
    width = WIDTH - 2 * MARGIN
    for size in HEADLINE_SIZES:
        font, leading = _serif(size), round(size * 1.12)
        lines = list(_wrap(headline, font, width))
        if len(lines) * leading <= HEADLINE_ROOM:
            break
    most = HEADLINE_ROOM // leading
    if len(lines) > most:
        lines = [*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), font, width)]
    for number, line in enumerate(lines, start=1):
        pen.text((MARGIN, top + number * leading - leading * 0.2), line, font=font, fill=INK, anchor="ls")
    return top + len(lines) * leading


def _draw_topics(pen: ImageDraw.ImageDraw, topics: Sequence[str], *, top: int) -> None:
    """Two columns of numbered topics."""
    font, leading = _sans(28), 46
    rows = min(-(-len(topics) // 2), (HEIGHT - 40 - top) // leading)
    column = (WIDTH - 2 * MARGIN) // 2
    pen.line((MARGIN, top - 18, WIDTH - MARGIN, top - 18), fill=HAIRLINE, width=2)
    for place, topic in enumerate(topics[: rows * 2]):
        x, y = MARGIN + place // rows * column, top + (place % rows + 1) * leading - 12
        pen.text((x, y), f"{place + 1}.", font=font, fill=ACCENT, anchor="ls")
        pen.text((x + 40, y), _cut(topic, font, column - 70), font=font, fill=SOFT, anchor="ls")


def _wrap(text: str, font: _Font, width: int) -> Iterator[str]:
    """Lines no wider than `width`; a word wider than that is cut."""
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if _width(longer, font) <= width:
            line = longer
            continue
        if line:
            yield line
        line = _cut(word, font, width)
    if line:
        yield line


def _cut(text: str, font: _Font, width: int) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    if _width(text, font) <= width:
        return text
    while text and _width(f"{text}…", font) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _width(text: str, font: _Font) -> float:
    """How far the ink reaches: the fonts' ellipsis is wider than it says."""
    return font.getbbox(text, anchor="ls")[2]


def _serif(size: int) -> _Font:
    return _font("font_source_serif_pro", "SourceSerifPro-Semibold.ttf", size)


def _sans(size: int) -> _Font:
    return _font("font_source_sans_pro", "SourceSansPro-Regular.ttf", size)


@memoise
def _font(package: str, name: str, size: int) -> _Font:
    path = files(package) / "files" / name
    # Pillow's own shaping: what the optional library would add, these few words don't need, and it differs by machine.
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
