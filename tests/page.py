"""What a test asks of a page's HTML: its text, its links, and whatever a strict policy forbids."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    inside: "Element | None"
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text within, white space collapsed."""
        return " ".join("".join(self.pieces).split())


class Page(HTMLParser):
    """A parsed page: `Page(response)`."""

    def __init__(self, response) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(response.content.decode())
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        names = {name: value or "" for name, value in attrs}
        element = Element(tag, names, self._open[-1] if self._open else None)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data) -> None:
        for element in self._open:
            element.pieces.append(data)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def texts(self, *tags: str) -> list[str]:
        return [element.text for element in self.all(*tags)]

    @property
    def text(self) -> str:
        return self.texts("body")[0]

    @property
    def ids(self) -> list[str]:
        return [element.attributes["id"] for element in self.elements if "id" in element.attributes]

    @property
    def links(self) -> list[str]:
        return [element.attributes.get("href", "") for element in self.all("a")]

    @property
    def inline_code(self) -> list[str]:
        """Scripts, styles and handlers that stand in the page itself. Blocks of data, which nothing runs, are none."""
        code = [one for one in self.all("script", "style") if one.attributes.get("type") != "application/ld+json"]
        found = [f"<{element.tag}>" for element in code if not element.attributes.get("src")]
        for element in self.elements:
            names = [name for name in element.attributes if name == "style" or name.startswith("on")]
            found += [f"<{element.tag} {name}>" for name in names]
            found += [
                f"<{element.tag} {name}={value}>"
                for name, value in element.attributes.items()
                if value.strip().lower().startswith(("javascript:", "data:", "vbscript:"))
            ]
        return found
