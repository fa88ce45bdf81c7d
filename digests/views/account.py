"""One's own account, whose details django-allauth changes; and the way in for whoever was invited."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from digests import people
from digests.access import DeskRequest, reader_required
from digests.forms import AcceptForm


@reader_required
@require_safe
def account(request: DeskRequest) -> HttpResponse:
    """Who one is here, and the ways to what can be changed."""
    return render(request, "account/account.html")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Say what an invitation offers; on POST accept it. An account that is there already signs in by itself after."""
    try:
        invitation = people.invitation_of(token)
        holder = people.account_of(invitation.email)
        form = AcceptForm(request.POST or None, label_suffix="")
        if request.method == "POST" and (holder or form.is_valid()):
            chosen = {} if holder else form.cleaned_data
            person, is_new = people.accept_invitation(invitation, **chosen)
            if not is_new:
                messages.success(request, "The role is yours. Sign in as always.")
                return redirect("account_login")
            login(request, person, settings.AUTHENTICATION_BACKENDS[0])
            messages.success(request, f"Welcome, {person.get_short_name()}. This is the desk.")
            return redirect("desk")
    except people.InvitationGone as error:
        return render(request, "account/invitation_gone.html", {"reason": str(error)}, status=410)
    context = {"invitation": invitation, "by": people.name_of(invitation.invited_by), "holder": holder, "form": form}
    return render(request, "account/invitation.html", context, status=400 if form.errors else 200)
