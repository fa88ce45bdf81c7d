"""What somebody signed in may see and change of their own account; django-allauth does the changing."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digests.access import DeskRequest, reader_required


@reader_required
@require_safe
def account(request: DeskRequest) -> HttpResponse:
    """Who one is here, and the ways to what can be changed."""
    return render(request, "account/account.html")
