"""Forms for a forgotten password; they call the same actions as the API."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.auth import passwords
from accounts.auth.client_address import Client
from accounts.email_addresses import MAX_LENGTH as MAX_EMAIL_LENGTH
from accounts.errors import LinkNotValid
from accounts.mail.tokens import MAX_LENGTH as MAX_TOKEN_LENGTH
from accounts.people.password_reset import request_password_reset, reset_password
from accounts.web.answers import LimitedForm
from accounts.web.forms import PASSWORD_HINT
from chatproject.core.errors import InvalidInput, RateLimited


class PasswordResetForm(LimitedForm):
    email = forms.CharField(
        label=_("Email"),
        max_length=MAX_EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )

    def send(self, client: Client, language: str) -> bool:
        """Whether it was taken; not over the rate limit, which is in `refusal` then."""
        email = self.cleaned_data["email"]
        try:
            request_password_reset(email=email, client=client, language=language)
        except InvalidInput as refusal:
            for error in refusal.errors:
                self.add_error(error["field"], error["detail"])
            return False
        except RateLimited as refusal:
            self.limit(refusal)
            return False
        return True


class NewPasswordForm(LimitedForm):
    token = forms.CharField(max_length=MAX_TOKEN_LENGTH, widget=forms.HiddenInput)
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=passwords.MAX_LENGTH,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )
    again = forms.CharField(
        label=_("New password again"),
        strip=False,
        max_length=passwords.MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "password" in data and "again" in data and data["password"] != data["again"]:
            self.add_error("again", _("The two do not match."))
        if "token" not in data:
            self.add_error(None, _("This link is no longer valid. Ask for a new one."))
        return data

    def reset(self, client: Client) -> bool:
        """Sets the password; False when the action refuses, with the reasons as form errors."""
        data = self.cleaned_data
        try:
            reset_password(token=data["token"], password=data["password"], client=client)
        except InvalidInput as refusal:
            for error in refusal.errors:
                self.add_error("password", error["detail"])
            return False
        except LinkNotValid:
            self.add_error(None, _("This link is no longer valid. Ask for a new one."))
            return False
        except RateLimited as refusal:
            self.limit(refusal)
            return False
        return True
