r"""arXiv's TeX, as titles, abstracts and names hold it, for the web, plain text, Markdown and LaTeX. Pure.

Nothing here raises: TeX that can't be read is shown as its source.
"""

from tracker.tex.escaping import from_plain
from tracker.tex.formulas import (
    MATHML_ATTRIBUTES,
    MATHML_TAGS,
    Formula,
    find_formula,
    formula_to_html,
    formula_to_unicode,
)
from tracker.tex.latex import to_latex
from tracker.tex.rendering import escape_markdown, to_html, to_markdown, to_unicode, without_controls

__all__ = [
    "MATHML_ATTRIBUTES",
    "MATHML_TAGS",
    "Formula",
    "escape_markdown",
    "find_formula",
    "formula_to_html",
    "formula_to_unicode",
    "from_plain",
    "to_html",
    "to_latex",
    "to_markdown",
    "to_unicode",
    "without_controls",
]
