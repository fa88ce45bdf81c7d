"""What a format is. Each is one module that ends with its `Format`, and one line in the list of `digests/export`."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from digests.export.document import Document
from tracker.errors import GalleyError


class ExportUnavailable(GalleyError):
    """This installation lacks what the format is made with."""


class Purpose(StrEnum):
    """What readers and editors take a digest along for; the download menu is ordered by it."""

    READ = "To read"
    PASTE = "To publish elsewhere"
    CITE = "To cite"
    DATA = "For programs"


@dataclass(frozen=True)
class Format:
    """One way to write a document. `name` and `hint` are what a reader sees in a menu."""

    key: str  # as commands and addresses name it
    name: str
    purpose: Purpose
    suffix: str
    content_type: str
    render: Callable[[Document], bytes]
    hint: str = ""
    is_slow: bool = False  # takes seconds: kept once made
    is_rich_text: bool = False  # can be put on a clipboard for another site's editor
    holds_words: bool = True  # holds the editor's words, and so the notices around them
    name_file: Callable[[Document], str] | None = None

    def filename(self, document: Document) -> str:
        """Such as `llm-2023-W47.pdf`; a draft's says that it is one."""
        if self.name_file is not None:
            return self.name_file(document)
        draft = "-draft" if document.is_draft else ""
        return f"{document.series_slug}-{document.week}{draft}.{self.suffix}"
