"""A digest as one HTML file that stands on its own: style inside, formulas as MathML, no script, nothing fetched."""

from django.template.loader import render_to_string

from digests.export import wording
from digests.export.document import Document
from digests.export.formats import Format, Purpose


def render(document: Document) -> bytes:
    """The whole page."""
    return render_to_string("digests/export/digest.html", {"document": document, **sentences()}).encode()


def sentences() -> dict[str, str]:
    """The sentences of `wording`, as templates name them."""
    return {name.lower(): sentence for name, sentence in vars(wording).items() if name.isupper()}


FORMAT = Format(
    "html", "Web page", Purpose.READ, "html", "text/html; charset=utf-8", render, "one file, opens in any browser"
)
