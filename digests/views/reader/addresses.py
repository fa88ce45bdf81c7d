"""Addresses as the outside world must know them: whole, and the same whatever host a request came by."""

from django.conf import settings


def absolute(path: str) -> str:
    """The public address of a path of this site."""
    return f"{settings.SITE_URL}{path}"
