"""Forms for log-in and registration; they call the same actions as the API."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.auth import passwords
from accounts.auth.client_address import Client, client_of
from accounts.auth.log_in import check_credentials
from accounts.email_addresses import MAX_LENGTH as MAX_EMAIL_LENGTH
from accounts.errors import (
    AccountSuspended,
    DomainNotAllowed,
    EmailUnverified,
    InvalidCredentials,
    InviteNeeded,
    InviteNotValid,
    RegistrationClosed,
)
from accounts.models import User
from accounts.people import names
from accounts.people.accounts import register_person
from accounts.people.invites import MAX_TOKEN_LENGTH as MAX_INVITE_TOKEN_LENGTH
from accounts.second_factor.codes import MAX_LENGTH as MAX_CODE_LENGTH
from accounts.second_factor.errors import WrongCode
from accounts.second_factor.steps import complete_log_in
from chatproject.core.errors import InvalidInput, RateLimited

# What the validators of the settings ask for.
PASSWORD_HINT = _("At least 8 characters, not only digits. Several words make a good one.")


class LogInForm(AuthenticationForm):
    """Django's log-in form with our credential check. `refusal` is set when the rate limit hits."""

    refusal: RateLimited | None = None
    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("Email or password is wrong."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Email")
        self.fields["username"].widget = forms.EmailInput(
            attrs={
                "autocomplete": "username",
                "autofocus": True,
                "maxlength": MAX_EMAIL_LENGTH,
            }
        )

    def clean(self) -> dict[str, Any]:
        email, password = map(self.cleaned_data.get, ("username", "password"))
        if email and password:
            self.user_cache = self._check_credentials(email, password)
            self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data

    def _check_credentials(self, email: str, password: str) -> User:
        client = client_of(self.request) if self.request else Client()
        try:
            return check_credentials(email=email, password=password, client=client)
        except InvalidCredentials:
            raise self.get_invalid_login_error() from None
        except (AccountSuspended, EmailUnverified) as refusal:
            raise ValidationError(refusal.detail, code=refusal.code) from None
        except RateLimited as refusal:
            self.refusal = refusal
            raise ValidationError(refusal.detail, code=refusal.code) from None


class StaffLogInForm(LogInForm, AdminAuthenticationForm):
    """The form of the admin site, which only staff can use."""

    error_messages = AdminAuthenticationForm.error_messages


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    refusal: RateLimited | None = None

    code = forms.CharField(
        label=_("Code"),
        max_length=MAX_CODE_LENGTH,
        help_text=_("From your authenticator app, or one of your recovery codes."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def complete(self, step_token: str, client: Client) -> User | None:
        """The person whose log-in the code completes; None with the reason as a form error.

        Raises InvalidStep.
        """
        code = self.cleaned_data["code"]
        try:
            return complete_log_in(token=step_token, code=code, client=client)
        except WrongCode:
            self.add_error("code", _("The code is wrong or has been used before."))
        except RateLimited as refusal:
            self.refusal = refusal
            self.add_error(None, refusal.detail)
        return None


class RegistrationForm(forms.Form):
    """Fields have a maximum length here; the action validates the rest."""

    refusal: RateLimited | None = None
    is_held = False  # until its person follows the link of a mail
    is_taken = False  # the email, whose holder may want to log in

    name = forms.CharField(
        label=_("Name"),
        max_length=names.MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    email = forms.CharField(
        label=_("Email"),
        max_length=MAX_EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    invite_token = forms.CharField(
        required=False, max_length=MAX_INVITE_TOKEN_LENGTH, widget=forms.HiddenInput
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=passwords.MAX_LENGTH,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def register(self, client: Client) -> User | None:
        """Registers the person; None when the registration is held, or when the action refuses,
        with the reasons as form errors."""
        try:
            person = register_person(
                **self.cleaned_data, client=client, language=get_language() or ""
            )
        except InvalidInput as refusal:
            self.is_taken = any(error["code"] == "email_taken" for error in refusal.errors)
            for error in refusal.errors:
                self.add_error(error["field"], error["detail"])
        except (RegistrationClosed, InviteNeeded, DomainNotAllowed, InviteNotValid) as refusal:
            self.add_error(None, refusal.detail)
        except RateLimited as refusal:
            self.refusal = refusal
            self.add_error(None, refusal.detail)
        else:
            self.is_held = person is None
            return person
        return None
