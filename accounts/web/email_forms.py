"""The form that changes the address; it calls the same action as the API."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.auth import passwords
from accounts.auth.client_address import Client
from accounts.email_addresses import MAX_LENGTH as MAX_EMAIL_LENGTH
from accounts.errors import WrongPassword
from accounts.models import User
from accounts.people.email_changes import change_email
from accounts.web.answers import LimitedForm
from chatproject.core.errors import InvalidInput, RateLimited


class EmailChangeForm(LimitedForm):
    email = forms.CharField(
        label=_("New email"),
        max_length=MAX_EMAIL_LENGTH,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Current password"),
        strip=False,
        max_length=passwords.MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def change(self, user: User, client: Client, language: str) -> bool:
        """False when the action refuses, with the reasons as form errors."""
        try:
            change_email(user=user, client=client, language=language, **self.cleaned_data)
        except WrongPassword as refusal:
            self.add_error("password", refusal.detail)
            return False
        except InvalidInput as refusal:
            for error in refusal.errors:
                self.add_error("email", error["detail"])
            return False
        except RateLimited as refusal:
            self.limit(refusal)
            return False
        return True
