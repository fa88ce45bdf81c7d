"""Formulas: where one begins and ends in running text, and what it looks like in MathML and in Unicode. Pure."""

import html
import logging
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from xml.etree.ElementTree import Element

from latex2mathml import exceptions as mathml_errors
from latex2mathml.converter import Converter
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec
from pylatexenc.latex2text import get_default_latex_context_db as get_prints
from pylatexenc.latexwalker import LatexWalkerError
from pylatexenc.latexwalker import get_default_latex_context_db as get_grammar
from pylatexenc.macrospec import LatexContextDb, MacroSpec

MAX_LENGTH = 1_000  # characters of one formula; arXiv's longest in two years of abstracts has 470
MAX_DEPTH = 20  # braces in braces
_MAX_CLOSINGS = 6  # a closing mark inside braces belongs to text in the formula: `$\\textbf{$n$ runs}$`


@dataclass(frozen=True)
class Formula:
    """One formula's TeX, without the marks around it."""

    source: str
    display: bool = False


# --- Finding ---------------------------------------------------------------------------------------------------

_OPENING = re.compile(r"\$\$?|\\\(|\\\[")
_CLOSING = {
    "$$": re.compile(r"(?<!\\)\$\$"),
    "$": re.compile(r"(?<!\\)\$"),
    r"\(": re.compile(r"(?<!\\)\\\)"),
    r"\[": re.compile(r"(?<!\\)\\\]"),
}
_MARKUP = re.compile(r"[\\^_={}<>]")
_WORDS = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{2,}(?![A-Za-z}])")


def find_formula(text: str, start: int) -> tuple[Formula, int] | None:
    r"""The formula that opens at `start` with `$`, `$$`, `\(` or `\[`, and the place just behind it.

    None where none opens: a mark without its partner, an empty pair, or dollars that are money.

    >>> find_formula("in $O(n^2)$ steps", 3)
    (Formula(source='O(n^2)', display=False), 11)
    >>> find_formula("costs $5 and $6 more", 6) is None
    True
    """
    opening = _OPENING.match(text, start)
    if opening is None:
        return None
    mark = opening[0]
    end = opening.end() + MAX_LENGTH + 2
    for closing in islice(_CLOSING[mark].finditer(text, opening.end(), end), _MAX_CLOSINGS):
        source = text[opening.end() : closing.start()]
        if _is_balanced(source):
            if not source.strip() or "\n\n" in source:
                return None
            if mark == "$" and _is_money(source, text[closing.end() : closing.end() + 1]):
                return None
            return Formula(source.strip(), display=mark in ("$$", r"\[")), closing.end()
    return None


def _is_balanced(source: str) -> bool:
    """Whether braces pair up, and not too deeply for the converters."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", source):
        depth += 1 if brace == "{" else -1
        if not 0 <= depth <= MAX_DEPTH:
            return False
    return depth == 0


def _is_money(source: str, following: str) -> bool:
    """Whether what stands between two single dollars is prose, so that they are prices."""
    words = len(_WORDS.findall(source))
    if _MARKUP.search(source):
        return source[0].isdigit() and source[-1].isspace() and words > 1
    if source[0].isdigit():
        return words > 1 or source[-1].isspace() or (following.isdigit() and not source[-1].isdigit())
    return words > 1 and (source[0].isspace() or source[-1].isspace())


# --- MathML ----------------------------------------------------------------------------------------------------

_UNREADABLE = (
    *(error for error in vars(mathml_errors).values() if isinstance(error, type) and issubclass(error, Exception)),
    LatexWalkerError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,  # RecursionError, and StopIteration inside a generator
    StopIteration,
    TypeError,
    ValueError,
)  # what the two converters are seen to raise on broken formulas
_DEFINES = re.compile(r"\\(?:(?:re)?newcommand|providecommand|[egx]?def|let|Declare)")
_MATHML_ATTRIBUTES = """
    accent accentunder align alttext columnalign columnlines columnspacing display displaystyle fence form frame largeop
    linebreak linethickness lspace mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace
    scriptlevel separator stretchy symmetric
"""
_MATHML_TAGS = """
    math menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace
    msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none
"""
MATHML_ATTRIBUTES = frozenset(_MATHML_ATTRIBUTES.split())
MATHML_TAGS = frozenset(_MATHML_TAGS.split())
_COMMAND = re.compile(r"\\[A-Za-z]+")
_CHARACTER = re.compile(r"&#?\w+;")


@lru_cache(maxsize=20_000)
def formula_to_html(formula: Formula) -> str:
    """MathML of a formula, or its source as code where it can't be read. Escaped, and without links or styles."""
    try:
        if _DEFINES.search(formula.source):
            raise ValueError("a formula that defines commands may grow without bound")
        converter = Converter(display="block" if formula.display else "inline")
        root = converter.convert_to_element(formula.source)
        root.set("alttext", formula.source)
        return "".join(_serialise(root))
    except _UNREADABLE:
        return f"<code>{html.escape(formula.source)}</code>"


def _serialise(element: Element) -> Iterator[str]:
    """The element as HTML text, holding only MathML's own tags and harmless attributes. Raises ValueError."""
    text = _CHARACTER.sub(lambda match: html.unescape(match[0]), element.text or "")
    if element.tag not in MATHML_TAGS:
        raise ValueError(f"<{element.tag}> is not among MathML's tags that we let through")
    if _COMMAND.fullmatch(text):  # one of the authors' own, which the converter leaves as it is
        text = text[1:]
    kept = {name: value for name, value in element.attrib.items() if name in MATHML_ATTRIBUTES}
    yield f"<{element.tag}" + "".join(f' {name}="{html.escape(value)}"' for name, value in kept.items()) + ">"
    yield html.escape(text, quote=False)
    for child in element:
        yield from _serialise(child)
        yield html.escape(child.tail or "", quote=False)
    yield f"</{element.tag}>"


# --- Unicode ---------------------------------------------------------------------------------------------------

_SUPERSCRIPTS = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_SCRIPT = re.compile(r"(?P<mark>[\^_])\s*(?:\{(?P<group>[^{}\\]*)\}|(?P<single>[^\s{}\\]))")
_SPACES = re.compile(r"\s+")
# Printed as their argument: bold and script alphabets are noise in mail and to a screen reader.
_STYLES = """
    mathbf mathit mathrm mathsf mathtt mathcal mathscr mathfrak boldsymbol bm textbf textit texttt textrm textsc text
    mbox operatorname pmod
"""
_SYMBOLS = {"neg": "¬", "lnot": "¬", "checkmark": "✓", "quad": " ", "qquad": " ", "bmod": " mod ", "coloneqq": "≔"}
_FRACTIONS = {"frac": "%s/%s", "dfrac": "%s/%s", "tfrac": "%s/%s", "binom": "(%s over %s)"}


def _words_reader() -> tuple[LatexNodes2Text, LatexContextDb]:
    """pylatexenc's printer and its reader, taught what their tables lack."""
    grammar = get_grammar()
    grammar.add_context_category(
        "galley",
        macros=[
            *(MacroSpec(name, args_parser="{") for name in _STYLES.split()),
            *(MacroSpec(name, args_parser="{{") for name in _FRACTIONS),
        ],
        prepend=True,
    )
    prints = get_prints()
    prints.add_context_category(
        "galley",
        macros=[
            *(MacroTextSpec(name, simplify_repl="%s") for name in _STYLES.split()),
            *(MacroTextSpec(name, simplify_repl=print_as) for name, print_as in {**_FRACTIONS, **_SYMBOLS}.items()),
        ],
        prepend=True,
    )
    prints.set_unknown_macro_spec(MacroTextSpec("", simplify_repl=lambda node: node.macroname))
    return LatexNodes2Text(latex_context=prints, math_mode="text", strict_latex_spaces=False), grammar


_PRINTER, _GRAMMAR = _words_reader()
# It warns of formulas that lack an argument. Those are arXiv's, and are shown as they come.
logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)


@lru_cache(maxsize=20_000)
def formula_to_unicode(source: str) -> str:
    """A formula in one line of Unicode: `O(n^2)` becomes `O(n²)`. Its source where it can't be read."""
    scripted = _SCRIPT.sub(_script, source)
    if "\\" not in scripted and "{" not in scripted:
        return scripted
    try:
        text = _PRINTER.latex_to_text(scripted, latex_context=_GRAMMAR, tolerant_parsing=True)
    except _UNREADABLE:
        return source
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip() or source


def _script(match: re.Match[str]) -> str:
    """A superscript or subscript in Unicode's own characters, or with its mark and brackets."""
    return script_to_unicode(match["group"] if match["single"] is None else match["single"], match["mark"])


def script_to_unicode(text: str, mark: str) -> str:
    """`text` raised (`^`) or lowered (`_`), in Unicode's characters where all of it can be."""
    raised = text.translate(_SUPERSCRIPTS if mark == "^" else _SUBSCRIPTS)
    if text and all(old != new for old, new in zip(text, raised, strict=True)):
        return raised
    return f"{mark}{text}" if len(text) == 1 else f"{mark}({text})"
