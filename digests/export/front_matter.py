"""A digest as Markdown with front matter, as a page of a Jekyll or a Hugo site."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from digests.export.document import Document
from digests.export.formats import Format, Purpose
from digests.export.markdown import body, join


def render_jekyll(document: Document) -> bytes:
    """A post. Its text is kept from Liquid, which would read a formula's `{{` as its own."""
    fields = _fields(document) | {"layout": "post", "permalink": f"/{document.series_slug}/{document.week}/"}
    text = join(list(body(document, with_ids=True)), document).decode()
    raw = text.replace("{% endraw %}", "{&#37; endraw %}")
    return f"{_front_matter(fields)}\n{{% raw %}}\n{raw}{{% endraw %}}\n".encode()


def render_hugo(document: Document) -> bytes:
    """A page. Its text is kept from being read as a shortcode."""
    fields = _fields(document) | {"slug": str(document.week), "draft": document.is_draft, "math": True}
    text = join(list(body(document, with_ids=True)), document).decode()
    return f"{_front_matter(fields)}\n{text.replace('{{<', '{{&lt;').replace('{{%', '{{&#37;')}".encode()


def _fields(document: Document) -> dict[str, Any]:
    return {
        "title": document.headline,
        "description": document.subtitle,
        "date": f"{document.day.isoformat()}T00:00:00Z",
        "categories": [document.series_slug],
        "tags": [section.title for section in document.sections],
        "canonical_url": document.url,
        "week": str(document.week),
        "published": not document.is_draft,
    }


def _front_matter(fields: Mapping[str, Any]) -> str:
    """The fields as YAML. What JSON writes on one line is YAML, with no question of quoting left."""
    return "\n".join(["---", *_lines(fields), "---", ""])


def _lines(fields: Mapping[str, Any]) -> Iterator[str]:
    return (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())


def _dated(document: Document) -> str:
    return f"{document.day.isoformat()}-{document.series_slug}-{document.week}.md"


JEKYLL = Format(
    "jekyll", "Jekyll post", Purpose.PASTE, "md", "text/markdown; charset=utf-8", render_jekyll,
    "Markdown with front matter", name_file=_dated,
)  # fmt: skip
HUGO = Format(
    "hugo", "Hugo page", Purpose.PASTE, "hugo.md", "text/markdown; charset=utf-8", render_hugo,
    "Markdown with front matter",
)  # fmt: skip
