"""Forms of the page of second factors; they call the same actions as the API."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.auth import passwords
from accounts.auth.client_address import Client
from accounts.errors import WrongPassword
from accounts.models import User
from accounts.second_factor.codes import MAX_LENGTH as MAX_CODE_LENGTH
from accounts.second_factor.enrolment import confirm_totp
from accounts.second_factor.errors import WrongCode
from chatproject.core.errors import RateLimited, Refusal


class ConfirmForm(forms.Form):
    """The first code of an authenticator app."""

    refusal: RateLimited | None = None

    code = forms.CharField(
        label=_("Code from the app"),
        max_length=MAX_CODE_LENGTH,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )

    def confirm(self, user: User, client: Client) -> list[str] | None:
        """The recovery codes; None with the reason as a form error. Raises TotpNotFound."""
        code = "".join(self.cleaned_data["code"].split())
        try:
            return confirm_totp(user=user, code=code, client=client)
        except WrongCode:
            self.add_error("code", _("The code is wrong or has been used before."))
        except RateLimited as refusal:
            self.refusal = refusal
            self.add_error(None, refusal.detail)
        return None


class IdentityForm(forms.Form):
    """The password, or a code where the person has no password, before something is done."""

    refusal: RateLimited | None = None

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        del self.fields["code" if user.has_usable_password() else "password"]

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=passwords.MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=MAX_CODE_LENGTH,
        help_text=_("From your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )

    def carry_out(self, act: Callable[..., Any], client: Client, **which: Any) -> tuple[bool, Any]:
        """Whether `act` was done, and what it returned; else the form has the reason."""
        given = {name: self.cleaned_data.get(name) for name in ("password", "code")}
        try:
            return True, act(user=self.user, client=client, **given, **which)
        except WrongPassword:
            self.add_error("password", _("The password is wrong."))
        except WrongCode:
            self.add_error("code", _("The code is wrong or has been used before."))
        except RateLimited as refusal:
            self.refusal = refusal
            self.add_error(None, refusal.detail)
        except Refusal as refusal:
            self.add_error(None, refusal.detail)
        return False, None
