"""The words of exported files, read by libraries that had no part in writing them."""

import html
import io
import re
import zipfile

import docx
from pypdf import PdfReader

from digests.export import Export


def words_of(export: Export) -> str:
    """What a reader of the file reads, white space folded where the file's lines mean nothing."""
    read = _READERS.get(export.content_type.split(";")[0], bytes.decode)
    return read(export.content)


def _pdf(content: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return re.sub(r"\s+", " ", " ".join(pages)).replace("\u00ad", "")


def _epub(content: bytes) -> str:
    book = zipfile.ZipFile(io.BytesIO(content))
    parts = [book.read(name).decode() for name in book.namelist() if name.endswith(".xhtml")]
    return html.unescape(re.sub(r"<[^>]+>", "", "\n".join(parts)))


def _docx(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs)


_READERS = {
    "application/pdf": _pdf,
    "application/epub+zip": _epub,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": _docx,
}
