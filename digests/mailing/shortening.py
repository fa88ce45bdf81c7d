"""Summaries cut to a number of characters, at the end of a block or of a word. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from digests.markdown import Block, Blocks, Inline, blocks_to_plain, inlines_to_plain
from digests.markdown.blocks import Emphasis, Link, Listing, Paragraph, Quote, Strong, Text

_LEAST = 40  # characters that are worth beginning a block for


def shorten(blocks: Blocks, limit: int) -> Blocks:
    """The beginning of the blocks, of about `limit` characters; the blocks themselves where they are no longer."""
    if len(blocks_to_plain(blocks)) <= limit:
        return blocks
    kept: list[Block] = []
    left = limit
    for block in blocks:
        size = len(blocks_to_plain((block,)))
        if size <= left:
            kept.append(block)
            left -= size
            continue
        if left >= _LEAST and (begun := _begin(block, left)) is not None:
            kept.append(begun)
        break
    return tuple(kept)


def _begin(block: Block, limit: int) -> Block | None:
    """The block's beginning; None of a kind that makes no sense in part."""
    if isinstance(block, Paragraph):
        return Paragraph((*_inlines(block.children, limit), Text(" …")))
    if isinstance(block, Listing):
        items: list[Blocks] = []
        for item in block.items:
            limit -= len(blocks_to_plain(item))
            if limit < 0:
                break
            items.append(item)
        return replace(block, items=tuple(items)) if items else None
    if isinstance(block, Quote):
        return Quote(shorten(block.blocks, limit))
    return None


def _inlines(children: Sequence[Inline], limit: int) -> tuple[Inline, ...]:
    """As many as fit, the last of them up to the end of a word; a formula or code that doesn't fit is left out."""
    kept: list[Inline] = []
    for child in children:
        size = len(inlines_to_plain((child,), addresses=False))
        if size <= limit:
            kept.append(child)
            limit -= size
            continue
        if isinstance(child, Text):
            kept.append(Text(_words(child.words, limit)))
        elif isinstance(child, Emphasis | Strong | Link):
            kept.append(replace(child, children=_inlines(child.children, limit)))
        break
    return tuple(kept)


def _words(text: str, limit: int) -> str:
    """Up to the last whole word, without a comma or the like at its end."""
    return text[: limit + 1].rpartition(" ")[0].rstrip(" ,;:–—-(")
