"""The editors' Markdown: CommonMark with formulas between dollars, shown as safe HTML and as plain text. Pure."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from tracker import tex

_LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)
_TOP_HEADING = 4  # a page has its headline, sections and papers above an editor's headings
_TAGS = {"p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h4", "h5", "h6"}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    **{tag: set(tex.MATHML_ATTRIBUTES) for tag in tex.MATHML_TAGS},
}


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    parser.disable(["html_block", "html_inline", "image", "reference"])
    parser.inline.ruler.before("escape", "formula", _formula_rule)
    parser.core.ruler.push("heading_level", _demote_headings)
    parser.add_render_rule("formula", _render_formula)
    parser.validateLink = _is_web_or_mail  # type: ignore[method-assign,assignment]
    return parser


def _is_web_or_mail(address: str) -> bool:
    return _LINK.match(address) is not None


def _formula_rule(state: StateInline, silent: bool) -> bool:
    """A formula wherever `tracker.tex` sees one, so that a price is a price in drafts and summaries alike."""
    found = tex.find_formula(state.src[: state.posMax], state.pos) if state.src[state.pos] == "$" else None
    if found is None:
        return False
    formula, end = found
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = formula.source
        token.meta = {"display": formula.display}
    state.pos = end
    return True


def _demote_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, max(_TOP_HEADING, int(token.tag[1:]) + _TOP_HEADING - 1))}"


def _render_formula(_renderer: object, tokens: Sequence[Token], index: int, *_: object) -> str:
    token = tokens[index]
    return tex.formula_to_html(tex.Formula(token.content, token.meta["display"]))


_PARSER = _parser()


@lru_cache(maxsize=2_000)
def to_html(text: str) -> SafeString:
    """The text as HTML: raw HTML shown as text, links to the web and to mail only, formulas as MathML."""
    clean = nh3.clean(
        _PARSER.render(text),
        tags=_TAGS | tex.MATHML_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
    return mark_safe(clean.strip())  # noqa: S308 - sanitised above


@lru_cache(maxsize=2_000)
def to_plain(text: str) -> str:
    """The text for mail and other plain places: paragraphs apart by an empty line, `-` before what is listed."""
    return "\n".join(_plain_lines(_PARSER.parse(text))).strip()


def _plain_lines(tokens: Sequence[Token]) -> Iterator[str]:
    """One line a block, with an empty line behind each paragraph that stands outside a list."""
    markers: list[str] = []  # of the lists that are open, outermost first
    marker = ""
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            markers.append("-" if token.type == "bullet_list_open" else "1.")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            markers.pop()
            if not markers:
                marker = ""
                yield ""
        elif token.type == "list_item_open":
            marker = f"{token.info}. " if token.info else "- "
        elif token.type in ("inline", "fence", "code_block"):
            indent = "  " * max(0, len(markers) - 1)
            yield indent + marker + (_plain_inline(token.children or []) or token.content.rstrip())
            if not markers:
                yield ""
            marker = "  " if markers else ""


def _plain_inline(tokens: Sequence[Token]) -> str:
    pieces: list[str] = []
    address, begun = "", 0
    for token in tokens:
        if token.type == "link_open":
            address, begun = str(token.attrGet("href")), len(pieces)
        elif token.type == "link_close":
            words = "".join(pieces[begun:])
            pieces.append("" if words == address or f"mailto:{words}" == address else f" ({address})")
        elif token.type == "formula":
            pieces.append(tex.formula_to_unicode(token.content))
        else:
            pieces.append({"softbreak": " ", "hardbreak": "\n"}.get(token.type, token.content))
    return "".join(pieces)
