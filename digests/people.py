"""What administrators do about people: invite them, change what they may do, close and open their accounts."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.utils import generate_unique_username
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from digests import trail
from digests.models import Event, Invitation, Role
from digests.models.people import name_of
from tracker.errors import GalleyError

SALT = "digests.people.invitation"


class LastAdministrator(GalleyError):
    """Nobody would be left to look after people and series."""


class RunsTheSite(GalleyError):
    """An account with every right is changed where the site is run, not at the desk."""


class InvitationGone(GalleyError):
    """The link was used, withdrawn, has expired or never was one."""


class AtTheDeskAlready(GalleyError):
    """The address belongs to somebody who has a role."""


def at_the_desk() -> QuerySet[User]:
    """Everybody who has, or had, a role; those with every right first, then by name."""
    people = User.objects.filter(Q(groups__name__in=Role.values) | Q(is_superuser=True)).distinct()
    return people.prefetch_related("groups").order_by("-is_superuser", "first_name", "username")


def role_of(user: User) -> Role | None:
    """The highest of somebody's roles; None for a reader."""
    names = {group.name for group in user.groups.all()}
    return next((role for role in reversed(Role) if role.value in names), None)


def _administrators() -> QuerySet[User]:
    """Who can look after people, held until the transaction ends so that two can't leave at once."""
    list(Group.objects.select_for_update().filter(name=Role.ADMINISTRATOR))
    in_charge = Q(is_superuser=True) | Q(groups__name=Role.ADMINISTRATOR)
    return User.objects.filter(in_charge, is_active=True).distinct()


def _leave_somebody_in_charge(person: User) -> None:
    others = _administrators().exclude(pk=person.pk)
    if not others.exists():
        raise LastAdministrator(f"{name_of(person)} is the last administrator: make somebody else one first.")


def _not_of_those_who_run_the_site(person: User) -> None:
    if person.is_superuser:
        raise RunsTheSite(f"{name_of(person)} runs this site and has every right: change that at /admin/.")


@transaction.atomic
def change_role(person: User, role: Role | None, *, by: User) -> None:
    """Give the person the role, or with None only a reader's rights. Raises LastAdministrator, RunsTheSite."""
    _not_of_those_who_run_the_site(person)
    before = role_of(person)
    if before == role:
        return
    if before == Role.ADMINISTRATOR:
        _leave_somebody_in_charge(person)
    _set_role(person, role)
    deed = f"Made {role.label.lower()}" if role else "Role taken away"
    changes = {"role": (before and before.label, role and role.label)}
    trail.record(Event.Kind.PEOPLE, deed, by=by, subject=name_of(person), changes=changes)


def _set_role(person: User, role: Role | None) -> None:
    person.groups.remove(*Group.objects.filter(name__in=Role.values))
    if role:
        person.groups.add(Group.objects.get(name=role))


@transaction.atomic
def close_account(person: User, *, by: User) -> None:
    """Let the person in no more, from now on; role and work stay. Raises LastAdministrator, RunsTheSite."""
    _not_of_those_who_run_the_site(person)
    _leave_somebody_in_charge(person)
    _set_active(person, False, "Account closed", by)


@transaction.atomic
def open_account(person: User, *, by: User) -> None:
    """Let the person in again. Raises RunsTheSite."""
    _not_of_those_who_run_the_site(person)
    _set_active(person, True, "Account opened again", by)


def _set_active(person: User, active: bool, deed: str, by: User) -> None:
    if User.objects.filter(pk=person.pk, is_active=not active).update(is_active=active):
        trail.record(Event.Kind.PEOPLE, deed, by=by, subject=name_of(person))
    person.is_active = active


# Invitations


@transaction.atomic
def invite(email: str, role: Role, *, by: User) -> Invitation:
    """Offer the role to the address; an earlier offer to it is withdrawn. Raises AtTheDeskAlready."""
    email = email.strip().lower()
    holder = account_of(email)
    if holder and (holder.is_superuser or role_of(holder)):
        raise AtTheDeskAlready(f"{email} belongs to {name_of(holder)}, who has a role: change it in the list.")
    Invitation.objects.unanswered().filter(email__iexact=email).update(withdrawn_at=timezone.now())
    invitation = Invitation.objects.create(email=email, role=role, invited_by=by)
    trail.record(Event.Kind.PEOPLE, f"Invited as {role.label.lower()}", by=by, subject=email)
    return invitation


@transaction.atomic
def withdraw_invitation(invitation: Invitation, *, by: User) -> None:
    """Make the link worthless."""
    if Invitation.objects.unanswered().filter(pk=invitation.pk).update(withdrawn_at=timezone.now()):
        trail.record(Event.Kind.PEOPLE, "Invitation withdrawn", by=by, subject=invitation.email)


def link_of(invitation: Invitation) -> str:
    """The address that accepts the invitation: signed, so that it can't be guessed."""
    token = signing.dumps(invitation.pk, salt=SALT)
    return settings.SITE_URL + reverse("accept_invitation", args=[token])


def send(invitation: Invitation) -> None:
    """Mail the link. Raises MAIL_FAILURES."""
    context = {"invitation": invitation, "link": link_of(invitation), "by": name_of(invitation.invited_by)}
    context["site"] = settings.SITE_URL
    send_mail(
        subject=" ".join(render_to_string("emails/invitation_subject.txt", context).split()),
        message=render_to_string("emails/invitation_body.txt", context),
        from_email=None,
        recipient_list=[invitation.email],
    )


def invitation_of(token: str) -> Invitation:
    """The open invitation that a link stands for. Raises InvitationGone."""
    try:
        key: Any = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        key = None
    invitation = Invitation.objects.open().select_related("invited_by").filter(pk=key).first()
    if invitation is None:
        raise InvitationGone("This invitation holds no more: it was used, withdrawn or too old. Ask for another.")
    return invitation


def account_of(email: str) -> User | None:
    """The account that an address leads to, if any."""
    proved = EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user").first()
    return proved.user if proved else User.objects.filter(email__iexact=email).order_by("pk").first()


@transaction.atomic
def accept_invitation(invitation: Invitation, *, name: str = "", password: str = "") -> tuple[User, bool]:
    """Give the role to the address's account, made anew where there is none; returns it, and whether it is new.

    Whoever holds the link reads the address's mail, which proves it. Without a password one signs in by codes. An
    account that was there keeps its name and its ways to sign in. Raises InvitationGone.
    """
    claimed = Invitation.objects.open().filter(pk=invitation.pk).update(accepted_at=timezone.now())
    if not claimed:
        raise InvitationGone("This invitation was used or withdrawn a moment ago. Ask for another.")
    role = Role(invitation.role)
    person = account_of(invitation.email)
    is_new = person is None
    if person is None:
        person = User(email=invitation.email, first_name=" ".join(name.split())[:150])
        person.username = generate_unique_username([name, invitation.email.split("@")[0], "editor"])
        person.set_password(password or None)
        person.save()
        EmailAddress.objects.create(user=person, email=invitation.email, verified=True, primary=True)
    if not person.is_superuser and role_of(person) is None:
        _set_role(person, role)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=person)
    deed = f"Accepted the invitation as {role.label.lower()}"
    trail.record(Event.Kind.PEOPLE, deed, by=person, subject=invitation.email)
    return person, is_new
