"""A text with TeX in it, shown as HTML, as plain Unicode and as Markdown. Pure."""

import html
import re
from collections.abc import Sequence
from functools import lru_cache

from tracker.tex.formulas import Formula, find_formula, formula_to_html, formula_to_unicode, script_to_unicode
from tracker.tex.parsing import Node, Span, Style, may_be_tex, parse

_HTML_TAGS = {
    Style.STRONG: "strong",
    Style.EMPHASIS: "em",
    Style.CODE: "code",
    Style.RAISED: "sup",
    Style.LOWERED: "sub",
}
_MARKDOWN_MARKS = {Style.STRONG: "**", Style.EMPHASIS: "*"}
_MARKDOWN_SPECIAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])|[*`$]|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|\](?=[(:\[])|&(?=#?\w+;)"
)
# Control characters, which no page may hold, and marks that turn the direction of all that follows.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_MAX_LENGTH = 20_000  # characters; arXiv allows an abstract 1,920
_WEB = re.compile(r"https?://", re.IGNORECASE)


@lru_cache(maxsize=10_000)
def to_unicode(tex: str) -> str:
    r"""The text in plain Unicode, on one line where the source is: `T\"ULU gains 5\%` becomes `TÜLU gains 5%`."""
    return _unicode(read(tex))


@lru_cache(maxsize=10_000)
def to_html(tex: str, *, links: bool = True) -> str:
    """The text as HTML: escaped, formulas as MathML, emphasis as elements, web addresses as links.

    Without `links` their words alone are kept, for places that are links themselves.
    """
    return _html(read(tex), links)


@lru_cache(maxsize=10_000)
def to_markdown(tex: str, *, links: bool = True) -> str:
    """The text in the dialect of editors' summaries: CommonMark inline, formulas between dollars.

    Without `links` their words alone are kept. Marks that stand at the head of a line only (`#`, `-`, `1.`) are not
    escaped: the caller knows its lines.
    """
    return _markdown(read(tex), links)


def escape_markdown(text: str) -> str:
    """Plain words with a backslash before each mark that Markdown would read inside a line."""
    return _MARKDOWN_SPECIAL.sub(r"\\\g<0>", text)


def without_controls(text: str) -> str:
    """The text without characters that are not seen but break a page, or turn it around."""
    return _CONTROLS.sub("", text)


def read(tex: str) -> list[Node]:
    """The text as a tree. One without TeX, or too long to be a title or an abstract, is its own only word."""
    tex = without_controls(tex)
    return parse(tex) if len(tex) <= _MAX_LENGTH and may_be_tex(tex) else [tex]


def _unicode(nodes: Sequence[Node]) -> str:
    return "".join(_unicode_node(node) for node in nodes)


def _unicode_node(node: Node) -> str:
    if isinstance(node, str):
        return node
    if isinstance(node, Formula):
        return formula_to_unicode(node.source)
    words = _unicode(node.children)
    if node.style in (Style.RAISED, Style.LOWERED):
        return script_to_unicode(words, "^" if node.style is Style.RAISED else "_")
    if node.style is Style.LINK and words != node.address:
        return f"{words} ({node.address})" if _WEB.match(node.address) else words
    return words


def _html(nodes: Sequence[Node], links: bool) -> str:
    return "".join(_html_node(node, links) for node in nodes)


def _html_node(node: Node, links: bool) -> str:
    if isinstance(node, str):
        return html.escape(node, quote=False)
    if isinstance(node, Formula):
        return formula_to_html(node)
    words = _html(node.children, links)
    if node.style is not Style.LINK:
        return f"<{_HTML_TAGS[node.style]}>{words}</{_HTML_TAGS[node.style]}>"
    if not links or not _WEB.match(node.address):
        return words
    return f'<a href="{html.escape(node.address)}" rel="noopener">{words}</a>'


def _markdown(nodes: Sequence[Node], links: bool) -> str:
    return "".join(_markdown_node(node, links) for node in nodes)


def _markdown_node(node: Node, links: bool) -> str:
    if isinstance(node, str):
        return escape_markdown(node)
    if isinstance(node, Formula):
        return _markdown_formula(node)
    if node.style is Style.CODE:
        return _markdown_code(_unicode(node.children))
    if node.style in (Style.RAISED, Style.LOWERED):
        return escape_markdown(_unicode_node(node))
    words = _markdown(node.children, links)
    if node.style is Style.LINK:
        return _markdown_link(node, words) if links and _WEB.match(node.address) else words
    mark, inner = _MARKDOWN_MARKS[node.style], words.strip()
    lead, tail = words[: len(words) - len(words.lstrip())], words[len(words.rstrip()) :]
    return f"{lead}{mark}{inner}{mark}{tail}" if inner else words


def _markdown_formula(formula: Formula) -> str:
    """The formula between dollars; as code where a dollar within it would end it early."""
    mark = "$$" if formula.display else "$"
    written = f"{mark}{' '.join(formula.source.split())}{mark}"
    found = find_formula(written, 0)
    return written if found and found[1] == len(written) else _markdown_code(formula.source)


def _markdown_link(link: Span, words: str) -> str:
    address = link.address.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
    return f"<{address}>" if _unicode(link.children) == link.address else f"[{words}](<{address}>)"


def _markdown_code(words: str) -> str:
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", words)), default=0))
    pad = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{pad}{words}{pad}{fence}" if words.strip() else words
