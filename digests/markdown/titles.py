"""Inlines as the TeX of a title, which is how arXiv and Galley hold titles and headings. Pure."""

from collections.abc import Sequence

from digests.markdown.blocks import Break, Code, Emphasis, Inline, Link, Math, Strong, Text
from tracker import tex


def inlines_to_tex(inlines: Sequence[Inline]) -> str:
    """TeX that `tracker.tex.to_markdown` writes as the same inlines again."""
    return "".join(_inline(inline) for inline in inlines)


def _inline(inline: Inline) -> str:
    match inline:
        case Text(words):
            return tex.from_plain(words)
        case Code(words):
            return f"\\texttt{{{tex.from_plain(words)}}}"
        case Math(source, display):
            return f"$${source}$$" if display else f"${source}$"
        case Break():
            return " "
        case Emphasis(children):
            return f"\\emph{{{inlines_to_tex(children)}}}"
        case Strong(children):
            return f"\\textbf{{{inlines_to_tex(children)}}}"
        case Link(_, children):
            return inlines_to_tex(children)
