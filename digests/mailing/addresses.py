"""Mail addresses, in the one form in which they are stored. Pure."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tracker.errors import GalleyError


class NotAnAddress(GalleyError):
    """What was given is no address that mail can be sent to."""


def normalise(email: str) -> str:
    """The address with its host in lower case and ASCII. Raises NotAnAddress.

    >>> normalise(" Ada@Bücher.Example ")
    'Ada@xn--bcher-kva.example'
    """
    email = email.strip()
    try:
        validate_email(email)
        name, _, host = email.rpartition("@")
        return f"{name}@{host.encode('idna').decode('ascii').lower()}"
    except (ValidationError, UnicodeError) as error:
        raise NotAnAddress("This is no mail address: write one like ada@example.org.") from error
