r"""TeX in running text, read into a small tree: words, formulas, and spans that are bold, code, a link… Pure.

arXiv's abstracts are not TeX documents: people paste commands of their own, leave braces open and write `$5`. So
this reader forgives everything, never backtracks over more than one argument, and never nests deeper than
`MAX_DEPTH`, so that hostile text costs no more than its length.
"""

import html
import re
from dataclasses import dataclass, field
from enum import Enum, auto

from tracker.tex.formulas import Formula, find_formula
from tracker.tex.symbols import ACCENTS, ESCAPED, LETTERS, compose, symbol

MAX_DEPTH = 20  # spans in spans; deeper ones lose their style, not their words
_MAX_ARGUMENT = 2_000  # characters of an address, a key, a colour


class Style(Enum):
    PLAIN = auto()
    STRONG = auto()
    EMPHASIS = auto()
    CODE = auto()
    RAISED = auto()
    LOWERED = auto()
    LINK = auto()


@dataclass
class Span:
    """Words in one style; a link has an address."""

    style: Style
    children: "list[str | Formula | Span]" = field(default_factory=list)
    address: str = ""
    closing: str = ""  # what to print where it ends, such as the bracket of a footnote
    declared: bool = False  # begun by `\bf` rather than by a brace: ends with the group around it


Node = str | Formula | Span

# Commands whose one argument is text in a style.
_STYLED = {
    "textbf": Style.STRONG, "mathbf": Style.STRONG, "textit": Style.EMPHASIS, "emph": Style.EMPHASIS,
    "textsl": Style.EMPHASIS, "mathit": Style.EMPHASIS, "texttt": Style.CODE, "lstinline": Style.CODE,
    "verb": Style.CODE, "textsuperscript": Style.RAISED, "textsubscript": Style.LOWERED,
}  # fmt: skip
# Declarations that hold to the end of their group.
_DECLARED = {
    "bf": Style.STRONG, "bfseries": Style.STRONG, "it": Style.EMPHASIS, "itshape": Style.EMPHASIS,
    "em": Style.EMPHASIS, "sl": Style.EMPHASIS, "tt": Style.CODE, "ttfamily": Style.CODE, "sc": Style.PLAIN,
    "scshape": Style.PLAIN, "rm": Style.PLAIN, "sf": Style.PLAIN, "small": Style.PLAIN, "large": Style.PLAIN,
}  # fmt: skip
# Commands of which this many first arguments are for TeX, not for readers.
_HIDDEN_ARGUMENTS = {
    "textcolor": 1, "color": 1, "colorbox": 1, "hyperlink": 1, "hypertarget": 1, "label": 1, "vspace": 1, "hspace": 1,
    "begin": 1, "end": 1, "fontsize": 2, "bibliographystyle": 1, "includegraphics": 1, "input": 1, "raisebox": 1,
}  # fmt: skip
_CITATIONS = re.compile(r"(?:auto|paren|text|foot)?cite[a-z]*|c?ref|eqref|autoref")
_FORMULA = re.compile(r"\\(?:[dt]?frac|sqrt|math(?:cal|bb|scr|frak|rm)|binom|overline|(?:wide)?(?:hat|tilde)|bar)\b")
_DINGBATS = {"51": "✓", "52": "✔", "55": "✗", "56": "✘"}

_SPECIAL = re.compile(r"\\|[{}~`]|\$|--+|''|[\^_](?=\{)|https?://|&(?:#\d{1,6}|[A-Za-z]{2,8});")
_COMMAND = re.compile(r"\\([A-Za-z]+)\*?")
_ACCENT = re.compile(
    r"""\\(?:(?P<mark>[`'^~"=.])\ ?|(?P<letter>[cvuHkrbdt])(?:\ |(?=\{|\\[ij]\b)))
        (?:\{\s*\\?(?P<group>[^\W\d_]{1,3})\s*\}|\\(?P<dotless>[ij])(?![A-Za-z])\ ?|(?P<bare>[^\W\d_]))""",
    re.VERBOSE,
)
_CONTRACTION = re.compile(r"\\'(?=(?:s|t|d|m|re|ll|ve)\b)")
_ADDRESS = re.compile(r"https?://[^\s{}<>\"|^`$]+")
_QUOTED = re.compile(r"(?<![\w\\`])`([^`'\n]{1,200})'(?![\w'])")
_TEXT_IN_DOLLARS = re.compile(
    r"\\(?:href|url)\b.*|\\(?:text(?:bf|it|tt|sc)|emph|underline)\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", re.DOTALL
)
_SET = re.compile(r"\{[^{}\\\n]{0,60},[^{}\\\n]{0,60}\}")
_OPTION = re.compile(r"\s*\[[^\[\]\n]{0,200}\]")


def may_be_tex(text: str) -> bool:
    """Whether reading the text could change it."""
    return _SPECIAL.search(text) is not None


def parse(text: str) -> list[Node]:
    """The text as a tree whose words are Unicode."""
    return _Reader(_QUOTED.sub(r"‘\1’", text)).read()


def _joined(nodes: list[Node]) -> list[Node]:
    """The nodes with neighbouring words made one string."""
    joined: list[Node] = []
    words: list[str] = []
    for node in nodes:
        if isinstance(node, str):
            words.append(node)
            continue
        joined += ["".join(words), node] if words else [node]
        words = []
    return [*joined, "".join(words)] if words else joined


def _unescaped(address: str) -> str:
    """A web address without the backslashes that TeX wants before some of its characters."""
    return re.sub(r"\\([_%&#~])", r"\1", address.strip())


class _Reader:
    """One pass over a text; `spans` are those still open, outermost first."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.spans = [Span(Style.PLAIN)]

    def read(self) -> list[Node]:
        for special in iter(self._next_special, None):
            self._say(self.text[self.place : special.start()])
            self.place = special.start()
            self._read_special(special[0])
        self._say(self.text[self.place :])
        while len(self.spans) > 1:
            self._close()
        return _joined(self.spans[0].children)

    def _next_special(self) -> re.Match[str] | None:
        return _SPECIAL.search(self.text, self.place)

    def _read_special(self, mark: str) -> None:
        formula = find_formula(self.text, self.place) if mark in ("$", "\\") else None
        if formula is not None:
            self._read_formula(*formula)
        elif mark == "\\":
            self._read_command()
        elif mark == "{":
            self._read_group()
        elif mark == "}":
            self._read_closing()
        elif mark in "^_":
            self.place += 2
            self._open(Style.RAISED if mark == "^" else Style.LOWERED)
        elif mark.startswith("http"):
            self._read_address()
        else:
            self._read_punctuation(mark)

    def _read_formula(self, formula: Formula, end: int) -> None:
        """A formula, or text that its authors put between dollars, such as a link."""
        self.place = end
        if _TEXT_IN_DOLLARS.fullmatch(formula.source):
            self.spans[-1].children.extend(parse(formula.source))
        else:
            self._add(formula)

    # --- The tree ----------------------------------------------------------------------------------------------

    def _say(self, words: str) -> None:
        if words:
            self.spans[-1].children.append(words)

    def _add(self, node: Formula | Span) -> None:
        self.spans[-1].children.append(node)

    def _open(self, style: Style, *, address: str = "", closing: str = "", declared: bool = False) -> None:
        if len(self.spans) > MAX_DEPTH:
            style = Style.PLAIN
        self.spans.append(Span(style, address=address, closing=closing, declared=declared))

    def _close(self) -> None:
        """End the innermost span. One without a style leaves its words in the span around it."""
        span = self.spans.pop()
        span.children = _joined(span.children)
        if span.style is not Style.PLAIN:
            self._add(span)
        else:
            self.spans[-1].children.extend(span.children)
        self._say(span.closing)

    # --- Groups and punctuation --------------------------------------------------------------------------------

    def _read_group(self) -> None:
        """A brace: dropped with its partner as TeX does, unless it writes a set, such as {0, 1}."""
        before = self.text[self.place - 1 : self.place]
        written = _SET.match(self.text, self.place) if not before.isalnum() else None
        if written is not None:
            self._say(written[0])
            self.place = written.end()
        else:
            self.place += 1
            self._open(Style.PLAIN)

    def _read_closing(self) -> None:
        self.place += 1
        while len(self.spans) > 1 and self.spans[-1].declared:
            self._close()
        if len(self.spans) > 1:
            self._close()
        else:
            self._say("}")

    def _read_punctuation(self, mark: str) -> None:
        before = self.text[self.place - 1 : self.place] if self.place else ""
        after = self.text[self.place + len(mark) : self.place + len(mark) + 1]
        if mark == "`" and after == "`":
            mark, printed = "``", "“"
        elif mark == "~":
            tie = before.isalnum() or before in set(".,:)}$%'")
            printed = "\N{NO-BREAK SPACE}" if tie and after.strip() else "~"
        elif mark.startswith("--"):
            option = not before.strip() and after.isalpha()
            printed = mark if option or len(mark) > 3 else "–—"[len(mark) - 2]
        elif mark == "''":
            printed = "”"
        else:
            printed = html.unescape(mark)
        self._say(printed)
        self.place += len(mark)

    def _read_address(self) -> None:
        """A web address in the open: kept whole, without the punctuation of the sentence around it."""
        match = _ADDRESS.match(self.text, self.place)
        address = match[0].rstrip(".,;:!?'*") if match else "http"
        if address.endswith(")") and address.count("(") < address.count(")"):
            address = address[:-1].rstrip(".,;:!?")
        self.place += len(address)
        if "://" in address:
            self._add_link(address)
        else:
            self._say(address)

    # --- Commands ----------------------------------------------------------------------------------------------

    def _read_command(self) -> None:
        contraction = _CONTRACTION.match(self.text, self.place)
        accent = _ACCENT.match(self.text, self.place)
        command = _COMMAND.match(self.text, self.place)
        if contraction is not None and self.text[self.place - 1 : self.place].isalpha():
            self.place += 1
        elif accent is not None and self._is_accent(accent):
            letters = accent["group"] or accent["bare"] or accent["dotless"]
            self._say(compose(letters, accent["mark"] or accent["letter"]))
            self.place = accent.end()
        elif command is not None:
            self._read_named(command)
        else:
            self._read_escaped()

    def _is_accent(self, accent: re.Match[str]) -> bool:
        """A diaeresis sits on vowels; over a consonant it is a quotation mark that a program has escaped."""
        letters = accent["group"] or accent["bare"] or accent["dotless"]
        return accent["mark"] != '"' or letters[0] in "aeiouyAEIOUY"

    def _read_escaped(self) -> None:
        mark = self.text[self.place + 1 : self.place + 2]
        if mark in ACCENTS or mark in ESCAPED:
            self.place += 2
            if mark in ACCENTS and self.text.startswith("{}", self.place):
                self.place += 2
            self._say(ESCAPED.get(mark, mark))
        else:
            self.place += 1
            self._say("\\")

    def _read_named(self, command: re.Match[str]) -> None:
        name = command[1]
        self.place = command.end()
        if name in _STYLED:
            self._open_argument(_STYLED[name])
        elif name in _DECLARED:
            self._skip_space()
            self._open(_DECLARED[name], declared=True)
        elif name in LETTERS:
            self._skip_space()
            self._say(LETTERS[name])
        elif name in ("href", "url", "path"):
            self._read_link(name)
        elif _FORMULA.match(command[0]):
            self._read_bare_formula(command)
        elif _CITATIONS.fullmatch(name):
            key = self._argument()
            self._say(f"[{key}]" if key is not None else "")
        elif name == "footnote":
            self._open_argument(Style.PLAIN, opening=" (", closing=")")
        elif name == "ding":
            self._say(_DINGBATS.get(self._argument() or "", "✦"))
        elif name == "enquote":
            self._open_argument(Style.PLAIN, opening="“", closing="”")
        else:
            self._read_other(name)

    def _read_other(self, name: str) -> None:
        """A symbol, or a command that only its authors know: its argument is text; without one, its name is."""
        for _ in range(_HIDDEN_ARGUMENTS.get(name, 0)):
            self._argument()
        printed = "" if name in _HIDDEN_ARGUMENTS else symbol(name)
        if self.text.startswith("{}", self.place):
            self.place += 2
        elif printed is None and self._open_argument(Style.PLAIN):
            return
        elif name in _HIDDEN_ARGUMENTS and name not in ("begin", "end"):
            self._open_argument(Style.PLAIN)
        if printed is None:
            printed = name if len(name) > 1 or name.isupper() else f"\\{name}"
        self._say(printed)

    def _read_link(self, name: str) -> None:
        address = self._argument()
        if address is None:
            self._say(name)
            return
        if name != "href" or not self._open_argument(Style.LINK, address=_unescaped(address)):
            self._add_link(address)

    def _add_link(self, address: str) -> None:
        self._add(Span(Style.LINK, [_unescaped(address)], address=_unescaped(address)))

    def _read_bare_formula(self, command: re.Match[str]) -> None:
        r"""A formula without its dollars, such as \frac{1}{2}."""
        while self._argument() is not None:
            pass
        source = self.text[command.start() : self.place]
        self._add(Formula(source)) if "{" in source else self._say(symbol(command[1]) or command[1])

    # --- Arguments ---------------------------------------------------------------------------------------------

    def _skip_space(self) -> None:
        if self.text.startswith(" ", self.place):
            self.place += 1

    def _argument(self) -> str | None:
        """The source between the braces that open here, with the place moved behind them; None if none do."""
        option = _OPTION.match(self.text, self.place)
        place = option.end() if option and self.text.startswith("{", option.end()) else self.place
        if not self.text.startswith("{", place):
            return None
        depth = 0
        for offset, character in enumerate(self.text[place : place + _MAX_ARGUMENT]):
            depth += (character == "{") - (character == "}")
            if depth == 0:
                self.place = place + offset + 1
                return self.text[place + 1 : place + offset]
        return None

    def _open_argument(self, style: Style, *, address: str = "", opening: str = "", closing: str = "") -> bool:
        """Begin the text argument that opens here, if one does."""
        option = _OPTION.match(self.text, self.place)
        place = option.end() if option else self.place
        brace = re.compile(r" ?\{").match(self.text, place)
        if brace is None:
            return False
        self.place = brace.end()
        self._say(opening)
        self._open(style, address=address, closing=closing)
        return True
