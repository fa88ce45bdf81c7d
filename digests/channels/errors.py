"""Why a channel took nothing."""

from tracker.errors import GalleyError


class ChannelUnavailable(GalleyError):
    """It didn't work this time; it may the next. `after` is when the other side asked to be tried, in seconds."""

    def __init__(self, told: str, after: float | None = None) -> None:
        super().__init__(told)
        self.after = after


class ChannelRefused(GalleyError):
    """The other side will not take it, however often it is tried."""


class UnknownChannel(ChannelRefused):
    """No channel of that key is set up."""
