"""Who works at the desk: roles, and invitations to them."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

INVITATION_HOLDS = dt.timedelta(days=7)


class Role(models.TextChoices):
    """What somebody may do at the desk; each may also do what the ones before it may. The values name groups."""

    EDITOR = "Editors", "Editor"
    PUBLISHER = "Publishers", "Publisher"
    ADMINISTRATOR = "Administrators", "Administrator"


def name_of(user: User | None) -> str:
    """How pages call somebody."""
    return (user.get_full_name() or user.get_username()) if user else ""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> Self:
        """Those that can still be accepted."""
        return self.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now())

    def unanswered(self) -> Self:
        """Those that were neither accepted nor withdrawn, the expired ones among them."""
        return self.filter(accepted_at=None, withdrawn_at=None)


def _a_while_from_now() -> dt.datetime:
    return timezone.now() + INVITATION_HOLDS


class Invitation(models.Model):
    """A role offered to an address. Its link works once, and for some days."""

    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=_a_while_from_now)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="one_open_invitation_an_address",
            ),
            models.CheckConstraint(
                name="invitation_answered_once",
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.role}"

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and self.expires_at > timezone.now()
