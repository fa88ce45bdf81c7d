"""A digest as a Word document, by python-docx, with real headings, lists and links, so that Word can go on with it."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from docx import Document as new_document
from docx.enum.text import WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from digests.export import wording
from digests.export.document import Document, DocumentEntry
from digests.export.formats import Format, Purpose
from digests.markdown import Block, Blocks, Inline, inlines_to_plain
from digests.markdown.blocks import (
    Break,
    Code,
    CodeBlock,
    Emphasis,
    Heading,
    Link,
    Listing,
    Math,
    Paragraph,
    Quote,
    Rule,
    Strong,
    Text,
)
from tracker import tex

DEEPEST_LIST = 3  # Word's own styles know three levels; deeper lists stand on the third
_MONOSPACE = "DejaVu Sans Mono"
_LINK_BLUE = RGBColor(0x0B, 0x4F, 0x8A)


def render(document: Document) -> bytes:
    made = io.BytesIO()
    _Writer(document).write().save(made)
    return made.getvalue()


class _Writer:
    """Writes one digest. Numbered lists and bookmarks are counted through the whole file."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.word = new_document()
        self.bookmarks = 0

    def write(self) -> Any:
        document = self.document
        self._set_up()
        if document.is_draft:
            self._notice(wording.DRAFT_NOTICE)
        self.word.add_heading(document.headline, level=0)
        if document.subtitle:
            self._paragraph("Subtitle").add_run(document.subtitle)
        self._blocks(document.intro_blocks)
        if document.sample_notice:
            self._notice(document.sample_notice)
        self._contents()
        for section in document.sections:
            heading = self.word.add_heading(level=1)
            self._bookmarked(heading, f"s{section.number}", f"{section.number}. {section.title}")
            for entry in section.entries:
                self._entry(entry)
        self._blocks(document.sign_off_blocks)
        self._paragraph().add_run(wording.ARXIV_THANKS).italic = True
        return self.word

    def _set_up(self) -> None:
        properties = self.word.core_properties
        properties.title, properties.subject = (
            self.document.headline[:255],
            self.document.subtitle[:255],
        )
        properties.author, properties.comments = self.document.series_name[:255], self.document.url
        properties.keywords = ", ".join(section.title for section in self.document.sections)[:255]
        properties.created = properties.modified = dt.datetime.combine(self.document.day, dt.time())
        self.word.styles["Normal"].font.size = Pt(11)
        for part in self.word.sections:
            part.page_width, part.page_height = Cm(21), Cm(29.7)

    def _contents(self) -> None:
        if not self.document.sections:
            return
        self._paragraph().add_run(wording.CONTENTS).bold = True
        for section in self.document.sections:
            link = OxmlElement("w:hyperlink")
            link.set(qn("w:anchor"), f"s{section.number}")
            paragraph = self._paragraph()
            paragraph.paragraph_format.space_after = Pt(2)
            paragraph._p.append(link)
            self._run(link, paragraph, f"{section.number}. {section.title}", (), is_link=True)

    def _entry(self, entry: DocumentEntry) -> None:
        heading = self.word.add_heading(f"{entry.number}. ", level=2)
        self._link(heading, entry.url, entry.heading, ())
        category = f" · {entry.primary_category}" if entry.primary_category else ""
        authors = f"{', '.join(entry.authors)} · " if entry.authors else ""
        facts = self._paragraph().add_run(f"{authors}arXiv:{entry.arxiv_id}{category}")
        facts.font.size = Pt(9)
        for notice in entry.notices:
            self._notice(notice)
        self._blocks(entry.summary_blocks)

    def _notice(self, sentence: str) -> None:
        self._paragraph("Intense Quote").add_run(sentence)

    # --- Blocks ------------------------------------------------------------------------------------------------

    def _blocks(self, blocks: Blocks, *, style: str | None = None) -> None:
        for block in blocks:
            self._block(block, style)

    def _block(self, block: Block, style: str | None) -> None:
        match block:
            case Paragraph(children):
                self._inlines(self._paragraph(style), children)
            case Heading(level, children):
                self._inlines(self.word.add_heading(level=min(9, level + 2)), children)
            case Quote(blocks):
                self._blocks(blocks, style="Quote")
            case CodeBlock(words):
                self._code(words)
            case Rule():
                self._paragraph(style).add_run("* * *")
            case Listing():
                self._listing(block, level=1)

    def _code(self, words: str) -> None:
        run = self._paragraph("No Spacing").add_run(words)
        run.font.name, run.font.size = _MONOSPACE, Pt(9)

    def _listing(self, listing: Listing, level: int) -> None:
        number = self._new_numbering(listing.start) if listing.ordered else None
        name = "List Number" if listing.ordered else "List Bullet"
        depth = min(level, DEEPEST_LIST)
        style = name if depth == 1 else f"{name} {depth}"
        for item in listing.items:
            self._item(item, style, number, level)

    def _item(self, item: Blocks, style: str, number: int | None, level: int) -> None:
        """The first paragraph carries the item's mark, further ones stand below it."""
        is_first = True
        for block in item or (Paragraph(()),):
            if isinstance(block, Listing):
                self._listing(block, level + 1)
            elif isinstance(block, Paragraph):
                paragraph = self._paragraph(style if is_first else "List Continue")
                if is_first and number is not None:
                    self._numbered(paragraph, number)
                self._inlines(paragraph, block.children)
                is_first = False
            else:
                self._block(block, "List Continue")

    def _new_numbering(self, start: int) -> int:
        """A numbering of its own for one list: Word would count on from the list before."""
        numbering = self.word.part.numbering_part.numbering_definitions._numbering
        style = self.word.styles["List Number"].element
        like = int(style.find(f".//{qn('w:numId')}").get(qn("w:val")))
        kind = next(one for one in numbering.num_lst if one.numId == like).abstractNumId.val
        num = numbering.add_num(kind)
        num.add_lvlOverride(ilvl=0).add_startOverride(start)
        return int(num.numId)

    def _numbered(self, paragraph: Any, number: int) -> None:
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = number

    def _paragraph(self, style: str | None = None) -> Any:
        return self.word.add_paragraph(style=style)

    # --- Inside a paragraph ------------------------------------------------------------------------------------

    def _inlines(self, paragraph: Any, inlines: Sequence[Inline], marks: tuple[str, ...] = ()) -> None:
        for inline in inlines:
            self._inline(paragraph, inline, marks)

    def _inline(self, paragraph: Any, inline: Inline, marks: tuple[str, ...]) -> None:
        match inline:
            case Text(words):
                self._run(paragraph._p, paragraph, words.replace("\n", " "), marks)
            case Emphasis(children):
                self._inlines(paragraph, children, (*marks, "italic"))
            case Strong(children):
                self._inlines(paragraph, children, (*marks, "bold"))
            case Code(words):
                self._run(paragraph._p, paragraph, words, (*marks, "code"))
            case Math(source):
                self._run(paragraph._p, paragraph, tex.formula_to_unicode(source), (*marks, "italic"))
            case Break():
                paragraph.add_run().add_break(WD_BREAK.LINE)
            case Link(address, children):
                self._link(paragraph, address, inlines_to_plain(children, addresses=False), marks)

    def _link(self, paragraph: Any, address: str, words: str, marks: tuple[str, ...]) -> None:
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        paragraph._p.append(link)
        self._run(link, paragraph, words, marks, is_link=True)

    def _run(self, parent: Any, paragraph: Any, words: str, marks: tuple[str, ...], *, is_link: bool = False) -> None:
        run = paragraph.add_run(words)
        run.italic, run.bold = "italic" in marks or None, "bold" in marks or None
        if "code" in marks:
            run.font.name = _MONOSPACE
        if is_link:
            run.font.color.rgb, run.font.underline = _LINK_BLUE, True
        parent.append(run._r)  # where it is a link's, it moves into the link

    def _bookmarked(self, heading: Any, name: str, words: str) -> None:
        """A heading that the contents can lead to."""
        self.bookmarks += 1
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for mark in (start, end):
            mark.set(qn("w:id"), str(self.bookmarks))
        start.set(qn("w:name"), name)
        heading._p.append(start)
        heading.add_run(words)
        heading._p.append(end)


FORMAT = Format(
    "docx", "Word", Purpose.READ, "docx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document", render, "to edit further",
)  # fmt: skip
