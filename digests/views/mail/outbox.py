"""The mail that is kept while no mail server is named, for whoever runs the site: it holds other people's links."""

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digests import outbox
from digests.access import DeskRequest, operator_required

SHOWN = 100


@operator_required
@require_safe
def kept(request: DeskRequest) -> HttpResponse:
    """The latest mails, the newest first."""
    context = {"mails": outbox.kept_mail(SHOWN), "in_use": outbox.is_in_use()}
    return render(request, "digests/desk/mail/kept.html", context)


@operator_required
@require_safe
def letter(request: DeskRequest, name: str) -> HttpResponse:
    """One mail: its headers and its text."""
    return render(request, "digests/desk/mail/kept_mail.html", {"mail": _find(name)})


# A mail brings its own style along. It may show nothing else, and run nothing.
@csp_replace(  # type: ignore[arg-type]  # its types know only views without arguments
    {"script-src": [NONE], "style-src": [UNSAFE_INLINE], "sandbox": ["allow-popups"]}
)
@operator_required
@require_safe
def letter_html(request: DeskRequest, name: str) -> HttpResponse:
    """The mail's HTML as a mail program would show it."""
    mail = _find(name)
    if not mail.html:
        raise Http404
    return HttpResponse(mail.html)


def _find(name: str) -> outbox.KeptMail:
    mail = outbox.find_mail(name)
    if mail is None:
        raise Http404
    return mail
