"""The page of invites to the installation; it works without JavaScript."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.email_addresses import MAX_LENGTH as MAX_EMAIL_LENGTH
from accounts.errors import InviteNotValid, InviteRightMissing
from accounts.mail.mails import absolute_url
from accounts.models import User
from accounts.people.invites import (
    MAX_USES,
    came_by,
    invite_to_site,
    open_site_invites_of,
    revoke_site_invite,
)
from accounts.web.answers import LimitedForm, answer_form
from accounts.web.settings_views import person_of
from chatproject.core.errors import InvalidInput, RateLimited


class InviteForm(LimitedForm):
    email = forms.CharField(
        label=gettext_lazy("Email"),
        required=False,
        max_length=MAX_EMAIL_LENGTH,
        help_text=gettext_lazy(
            "The link is sent there and works once. Leave this empty to get a link yourself."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    max_uses = forms.IntegerField(
        label=gettext_lazy("How many people can use it"),
        required=False,
        min_value=1,
        max_value=MAX_USES,
        help_text=gettext_lazy("Leave it empty for any number."),
    )

    def invite(self, by: User, language: str) -> bool:
        """False when the action refuses, with the reasons as form errors."""
        try:
            invite_to_site(by=by, language=language, **self.cleaned_data)
        except InvalidInput as refusal:
            for error in refusal.errors:
                self.add_error(error["field"], error["detail"])
            return False
        except InviteRightMissing as refusal:
            self.add_error(None, refusal.detail)
            return False
        except RateLimited as refusal:
            self.limit(refusal)
            return False
        return True


@never_cache
@login_required
def page(request: HttpRequest) -> HttpResponseBase:
    """Makes invites, and lists those that are open with who came by them."""
    user = person_of(request)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and form.invite(user, get_language() or ""):
        messages.success(request, _("The invitation is valid for a week."))
        return redirect("invites")
    invites = open_site_invites_of(user)
    uses = came_by(invites)
    shown = [
        {
            "id": invite.pk,
            "url": absolute_url(reverse("invite", args=[invite.token])),
            "qr": reverse("invite-qr", args=[invite.token]),
            "email": invite.email,
            "expires_at": invite.expires_at,
            "came": ", ".join(use.user.name for use in uses[invite.pk]),
        }
        for invite in invites
    ]
    return answer_form(request, "accounts/invites.html", form, invites=shown)


@require_POST
@login_required
def revoke(request: HttpRequest, invite_id: UUID) -> HttpResponseBase:
    try:
        revoke_site_invite(invite_id=invite_id, by=person_of(request))
    except InviteNotValid as refusal:
        messages.error(request, refusal.detail)
    return redirect("invites")
