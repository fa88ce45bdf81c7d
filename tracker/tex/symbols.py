"""What single TeX commands stand for in running text. Pure."""

import unicodedata
from functools import lru_cache

from pylatexenc.latex2text import get_default_latex_context_db

ESCAPED = {
    **{mark: mark for mark in "%&#_{}$@"},
    **dict.fromkeys(" \n\t\\", " "),
    ",": "\N{THIN SPACE}",
    ":": "\N{THIN SPACE}",
    ";": " ",
    "!": "",
    "-": "",
    "/": "",
}  # a backslash and one mark

ACCENTS = {
    "`": "\N{COMBINING GRAVE ACCENT}",
    "'": "\N{COMBINING ACUTE ACCENT}",
    "^": "\N{COMBINING CIRCUMFLEX ACCENT}",
    "~": "\N{COMBINING TILDE}",
    '"': "\N{COMBINING DIAERESIS}",
    "=": "\N{COMBINING MACRON}",
    ".": "\N{COMBINING DOT ABOVE}",
    "c": "\N{COMBINING CEDILLA}",
    "v": "\N{COMBINING CARON}",
    "u": "\N{COMBINING BREVE}",
    "H": "\N{COMBINING DOUBLE ACUTE ACCENT}",
    "k": "\N{COMBINING OGONEK}",
    "r": "\N{COMBINING RING ABOVE}",
    "b": "\N{COMBINING MACRON BELOW}",
    "d": "\N{COMBINING DOT BELOW}",
    "t": "\N{COMBINING DOUBLE INVERTED BREVE}",
}

# Letters swallow the space behind their command, as TeX does: `S\o ren`.
LETTERS = {
    "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å",
    "ss": "ß", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ",
}  # fmt: skip

# Symbols that pylatexenc lacks or that mean something else in arXiv's abstracts.
_SYMBOLS = {
    "euro": "€", "deg": "°", "textless": "<", "textgreater": ">", "slash": "/", "textmu": "µ", "textrightarrow": "→",
    "textregistered": "®", "texttrademark": "™", "textbar": "|", "textunderscore": "_", "textbackslash": "\\",
    "textasciicircum": "^", "texttimes": "×", "textpm": "±", "textdollar": "$", "textperiodcentered": "·",
    "eg": "e.g.", "ie": "i.e.", "etal": "et al.", "etc": "etc.", "cf": "cf.", "vs": "vs.", "wrt": "w.r.t.",
    "xspace": "", "noindent": "", "par": " ", "newline": " ", "linebreak": " ", "quad": " ", "qquad": " ",
    "footnotemark": "", "maketitle": "", "item": "•", "protect": "", "unskip": "", "ignorespaces": "", "big": "",
    "Big": "", "left": "", "right": "", "bigl": "", "bigr": "", "displaystyle": "", "R": "ℝ",
    "LaTeX": "LaTeX", "TeX": "TeX",
}  # fmt: skip

_CONTEXT = get_default_latex_context_db()


def compose(letters: str, accent: str) -> str:
    """The letters with the accent over the first, as one character where Unicode has it."""
    if accent == ACCENTS["t"]:
        return unicodedata.normalize("NFC", letters[:1] + accent + letters[1:])
    return unicodedata.normalize("NFC", letters[:1] + ACCENTS.get(accent, accent) + letters[1:])


@lru_cache(maxsize=4_000)
def symbol(name: str) -> str | None:
    r"""What the command `\name` prints where it takes no argument; None for one that isn't known."""
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    known = _CONTEXT.get_macro_spec(name)
    printed = getattr(known, "simplify_repl", None)
    return printed if isinstance(printed, str) and "%" not in printed else None
