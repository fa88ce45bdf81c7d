"""A digest as HTML to paste into another site's editor: what it keeps, the rest turned into what survives.

None of them keeps anchors or MathML: the contents are a list without links, and formulas become Unicode in italics.
"""

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from digests.export import wording
from digests.export.document import Document, DocumentEntry
from digests.export.formats import Format, Purpose
from digests.markdown import Block, Blocks, Inline
from digests.markdown.blocks import Code, Emphasis, Heading, Link, Listing, Paragraph, Quote, Strong, Text
from digests.markdown.html import HtmlWriter, words_for_math

_WRITER = HtmlWriter(math=words_for_math, link_attributes="")


@dataclass(frozen=True)
class Editor:
    """What an editor keeps of what is pasted into it. The title has a field of its own in all of them."""

    section_tag: str
    entry_tag: str
    nested_lists: bool = False
    inline_code: bool = True


SUBSTACK = Editor("h2", "h3", nested_lists=True)
MEDIUM = Editor("h3", "h4")  # its large and its small heading
LINKEDIN = Editor("h2", "h3", inline_code=False)


def render(document: Document, editor: Editor) -> bytes:
    """A fragment of HTML, without a page around it."""
    return ("\n".join(_pieces(document, editor)) + "\n").encode()


def _pieces(document: Document, editor: Editor) -> Iterator[str]:
    if document.is_draft:
        yield f"<p><strong>{wording.DRAFT_NOTICE}</strong></p>"
    if document.subtitle:
        yield f"<p><em>{html.escape(document.subtitle)}</em></p>"
    yield _blocks(document.intro_blocks, editor)
    if document.sample_notice:
        yield f"<p><em>{html.escape(document.sample_notice)}</em></p>"
    if document.contents:
        yield f"<p><strong>{wording.CONTENTS}</strong></p>"
        yield f"<ol>{''.join(f'<li>{html.escape(title)}</li>' for _, title, _ in document.contents)}</ol>"
    for section in document.sections:
        yield f"<{editor.section_tag}>{section.number}. {html.escape(section.title)}</{editor.section_tag}>"
        for entry in section.entries:
            yield from _entry(entry, editor)
    yield "<hr />"
    yield _blocks(document.sign_off_blocks, editor)
    source = f'<a href="{html.escape(document.url)}">{html.escape(document.series_name)}</a>'
    yield f"<p><em>First published in {source}. {wording.ARXIV_THANKS}</em></p>"


def _entry(entry: DocumentEntry, editor: Editor) -> Iterator[str]:
    words = f'{entry.number}. <a href="{html.escape(entry.url)}">{html.escape(entry.heading)}</a>'
    yield f"<{editor.entry_tag}>{words}</{editor.entry_tag}>"
    yield from (f"<p><em>{html.escape(notice)}</em></p>" for notice in entry.notices)
    yield _blocks(entry.summary_blocks, editor)


def _blocks(blocks: Blocks, editor: Editor) -> str:
    return _WRITER.blocks([_kept(block, editor) for block in blocks])


def _kept(block: Block, editor: Editor) -> Block:
    """The block as the editor keeps it. An editor's own headings become strong words: the two sizes are taken."""
    match block:
        case Paragraph(children):
            return Paragraph(_kept_inlines(children, editor))
        case Heading(_, children):
            return Paragraph((Strong(_kept_inlines(children, editor)),))
        case Quote(blocks):
            return Quote(tuple(_kept(inner, editor) for inner in blocks))
        case Listing(items):
            kept = [tuple(_kept(inner, editor) for inner in item) for item in items]
            return replace(block, items=tuple(kept if editor.nested_lists else _flat(kept)), tight=True)
        case _:
            return block


def _flat(items: Sequence[Blocks]) -> Iterator[Blocks]:
    """Lists inside items as items of their own behind them, with a dash; an item's paragraphs run on."""
    for item in items:
        own = [block for block in item if not isinstance(block, Listing)]
        if own or not item:
            yield tuple(own)
        for listing in item:
            if isinstance(listing, Listing):
                yield from (_dashed(inner) for inner in _flat(listing.items))


def _dashed(item: Blocks) -> Blocks:
    first = item[0] if item else Paragraph(())
    if not isinstance(first, Paragraph):
        return item
    return (Paragraph((Text("– "), *first.children)), *item[1:])


def _kept_inlines(inlines: Sequence[Inline], editor: Editor) -> tuple[Inline, ...]:
    return tuple(_kept_inline(inline, editor) for inline in inlines)


def _kept_inline(inline: Inline, editor: Editor) -> Inline:
    match inline:
        case Code(words) if not editor.inline_code:
            return Text(words)
        case Emphasis(children) | Strong(children) | Link(_, children):
            return replace(inline, children=_kept_inlines(children, editor))
        case _:
            return inline


def _format(key: str, name: str, editor: Editor) -> Format:
    write: Callable[[Document], bytes] = partial(render, editor=editor)
    return Format(
        key, name, Purpose.PASTE, f"{key}.html", "text/html; charset=utf-8", write, "to paste", is_rich_text=True
    )


FORMATS = (
    _format("substack", "Substack", SUBSTACK),
    _format("medium", "Medium", MEDIUM),
    _format("linkedin", "LinkedIn article", LINKEDIN),
)
