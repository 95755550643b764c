"""The form that makes an API token, for people's own and for those of bots."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.auth.api_tokens import MAX_NAME_LENGTH, NewToken
from accounts.auth.scopes import LABELS
from accounts.errors import TooManyTokens
from chatproject.core.errors import InvalidInput

# Days until a token expires; empty is never.
EXPIRIES = (("30", _("30 days")), ("90", _("90 days")), ("365", _("One year")), ("", _("Never")))


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_NAME_LENGTH,
        help_text=_("To recognise it by, such as “backup script”."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=[(scope.value, label) for scope, label in LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    expires = forms.ChoiceField(
        label=_("Expires after"), choices=EXPIRIES, required=False, initial="90"
    )

    def make(self, create: Callable[..., NewToken]) -> NewToken | None:
        """Calls `create` with name, scopes and expires_at; None where it refuses."""
        days = self.cleaned_data["expires"]
        given: dict[str, Any] = {
            "name": self.cleaned_data["name"],
            "scopes": self.cleaned_data["scopes"],
            "expires_at": timezone.now() + timedelta(days=int(days)) if days else None,
        }
        try:
            return create(**given)
        except InvalidInput as refusal:
            for error in refusal.errors:
                self.add_error(error["field"], error["detail"])
        except TooManyTokens as refusal:
            self.add_error(None, refusal.detail)
        return None
