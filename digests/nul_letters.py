"""Addresses with a NUL, about which PostgreSQL can't even be asked: they find nothing, rather than fail."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

_INSTEAD = "\ufffd"  # Unicode's sign for a letter that can't be told


class NulLetters:
    """Middleware: reads each NUL in an address as a letter that nothing has."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.path = request.path.replace("\0", _INSTEAD)
        request.path_info = request.path_info.replace("\0", _INSTEAD)
        request.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "").replace("%00", "%EF%BF%BD")
        return self.get_response(request)
