"""A draft summary from an abstract: its own sentences in readable paragraphs, its enumerations as lists. Pure.

Nothing is invented and nothing is left out: the words of a draft are the words of the abstract, apart from the
marks of an enumeration, which become bullets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tracker import tex

PARAGRAPH_WORDS = 45  # what a paragraph of a summary comfortably holds: near the reference digest's habit
MAX_PARAGRAPHS = 4


@lru_cache(maxsize=2_000)
def draft_summary(abstract: str) -> str:
    """The abstract as Markdown paragraphs and lists, for the editor to start from."""
    text = tex.to_markdown(mend_hyphens(" ".join(abstract.split())))
    return "\n\n".join(_blocks(text))


def _blocks(text: str) -> Iterator[str]:
    """The paragraphs and lists of the draft, in order."""
    enumeration = _find_enumeration(text)
    if enumeration is None:
        yield from map(_safe_head, split_paragraphs(split_sentences(text)))
        return
    yield from map(_safe_head, split_paragraphs(split_sentences(text[: enumeration.start])))
    yield "\n".join(f"- {_safe_head(item)}" for item in enumeration.items)
    yield from _blocks(text[enumeration.end :].strip())


_HEAD = re.compile(r"[#>+=~-]|\d{1,9}[.)](?=\s|$)")


def _safe_head(line: str) -> str:
    """The line with a backslash where Markdown would take its first characters for a mark."""
    if _HEAD.match(line) is None:
        return line
    digits = len(line) - len(line.lstrip("0123456789"))
    return f"{line[:digits]}\\{line[digits:]}"


# --- Words broken at the end of a line -------------------------------------------------------------------------

_BROKEN = re.compile(r"\b([A-Za-z]?[a-z]+)- ([a-z]+)\b")
_ENDINGS = re.compile(
    r"[a-z]{0,5}(?:ing|ings|tion|tions|sion|sions|tional|tionally|ment|ments|ness|ity|ities|ance|ence|ances|ences|ency|"
    r"able|ible|ably|tive|sive|ally|ical|ically|ized|ised|izes|izing|ous|ously|tory|ture|tures)"
)
_COMPOUNDS = """
    fine pre post self multi non cross inter intra semi low high short long zero few one two three single hard soft
    well fast slow left right top bottom deep shallow large small real time task data model text image video user
    human machine in out on off open closed over under sub super meta co anti ultra state decision problem question
    policy memory context instruction chain tree graph token word sentence document
"""
_COMPOUND_STARTS = frozenset(_COMPOUNDS.split())


def mend_hyphens(text: str) -> str:
    """Join words that a line's end broke, where that is safe: `reason- ing`, but not `pre- and post-training`."""
    return _BROKEN.sub(_mend, text)


def _mend(match: re.Match[str]) -> str:
    start, rest = match.groups()
    if start.lower() in _COMPOUND_STARTS or _ENDINGS.fullmatch(rest) is None:
        return match[0]
    return start + rest


# --- Sentences -------------------------------------------------------------------------------------------------

# Parts of a Markdown line that hold no end of a sentence: formulas, code, links, and the inside of emphasis.
_CLOSED = re.compile(
    r"(?<!\\)(?:\$\$?(?:\\.|[^$\\])+\$\$?|`+[^`]+`+|<https?://[^<>\s]*>|\]\(<[^<>]*>\)|"
    r"(?P<mark>\*\*?)(?=\S)(?:\\.|[^*\\]){1,400}?(?<=\S)(?P=mark))"
)
_END = re.compile(r"[.!?…][\"”’')\]*]*\s+(?=[\"“‘'(\[*$`<\\]*[A-Z0-9])|[.!?]['\"”’)*]*\s+(?=[$`<*\[])")
_SHORT = re.compile(
    r"(?:^|[\s(\[“\"])(?:e\.g|i\.e|cf|vs|viz|approx|resp|w\.r\.t|a\.k\.a|i\.i\.d|fig|figs|eq|eqs|sec|secs|tab|ref|refs|"
    r"no|nos|vol|pp|ch|thm|def|prop|dr|prof|mr|mrs|ms|st|jr|inc|ltd|dept|univ|[A-Z])\.$",
    re.IGNORECASE,
)
_SHORT_OR_LAST = re.compile(r"(?:\bal|\betc|\bU\.S|\bU\.K|\bPh\.D)\.$")
_OPENERS = re.compile(
    r"(?:We|The|This|These|Our|In|To|However|It|They|A|An|Such|For|By|While|Here|Our|Although|Moreover|Furthermore|"
    r"Additionally|Finally|Despite|Yet|On|Through|Using|With|As|When|Results|Experiments)\b"
)


def split_sentences(text: str) -> list[str]:
    """The sentences of one line of Markdown. Abbreviations, initials, decimals and formulas end none."""
    hidden = _hide(text)
    sentences, start = [], 0
    for end in _END.finditer(hidden):
        head = hidden[start : end.start() + 1]
        if _ends_sentence(head, hidden[end.end() :]):
            sentences.append(text[start : end.end()].strip())
            start = end.end()
    return [sentence for sentence in [*sentences, text[start:].strip()] if sentence]


def _hide(text: str) -> str:
    """The text at its length, with closed parts blotted out but for a full stop at their very end."""

    def blot(match: re.Match[str]) -> str:
        if _EMPHASISED_MARK.fullmatch(match[0]):
            return match[0]
        mark = match["mark"] or ""
        inner = match[0][: len(match[0]) - len(mark)]
        if not mark:
            return match[0][0] + "x" * (len(match[0]) - 2) + match[0][-1]
        last = inner[-1] if inner[-1] in ".!?" else "x"
        return mark + (match[0][len(mark)] + "x" * len(inner))[: len(inner) - len(mark) - 1] + last + mark

    return _CLOSED.sub(blot, text)


def _ends_sentence(head: str, rest: str) -> bool:
    if _SHORT.search(head[-12:]):
        return False
    if _SHORT_OR_LAST.search(head[-8:]) and not _OPENERS.match(rest):
        return False
    inside = head.count("(") > head.count(")") and ")" in rest[:300]
    return not inside


# --- Paragraphs ------------------------------------------------------------------------------------------------

_TURN = re.compile(
    r"(?:In this (?:paper|work|study|article)|(?:Here|Thus|Therefore|To \w+.*?), we\b|This (?:paper|work|study)\b|"
    r"We (?:\w+ )?(?:propose|introduce|present|develop|evaluate|demonstrate|show|find|conduct|validate|release)\b|"
    r"(?:Extensive |Empirical |Our )?(?:[Ee]xperiments?|[Rr]esults|[Ee]valuations?|[Aa]nalys[ie]s)\b|"
    r"(?:In|Through|Across|On|With|To)\b.*?,|Additionally\b|Finally\b|Moreover\b|Furthermore\b)"
)
_TIED = re.compile(
    r"(?:This|These|It|They|Its|Their|Such|However|But|Yet|Thus|Hence|Therefore|For (?:example|instance)|That|Those|"
    r"Specifically|Concretely|As a result|Consequently|Then|Also|Second|Third|Instead)\b(?! (?:paper|work|study)\b)"
)


def split_paragraphs(sentences: list[str]) -> list[str]:
    """The sentences in paragraphs of about even length, cut rather where a new thought begins.

    Of all ways to cut, the one with the least cost: the squares of how far paragraphs are from an even share, a
    reward for opening with a turn (“In this paper”, “Results”), a fine for opening with a tie to what came before.
    """
    lengths = [len(sentence.split()) for sentence in sentences]
    count = max(1, min(MAX_PARAGRAPHS, round(sum(lengths) / PARAGRAPH_WORDS), (len(sentences) + 1) // 2 + 1))
    share = max(1.0, sum(lengths) / count)
    best: list[tuple[float, list[int]]] = [(0.0, [])]  # by sentences placed: the least cost, and where it cuts
    for end in range(1, len(sentences) + 1):
        ways = (
            (best[start][0] + _cost(sum(lengths[start:end]), share, sentences[start] if start else ""), start)
            for start in range(max(0, end - 12), end)
        )
        cost, start = min(ways)
        best.append((cost, [*best[start][1], start]))
    cuts = [*best[-1][1], len(sentences)]
    return [" ".join(sentences[a:b]) for a, b in pairwise(cuts) if b > a]


def _cost(words: int, share: float, opening: str) -> float:
    cost = (words / share - 1) ** 2
    if _TIED.match(opening):
        return cost + 0.35
    return cost - 0.15 if _TURN.match(opening) else cost


# --- Enumerations ----------------------------------------------------------------------------------------------

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
_SERIES = (
    *(tuple(str(n) for n in range(1, 11)), _ROMAN, tuple("abcdefghij")),
    *(tuple(ordinal.upper() for ordinal in _ROMAN), tuple("ABCDEFGHIJ")),
)
_ORDINAL = r"(?P<mark>\(?(?P<ordinal>\d{1,2}|[ivx]{1,4}|[IVX]{1,4}|[a-jA-J])\))"
_MARK = re.compile(rf"(?<![^\s:;,.])\*{{0,2}}{_ORDINAL}(?:\*{{1,2}}(?=\s)|(?=\s|[*$`])|(?<=\d\))(?=[A-Z]))\s*")
_EMPHASISED_MARK = re.compile(rf"\*{{1,2}}{_ORDINAL}\*{{1,2}}")
_PAIR_WORDS = 6  # a pair of items with fewer words in all reads better in its sentence
_REFERENCE = re.compile(r"(?:Eqs?|Equations?|Figs?|Figures?|Tables?|Sections?|Step|Stage|Phase|Case)\.?\s*$", re.I)


@dataclass(frozen=True)
class _Enumeration:
    start: int  # in the text, at its first mark
    end: int
    items: list[str]


def _find_enumeration(text: str) -> _Enumeration | None:
    """The first run of `(1) … (2) …`, `(i) … (ii) …`, `(a) … (b) …` or `1) … 2) …`."""
    hidden = _hide(text)
    marks = list(_MARK.finditer(hidden))
    for index, first in enumerate(marks):
        run = _run(first, marks[index:])
        if len(run) > 1 and not _REFERENCE.search(hidden[: first.start()]):
            found = _enumeration(text, hidden, run)
            lengths = [len(item.split()) for item in found.items]
            if min(lengths) > 1 and (len(lengths) > 2 or sum(lengths) >= _PAIR_WORDS):
                return found
    return None


def _run(first: re.Match[str], marks: list[re.Match[str]]) -> list[re.Match[str]]:
    """The longest run in order that begins with this mark and keeps to its form."""
    longest: list[re.Match[str]] = []
    for series in _SERIES:
        run: list[re.Match[str]] = []
        for mark in marks:
            same = mark["mark"].startswith("(") == first["mark"].startswith("(")
            if same and len(run) < len(series) and mark["ordinal"] == series[len(run)]:
                run.append(mark)
        if run and run[0] is first and len(run) > len(longest):
            longest = run
    return longest


def _enumeration(text: str, hidden: str, run: list[re.Match[str]]) -> _Enumeration:
    """The items between the marks; the last ends with its sentence."""
    last = run[-1].end()
    sentence = split_sentences(text[last:])
    end = last + len(sentence[0]) if sentence else len(text)
    edges = [*(mark.start() for mark in run[1:]), end]
    items = [text[mark.end() : edge].strip() for mark, edge in zip(run, edges, strict=True)]
    return _Enumeration(run[0].start(), end, items)
