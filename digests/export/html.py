"""A digest as one HTML file that stands on its own: style inside, formulas as MathML, no script, nothing fetched."""

from django.template.loader import render_to_string

from digests.export import wording
from digests.export.document import Document


def render(document: Document) -> str:
    """The whole page."""
    words = {name.lower(): sentence for name, sentence in vars(wording).items() if name.isupper()}
    return render_to_string("digests/export/digest.html", {"document": document, **words})
