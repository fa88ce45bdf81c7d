"""Digests from files: Galley's own JSON and Markdown, and roundups in plain text as their readers saw them."""

from digests.importing.parsed import ImportedDigest, ImportedEntry, ImportedSection, UnreadableFile, of_document
from digests.importing.plain_form import read_plain
from digests.importing.read_json import read_json
from digests.importing.read_markdown import read_markdown
from digests.importing.storing import DigestExists, Imported, NoWeek, import_digest

__all__ = [
    "DigestExists",
    "Imported",
    "ImportedDigest",
    "ImportedEntry",
    "ImportedSection",
    "NoWeek",
    "UnreadableFile",
    "import_digest",
    "of_document",
    "read",
    "read_json",
    "read_markdown",
    "read_plain",
]


def read(text: str) -> ImportedDigest:
    """What the text holds, whichever of the three forms it has. Raises UnreadableFile."""
    start = text.lstrip("\ufeff \n\r\t")
    if start.startswith("{"):
        return read_json(start)
    if start.startswith(("# ", "#\n", "---\n", "> **DRAFT")):
        return read_markdown(start)
    return read_plain(start)
