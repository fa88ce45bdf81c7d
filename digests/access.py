"""Who may do what: a stranger is sent to sign in, somebody signed in without the role is refused."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

CURATE = "digests.curate_digest"
PUBLISH = "digests.publish_digest"
ADMINISTER = "digests.administer_desk"

_P = ParamSpec("_P")


class DeskRequest(HttpRequest):
    """A request of somebody who holds the role that the view asks for."""

    user: User
    htmx: HtmxDetails


_DeskView = Callable[Concatenate[DeskRequest, _P], HttpResponseBase]
_View = Callable[Concatenate[HttpRequest, _P], HttpResponseBase]


def is_publisher(user: User | AnonymousUser) -> bool:
    """Whether they may make a digest public."""
    return user.has_perm(PUBLISH)


def editor_required(view: _DeskView[_P]) -> _View[_P]:
    """For views of the desk."""
    return _require(CURATE, view)


def publisher_required(view: _DeskView[_P]) -> _View[_P]:
    """For views that make something public."""
    return _require(PUBLISH, view)


def administrator_required(view: _DeskView[_P]) -> _View[_P]:
    """For views that look after series, topics and people."""
    return _require(ADMINISTER, view)


def reader_required(view: _DeskView[_P]) -> _View[_P]:
    """For views of a signed-in reader's own things; whoever works at the desk reads too."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in(request)
        return view(request, *args, **kwargs)  # type: ignore[arg-type]  # checked: somebody is signed in

    return guarded


def operator_required(view: _DeskView[_P]) -> _View[_P]:
    """For what only whoever runs the site may see, such as other people's mail."""
    return _require(None, view)


def _require(permission: str | None, view: _DeskView[_P]) -> _View[_P]:
    """Demand a permission, or with None every right there is."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _sign_in(request)
        if not (request.user.has_perm(permission) if permission else request.user.is_superuser):
            raise PermissionDenied("Your account has no role that allows this. Ask whoever runs this site.")
        return view(request, *args, **kwargs)  # type: ignore[arg-type]  # checked: it is a DeskRequest now

    return guarded


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    """Send a stranger to the sign-in page, but leave a page that htmx works on as it is, with what was typed there."""
    if getattr(request, "htmx", False):
        return HttpResponse(
            "You are signed out. Sign in again in another tab, then repeat this.", status=401, content_type="text/plain"
        )
    return redirect_to_login(request.get_full_path() if request.method in ("GET", "HEAD") else reverse("desk"))
