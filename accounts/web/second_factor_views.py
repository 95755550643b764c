"""Pages of one's own second factors; they work without JavaScript."""

from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.auth.client_address import client_of
from accounts.auth.relying_party import relying_party_of
from accounts.models import User
from accounts.second_factor.enrolment import (
    begin_totp,
    begun_totp,
    remove_totp,
    replace_recovery_codes,
)
from accounts.second_factor.errors import TotpExists, TotpNotFound
from accounts.second_factor.factors import factors_of
from accounts.second_factor.passkey_enrolment import add_passkey, remove_passkey, rename_passkey
from accounts.web.log_in_steps import posted_credential
from accounts.web.second_factor_forms import ConfirmForm, IdentityForm
from chatproject.core.errors import Refusal

# What is asked about before it is done: its heading, its button, what it does.
ACTS: dict[str, tuple[Any, Any, Any]] = {
    "remove-totp": (
        gettext_lazy("Remove the authenticator app"),
        gettext_lazy("Remove"),
        remove_totp,
    ),
    "remove-passkey": (gettext_lazy("Remove the passkey"), gettext_lazy("Remove"), remove_passkey),
    "recovery-codes": (
        gettext_lazy("New recovery codes"),
        gettext_lazy("Replace the old codes"),
        replace_recovery_codes,
    ),
}


@never_cache
@login_required
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """What there is, and what can be set up."""
    user = _person(request)
    return render(request, "accounts/second_factor.html", {"factors": factors_of(user)})


@require_POST
@login_required
def begin_totp_page(request: HttpRequest) -> HttpResponseBase:
    try:
        begin_totp(user=_person(request))
    except TotpExists:
        return redirect("second-factor")
    return redirect("confirm-totp")


@sensitive_post_parameters()
@never_cache
@login_required
def confirm_totp_page(request: HttpRequest) -> HttpResponseBase:
    """Shows the secret as a QR code and takes the first code; then the recovery codes, once."""
    user = _person(request)
    begun = begun_totp(user)
    if begun is None:
        return redirect("second-factor")
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = form.confirm(user, client_of(request))
        except TotpNotFound:
            return redirect("second-factor")
        if codes:
            return _show_codes(request, codes)
        if codes is not None:
            messages.success(request, _("The authenticator app is set up."))
            return redirect("second-factor")
    picture = segno.make(begun.uri, error="m").svg_data_uri(scale=5, border=4, light="white")
    context = {"form": form, "qr": picture, "secret": _grouped(begun.secret)}
    return _answer(request, "accounts/totp.html", context, form)


@sensitive_post_parameters()
@never_cache
@login_required
def identity_page(request: HttpRequest, act: str, **which: Any) -> HttpResponseBase:
    """Asks for the password, then removes a factor or replaces the recovery codes."""
    heading, button, action = ACTS[act]
    form = IdentityForm(_person(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        is_done, codes = form.carry_out(action, client_of(request), **which)
        if is_done and codes:
            return _show_codes(request, codes)
        if is_done:
            messages.success(request, _("Removed."))
            return redirect("second-factor")
    context = {"form": form, "heading": heading, "button": button}
    return _answer(request, "accounts/identity.html", context, form)


@require_POST
@login_required
def add_passkey_page(request: HttpRequest) -> HttpResponseBase:
    """Takes what the page's script has got from the authenticator."""
    try:
        registered = add_passkey(
            user=_person(request),
            step_token=request.POST.get("step_token", ""),
            credential=posted_credential(request),
            name=request.POST.get("name", ""),
            party=relying_party_of(request),
        )
    except Refusal as refusal:
        messages.error(request, refusal.detail)
        return redirect("second-factor")
    if registered.recovery_codes:
        return _show_codes(request, registered.recovery_codes)
    messages.success(request, _("The passkey is set up."))
    return redirect("second-factor")


@require_POST
@login_required
def rename_passkey_page(request: HttpRequest, passkey_id: UUID) -> HttpResponseBase:
    try:
        rename_passkey(
            user=_person(request), passkey_id=passkey_id, name=request.POST.get("name", "")
        )
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    return redirect("second-factor")


def _answer(request: HttpRequest, template: str, context: Any, form: Any) -> HttpResponse:
    page = render(request, template, context, status=form.refusal.status if form.refusal else 200)
    for name, value in (form.refusal.headers if form.refusal else {}).items():
        page[name] = value
    return page


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


def _grouped(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
