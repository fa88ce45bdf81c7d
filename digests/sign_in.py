"""What django-allauth leaves to the site: the form for passwords, where people go once in, whose address is proved."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.account.stages import EmailVerificationStage
from django.http import HttpRequest
from django.urls import reverse

from digests.access import CURATE


class PasswordForm(LoginForm):
    """Name or address, and password. Those who have no password ask for a code beside this form."""

    def _setup_password_field(self) -> None:
        """Keep the field, which django-allauth drops where accounts are made without a password."""


class AccountAdapter(DefaultAccountAdapter):
    """The choices of this site; `ACCOUNT_ADAPTER` names it."""

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("desk") if request.user.has_perm(CURATE) else reverse("home")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        return reverse("account")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account")

    def get_login_stages(self) -> list[str]:
        theirs = f"{EmailVerificationStage.__module__}.{EmailVerificationStage.__qualname__}"
        ours = f"{AddressStage.__module__}.{AddressStage.__qualname__}"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]


class AddressStage(EmailVerificationStage):
    """Ask for proof of an address only from those who have nothing but an address.

    Accounts with a password were made by whoever runs the site or by invitation, and the first has no address at all.
    """

    def handle(self) -> tuple[Any, bool]:
        if self.login.user and not self.login.signup and self.login.user.has_usable_password():
            return None, True
        proved: tuple[Any, bool] = super().handle()
        return proved
