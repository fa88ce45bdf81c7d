"""A draft summary from an abstract: TeX resolved, cut into about three paragraphs. Pure."""

import re

from tracker import tex

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9“\"(])")
PARAGRAPHS = 3


def draft_summary(abstract: str) -> str:
    """The abstract as Markdown in paragraphs. No word is added or lost."""
    sentences = _SENTENCE_END.split(" ".join(tex.to_markdown(abstract).split()))
    size = max(1, -(-len(sentences) // PARAGRAPHS))
    return "\n\n".join(" ".join(sentences[at : at + size]) for at in range(0, len(sentences), size)).strip()
