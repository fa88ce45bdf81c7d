"""How drafts cut their abstracts, beside an editor's own summaries of the same papers. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from digests.summarise import draft_summary, split_sentences
from tracker import tex

NEAR = 3  # words apart at which two breaks are one
_HEADING = re.compile(r"(\d+)\.(\d+)\.? +(?P<title>\S.*)")
_SECTION = re.compile(r"\d+\. +\S.*")
_WORD = re.compile(r"[^\W_]+(?:[.-][^\W_]+)*")
_ITEM = re.compile(r"^- ", re.MULTILINE)


@dataclass(frozen=True)
class EditedSummary:
    """A paper's title and the blocks of its summary (paragraphs and list items) as an editor published them."""

    title: str
    blocks: tuple[str, ...]


def read_roundup(text: str) -> list[EditedSummary]:
    """The entries of a roundup in plain text: a line `1.1. Title`, then a line a block up to the next heading."""
    found: list[tuple[str, list[str]]] = []
    inside = False
    for line in filter(None, map(str.strip, text.splitlines())):
        if heading := _HEADING.fullmatch(line):
            found.append((heading["title"], []))
            inside = True
        elif _SECTION.fullmatch(line):
            inside = False
        elif inside:
            found[-1][1].append(line)
    return [EditedSummary(title, tuple(blocks)) for title, blocks in found]


def words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def title_key(title: str) -> str:
    """What two spellings of a title have in common."""
    return "".join(words(tex.to_unicode(title))).replace("-", "")


@dataclass(frozen=True)
class Cut:
    """Where a way of cutting breaks an abstract, against where the editor did."""

    made: int
    wanted: int
    agreed: int


@dataclass(frozen=True)
class Comparison:
    """One paper's draft and summary compared."""

    title: str
    cuts: dict[str, Cut]  # by way of cutting
    likeness: float  # of the editor's words with the draft's, 0 to 1 (Ratcliff and Obershelp's ratio)
    invented: int  # words of the draft that the abstract hasn't got
    lost: int  # words of the abstract that the draft hasn't got, marks of an enumeration apart
    tex_left: int  # commands of TeX in the draft outside formulas


def compare(edited: EditedSummary, abstract: str) -> Comparison:
    draft = draft_summary(abstract)
    blocks = [_ITEM.sub("", block) for paragraph in draft.split("\n\n") for block in paragraph.split("\n")]
    plain = tex.to_unicode(abstract)
    base = words(plain)
    wanted = _breaks(edited.blocks, base)
    ways = {"galley": blocks} | {name: list(cut(split_sentences(plain))) for name, cut in FIXED.items()}
    shown = tex.to_unicode(" ".join(blocks))
    invented, lost = _difference(words(shown), base)
    return Comparison(
        title=edited.title,
        cuts={name: _cut(_breaks(parts, base), wanted) for name, parts in ways.items()},
        likeness=SequenceMatcher(None, words(" ".join(edited.blocks)), words(shown), autojunk=False).ratio(),
        invented=invented,
        lost=lost,
        tex_left=len(re.findall(r"\\[A-Za-z]+", re.sub(r"\$[^$]+\$", "", draft))),
    )


def _breaks(blocks: Sequence[str], base: Sequence[str]) -> list[int]:
    """Where in the abstract's words each block but the first begins; blocks of which half isn't found are left out."""
    owner = [number for number, block in enumerate(blocks) for _ in words(block)]
    matcher = SequenceMatcher(None, words(" ".join(blocks)), base, autojunk=False)
    places: dict[int, list[int]] = {}
    for match in matcher.get_matching_blocks():
        for offset in range(match.size):
            places.setdefault(owner[match.a + offset], []).append(match.b + offset)
    return [found[0] for number, found in sorted(places.items()) if number and 2 * len(found) >= owner.count(number)]


def _cut(made: list[int], wanted: list[int]) -> Cut:
    left = list(made)
    agreed = 0
    for place in wanted:
        near = min(left, key=lambda other: abs(other - place), default=None)
        if near is not None and abs(near - place) <= NEAR:
            left.remove(near)
            agreed += 1
    return Cut(len(made), len(wanted), agreed)


def _difference(draft: list[str], base: list[str]) -> tuple[int, int]:
    """Words of the draft that are not in the abstract, in its order, and the other way round."""
    invented = lost = 0
    for kind, a, b, c, d in SequenceMatcher(None, draft, base, autojunk=False).get_opcodes():
        if kind != "equal" and "".join(draft[a:b]) != "".join(base[c:d]):
            invented += b - a
            lost += sum(1 for word in base[c:d] if not _is_mark(word))
    return invented, lost


def _is_mark(word: str) -> bool:
    return re.fullmatch(r"\d{1,2}|[a-h]|i{1,3}|iv|vi{0,3}", word) is not None


# Fixed ways of cutting, to measure against.


def _every(size: int) -> Callable[[list[str]], Iterator[str]]:
    def cut(sentences: list[str]) -> Iterator[str]:
        for start in range(0, len(sentences), size):
            yield " ".join(sentences[start : start + size])

    return cut


def _thirds(sentences: list[str]) -> Iterator[str]:
    bounds = [round(len(sentences) * part / 3) for part in range(4)]
    for start, end in pairwise(bounds):
        if start < end:
            yield " ".join(sentences[start:end])


FIXED: dict[str, Callable[[list[str]], Iterator[str]]] = {
    "every_2_sentences": _every(2),
    "every_3_sentences": _every(3),
    "thirds": _thirds,
}


def f1(cuts: Sequence[Cut]) -> float:
    """The harmonic mean of precision and recall of breaks over all papers."""
    made, wanted = sum(cut.made for cut in cuts), sum(cut.wanted for cut in cuts)
    return 2 * sum(cut.agreed for cut in cuts) / (made + wanted) if made + wanted else 0.0
