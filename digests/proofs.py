"""A rendered summary as its reader takes it in: its words without tags, and its HTML with some of them marked. Pure."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

from django.utils.safestring import SafeString, mark_safe

from tracker import tex

_BLOCKS = {"p", "li", "h4", "h5", "h6", "pre", "blockquote", "br", "hr"}


@dataclass(frozen=True)
class Stretch:
    """A part of the words, from `start` up to `end`, to be marked with an HTML id and a class."""

    start: int
    end: int
    element_id: str
    css_class: str


@dataclass(frozen=True)
class _Piece:
    """A tag, which says nothing; a run of words; or a formula, which is one word whatever its markup."""

    source: str  # HTML
    words: str = ""
    is_whole: bool = False


class _Pieces(HTMLParser):
    """Cuts sanitised HTML into pieces that together are the HTML again."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[_Piece] = []
        self._formula: list[str] = []
        self._alttext = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        source = self.get_starttag_text() or ""
        if self._formula:
            self._formula.append(source)
        elif tag == "math":
            self._formula, self._alttext = [source], dict(attrs).get("alttext") or ""
        else:
            self.pieces.append(_Piece(source, "\n" if tag in ("br", "hr") else "", is_whole=True))

    def handle_endtag(self, tag: str) -> None:
        if self._formula:
            self._formula.append(f"</{tag}>")
            if tag == "math":
                words = tex.formula_to_unicode(self._alttext)
                self.pieces.append(_Piece("".join(self._formula), words, is_whole=True))
                self._formula = []
        else:
            self.pieces.append(_Piece(f"</{tag}>", "\n" if tag in _BLOCKS else "", is_whole=True))

    def handle_data(self, data: str) -> None:
        if self._formula:
            self._formula.append(html.escape(data, quote=False))
        else:
            self.pieces.append(_Piece(html.escape(data, quote=False), data))


@dataclass(frozen=True)
class Proof:
    """A rendered text that can be read and marked."""

    pieces: tuple[_Piece, ...]

    @property
    def words(self) -> str:
        """What is read: formulas in Unicode, a line end behind each paragraph and item."""
        return "".join(piece.words for piece in self.pieces)

    def marked(self, stretches: Sequence[Stretch]) -> SafeString:
        """The HTML, with each stretch in a `mark`; one that runs over tags is marked piece by piece."""
        written, place = [], 0
        for piece in self.pieces:
            end = place + len(piece.words)
            met = [one for one in stretches if one.start < end and place < one.end] if piece.words.strip() else []
            written.append(_marked(piece, place, met))
            place = end
        return mark_safe("".join(written))  # noqa: S308 - made of sanitised HTML and of escaped words


def _marked(piece: _Piece, place: int, stretches: Sequence[Stretch]) -> str:
    if piece.is_whole:
        return _wrapped(piece.source, stretches[0], stretches[0].start >= place) if stretches else piece.source
    written, done = [], 0
    for one in sorted(stretches, key=lambda one: one.start):
        start, end = max(done, one.start - place), min(len(piece.words), one.end - place)
        written += [
            html.escape(piece.words[done:start], quote=False),
            _wrapped(html.escape(piece.words[start:end], quote=False), one, one.start >= place),
        ]
        done = end
    return "".join([*written, html.escape(piece.words[done:], quote=False)])


def _wrapped(source: str, stretch: Stretch, is_first: bool) -> str:
    """The piece in a `mark`; only the first piece of a stretch carries the id."""
    named = f' id="{html.escape(stretch.element_id)}"' if is_first else ""
    return f'<mark{named} class="{html.escape(stretch.css_class)}">{source}</mark>'


@lru_cache(maxsize=2_000)
def read_proof(rendered: str) -> Proof:
    """The proof of a text rendered by `digests.markdown`."""
    pieces = _Pieces()
    pieces.feed(rendered)
    pieces.close()
    return Proof(tuple(pieces.pieces))
