"""Where a text holds the words that were looked for: cut to a passage, its hits marked. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracker.query import Query
from tracker.words import Word, fold, words_of

_MOST_WORDS = 2_000  # of a text that is read
_MOST_HITS = 100  # that are weighed against each other


@dataclass(frozen=True)
class Piece:
    """A piece of text, marked where it is a word that was looked for. Plain text: whoever shows it escapes it."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Sought:
    """The words that are looked for, wherever they stand."""

    stems: frozenset[str]
    beginning: str = ""  # of a word that is half typed

    @classmethod
    def of(cls, query: Query, *, half_typed: bool = False) -> "Sought":
        stems = frozenset(stem for condition in query.wanted for stem in condition.stems)
        return cls(stems, query.wanted[-1].beginning if half_typed else "")

    def hits(self, text: str) -> list[Word]:
        """The words of the text that are among them."""
        return [word for word in words_of(text, _MOST_WORDS) if self._holds(word, text)]

    def _holds(self, word: Word, text: str) -> bool:
        if word.stem in self.stems:
            return True
        return bool(self.beginning) and fold(text[word.start : word.end]).startswith(self.beginning)


def marked(text: str, hits: Sequence[Word]) -> list[Piece]:
    """The whole text in pieces; hits with nothing but a blank or a hyphen between them are one."""
    return list(_pieces(text, hits, 0, len(text)))


def passage(text: str, hits: Sequence[Word], length: int = 280) -> list[Piece]:
    """The part of the text with the most different hits, about so long, cut between words; at best its beginning."""
    first = _densest(hits[:_MOST_HITS], length)
    start = 0 if first <= length // 3 else text.find(" ", first - length // 4, first) + 1 or first
    end = min(start + length, len(text))
    if end < len(text):
        end = max(text.rfind(" ", start, end), 0) or end
    pieces = list(_pieces(text, hits, start, end))
    return [*([Piece("… ")] if start else []), *pieces, *([Piece(" …")] if end < len(text) else [])]


def _densest(hits: Sequence[Word], length: int) -> int:
    """Where the hit stands from which on most others follow."""
    best, start = 0, 0
    for place, first in enumerate(hits):
        within = {word.stem for word in hits[place:] if word.end <= first.start + length * 3 // 4}
        if len(within) > best:
            best, start = len(within), first.start
    return start


def _pieces(text: str, hits: Sequence[Word], start: int, end: int) -> Iterator[Piece]:
    shown = [word for word in hits if start <= word.start and word.end <= end]
    done = start
    for first, last in _runs(text, shown):
        if first > done:
            yield Piece(text[done:first])
        yield Piece(text[first:last], marked=True)
        done = last
    if done < end:
        yield Piece(text[done:end])


def _runs(text: str, hits: Sequence[Word]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for word in hits:
        if runs and text[runs[-1][1] : word.start] in (" ", "-"):
            runs[-1] = (runs[-1][0], word.end)
        else:
            runs.append((word.start, word.end))
    return runs
