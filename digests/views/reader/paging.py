"""Long lists, a page at a time."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from digests.views.reader.addresses import absolute

ROWS_A_PAGE = 25


def page_of(request: HttpRequest, rows: QuerySet[Any] | Sequence[Any]) -> Page[Any]:
    """The page that the address asks for, the first by default. Raises Http404 where there is none."""
    try:
        return Paginator(rows, ROWS_A_PAGE).page(request.GET.get("page", 1))
    except InvalidPage as error:
        raise Http404("This list has no such page.") from error


def page_address(request: HttpRequest, page: Page[Any]) -> str:
    """The one public address of a page of a list."""
    return absolute(request.path if page.number == 1 else f"{request.path}?page={page.number}")
