r"""Plain words as TeX that reads back as those words: `5% of {x}` becomes `5% of \{x\}`. Pure."""

import re

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "~": r"\~{}",
    "`": r"\`{}",
    "&": r"\&",
}
_SPECIAL = re.compile(r"[\\{}$~`&]|(?<=-)-|(?<=')'|(?<=http)(?=s?://)")


def from_plain(words: str) -> str:
    """The words with nothing in them that `tracker.tex` would read as TeX."""
    return _SPECIAL.sub(lambda match: _ESCAPES.get(match[0], f"{{}}{match[0]}"), words)
