"""The desk's page of people, for administrators: who may do what, and who is invited."""

import logging

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from digests import outbox, people
from digests.access import DeskRequest, administrator_required
from digests.forms import InvitationForm, RoleForm
from digests.mailing.answers import MAIL_FAILURES
from digests.models import Invitation, Role
from digests.models.people import name_of
from tracker.errors import GalleyError

logger = logging.getLogger(__name__)


@administrator_required
@require_safe
def list_people(request: DeskRequest) -> HttpResponse:
    """Everybody with a role, and the invitations that wait for an answer."""
    return _page(request, InvitationForm(label_suffix=""))


def _page(request: DeskRequest, form: InvitationForm, status: int = 200) -> HttpResponse:
    context = {
        "people": [(person, people.role_of(person)) for person in people.at_the_desk()],
        "invitations": Invitation.objects.unanswered().select_related("invited_by"),
        "roles": Role,
        "form": form,
    }
    return render(request, "digests/desk/people.html", context, status=status)


@administrator_required
@require_POST
def invite(request: DeskRequest) -> HttpResponse:
    """Offer a role to an address, by mail."""
    form = InvitationForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _page(request, form, status=400)
    try:
        invitation = people.invite(**form.cleaned_data, by=request.user)
    except GalleyError as error:
        form.add_error("email", str(error))
        return _page(request, form, status=400)
    _send(request, invitation)
    return redirect("people")


def _send(request: DeskRequest, invitation: Invitation) -> None:
    """Mail the link; where no mail goes out, give it to the administrator to hand on."""
    try:
        people.send(invitation)
    except MAIL_FAILURES as error:
        logger.warning("The invitation of %s couldn't be mailed: %s", invitation.email, error)
        is_sent = False
    else:
        is_sent = not outbox.is_in_use()
    if is_sent:
        messages.success(request, f"An invitation is on its way to {invitation.email}. It holds for seven days.")
    else:
        link = people.link_of(invitation)
        messages.warning(request, f"No mail could be sent to {invitation.email}. Hand them this link yourself: {link}")


@administrator_required
@require_POST
def withdraw_invitation(request: DeskRequest, pk: int) -> HttpResponse:
    """Make an invitation's link worthless."""
    invitation = get_object_or_404(Invitation, pk=pk)
    people.withdraw_invitation(invitation, by=request.user)
    messages.success(request, f"The invitation of {invitation.email} is withdrawn.")
    return redirect("people")


@administrator_required
@require_POST
def change_role(request: DeskRequest, pk: int) -> HttpResponse:
    """Give somebody another role, or none."""
    person = get_object_or_404(User, pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "There is no such role: choose one of the list.")
        return redirect("people")
    role = form.cleaned_data["role"]
    try:
        people.change_role(person, role, by=request.user)
    except GalleyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{name_of(person)} is {role.label.lower() if role else 'a reader'} now.")
    # One who gave up the role may not see this page any more.
    return redirect("people" if person.pk != request.user.pk else "desk")


@administrator_required
@require_POST
def set_active(request: DeskRequest, pk: int) -> HttpResponse:
    """Close an account, or with `on=1` open it again."""
    person = get_object_or_404(User, pk=pk)
    opening = request.POST.get("on") == "1"
    try:
        (people.open_account if opening else people.close_account)(person, by=request.user)
    except GalleyError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, f"{name_of(person)} can {'' if opening else 'not '}sign in{'' if opening else ' now'}."
        )
    return redirect("people" if person.pk != request.user.pk else "home")
