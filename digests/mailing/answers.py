"""What may become of a mail, and what may keep all mail from leaving."""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from anymail.exceptions import AnymailError

from digests.mailing.letters import Letter
from tracker.errors import GalleyError

# Asked at the last moment at which a mail can be held back. Whoever says yes has noted down that it may be out.
Permit = Callable[[], bool]


# What Django's mail API raises where a mail can't be sent, whichever way EMAIL_URL names.
MAIL_FAILURES = (smtplib.SMTPException, OSError, AnymailError)


class Outcome(Enum):
    SENT = "sent"
    LATER = "later"  # refused for now
    REFUSED = "refused"  # refused for good
    UNKNOWN = "unknown"  # the server has all of it, and its answer never came
    HELD_BACK = "held back"  # permission was withheld


@dataclass(frozen=True)
class Answer:
    """What became of a mail, and the server's words."""

    outcome: Outcome
    words: str = ""
    mailbox_is_gone: bool = False
    provider_id: str = ""


class Trouble(GalleyError):
    """The way out is shut for every mail, and this one did not go out. It may open again by itself."""


class LastingTrouble(Trouble):
    """It won't open without a person: a password or a sender was refused."""


class Carrier(Protocol):
    """A way out for mail, kept open from one mail to the next."""

    def carry(self, letter: Letter, permit: Permit) -> Answer:
        """Send one mail if `permit` allows it. Raises Trouble."""

    def close(self) -> None: ...
