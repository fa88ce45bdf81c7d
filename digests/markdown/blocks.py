"""What an editor's Markdown says, as typed blocks and inlines: the form that every page, mail and format is made from.

All of it is immutable and compares by value, so that "says the same" is `==`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """Words as they are read. A line end in them is where the editor broke a line; it shows as a space."""

    words: str


@dataclass(frozen=True)
class Emphasis:
    children: "tuple[Inline, ...]"


@dataclass(frozen=True)
class Strong:
    children: "tuple[Inline, ...]"


@dataclass(frozen=True)
class Code:
    words: str


@dataclass(frozen=True)
class Math:
    """A formula's TeX, without the dollars around it."""

    source: str
    display: bool = False


@dataclass(frozen=True)
class Link:
    """`address` begins with http, https or mailto."""

    address: str
    children: "tuple[Inline, ...]"
    title: str = ""


@dataclass(frozen=True)
class Break:
    """A new line that the editor asked for."""


Inline = Text | Emphasis | Strong | Code | Math | Link | Break


@dataclass(frozen=True)
class Paragraph:
    children: tuple[Inline, ...]


@dataclass(frozen=True)
class Heading:
    """A heading inside a summary. `level` counts from 1, below whatever stands above the text."""

    level: int
    children: tuple[Inline, ...]


@dataclass(frozen=True)
class Listing:
    """A list. In a tight one, paragraphs stand without space between them. `start` numbers the first item."""

    items: "tuple[tuple[Block, ...], ...]"
    ordered: bool = False
    start: int = 1
    tight: bool = True


@dataclass(frozen=True)
class Quote:
    blocks: "tuple[Block, ...]"


@dataclass(frozen=True)
class CodeBlock:
    """Lines to be shown as they are; the last has no line end."""

    words: str
    language: str = ""


@dataclass(frozen=True)
class Rule:
    """A line across."""


Block = Paragraph | Heading | Listing | Quote | CodeBlock | Rule
Blocks = tuple[Block, ...]
