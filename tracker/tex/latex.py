"""A text with TeX in it, as LaTeX that a compiler takes: what authors left bare is escaped. Pure."""

from collections.abc import Sequence
from functools import lru_cache

from pylatexenc.latexencode import UnicodeToLatexEncoder

from tracker.tex.formulas import Formula
from tracker.tex.parsing import Node, Style
from tracker.tex.rendering import read

_COMMANDS = {
    Style.STRONG: "textbf",
    Style.EMPHASIS: "emph",
    Style.CODE: "texttt",
    Style.RAISED: "textsuperscript",
    Style.LOWERED: "textsubscript",
}
_ENCODER = UnicodeToLatexEncoder(replacement_latex_protection="braces", unknown_char_policy="keep")


@lru_cache(maxsize=2_000)
def to_latex(tex: str) -> str:
    r"""The text as LaTeX with balanced braces: `Q&A in $O(n^2)$` becomes `Q\&A in $O(n^2)$`."""
    return _latex(read(tex))


def _latex(nodes: Sequence[Node]) -> str:
    return "".join(_node(node) for node in nodes)


def _node(node: Node) -> str:
    if isinstance(node, str):
        return _words(node)
    if isinstance(node, Formula):
        return f"${node.source}$"
    words = _latex(node.children)
    return f"\\{_COMMANDS[node.style]}{{{words}}}" if node.style in _COMMANDS else words


def _words(words: str) -> str:
    # BibTeX counts braces, whether a backslash stands before them or not.
    pieces = words.replace("{", "\0{").replace("}", "\0}").split("\0")
    return "".join(_BRACES.get(piece[:1], "") + _ENCODER.unicode_to_latex(piece.lstrip("{}")) for piece in pieces)


_BRACES = {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
