"""How long work reports how far it is, to whoever watches: a terminal, a log, the desk."""

from typing import Protocol


class Progress(Protocol):
    """Called by long work. Implementations are cheap: `advance` may come thousands of times."""

    def start(self, label: str, total: int | None) -> None:
        """A new stage begins; `total` units are expected, None where that isn't known."""

    def advance(self, count: int = 1) -> None:
        """`count` more units are done and stored."""

    def note(self, message: str) -> None:
        """Something worth a line: a wait, a retry, a skipped record."""


class Silent:
    """Progress that nobody watches."""

    def start(self, label: str, total: int | None) -> None: ...
    def advance(self, count: int = 1) -> None: ...
    def note(self, message: str) -> None: ...


SILENT = Silent()
