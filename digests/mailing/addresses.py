"""Mail addresses, in the one form in which they are stored. Pure."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tracker.errors import GalleyError

_LONGEST = 254
_REFUSED = "This is no mail address: write one like ada@example.org."


class NotAnAddress(GalleyError):
    """What was given is no address that mail can be sent to."""


def normalise(email: str) -> str:
    """The address with its host in lower case and ASCII, 254 characters at most (RFC 5321). Raises NotAnAddress.

    >>> normalise(" Ada@Bücher.Example ")
    'Ada@xn--bcher-kva.example'
    """
    email = email.strip()
    try:
        validate_email(email)
        name, _, host = email.rpartition("@")
        address = f"{name}@{host.encode('idna').decode('ascii').lower()}"
    except (ValidationError, UnicodeError) as error:
        raise NotAnAddress(_REFUSED) from error
    if len(address) > _LONGEST or not address.isprintable():
        raise NotAnAddress(_REFUSED)
    return address
