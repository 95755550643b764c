"""Settings pages of one's own account; they work without JavaScript."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.auth.browser_sessions import sign_in_of_request
from accounts.auth.client_address import client_of
from accounts.auth.live_sign_ins import read_sign_ins
from accounts.auth.sign_ins import end_sign_in
from accounts.auth.user_agents import browser_name
from accounts.errors import BlockNotFound, ContactNotFound, SignInNotFound
from accounts.models import PushSubscription, User
from accounts.people.blocks import blocks_of, unblock_person
from accounts.people.cards import MAX_CARDS_LENGTH, import_cards
from accounts.people.contacts import contacts_of, remove_contact
from accounts.people.email_changes import pending_change
from accounts.people.invites import may_invite_to_site
from accounts.web.answers import answer_form
from accounts.web.log_in_steps import log_in_browser
from accounts.web.preferences import apply_preferences
from accounts.web.settings_forms import MAIL_SETTINGS, PREFERENCES, PasswordForm, SettingsForm
from accounts.web_push.errors import PushSubscriptionNotFound
from accounts.web_push.subscriptions import set_shows_text, unsubscribe_device
from accounts.wire import privacy_json
from chatproject.core.errors import InvalidInput, RateLimited

LISTED = 200
INITIAL = ("name", "about", "time_zone", *PREFERENCES, *MAIL_SETTINGS)
NOT_THERE = (BlockNotFound, ContactNotFound, SignInNotFound, PushSubscriptionNotFound)


@never_cache
@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    """Profile, theme, language and notifications; devices, blocked people and contacts."""
    user = person_of(request)
    form = SettingsForm(request.POST or None, initial=_initial(user))
    if request.method == "POST" and form.is_valid() and form.save(user):
        apply_preferences(request, user)  # so that the answer is in the new language
        messages.success(request, _("Your settings are saved."))
        return redirect("settings")
    zone = user.time_zone or "UTC"
    with timezone.override(zone):
        shown = {"form": form, "zone": zone, **_lists(request, user)}
        return render(request, "accounts/settings.html", shown)


@sensitive_post_parameters()
@never_cache
@login_required
def password_page(request: HttpRequest) -> HttpResponse:
    """Changes the password, which ends all sign-ins, and signs this browser in again."""
    user = person_of(request)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        changed = form.change(user, client_of(request))
        if changed is not None:
            log_in_browser(request, changed)
            messages.success(
                request, _("Your password has been changed. All other devices were logged out.")
            )
            return redirect("settings")
    return answer_form(request, "accounts/password.html", form)


@require_POST
@login_required
def end_one(request: HttpRequest, sign_in_id: UUID) -> HttpResponseBase:
    """Ends one of one's own sign-ins."""
    return _done(request, lambda user: end_sign_in(user_id=user.pk, sign_in_id=sign_in_id))


@require_POST
@login_required
def change_push(request: HttpRequest, sign_in_id: UUID) -> HttpResponseBase:
    """Whether the notifications of a device show text; without a choice they end."""
    shows_text = {"yes": True, "no": False}.get(request.POST.get("shows_text", ""))

    def change(user: User) -> None:
        which: Any = {"user_id": user.pk, "sign_in_id": sign_in_id}
        if shows_text is None:
            unsubscribe_device(**which)
        else:
            set_shows_text(**which, shows_text=shows_text)

    return _done(request, change)


@require_POST
@login_required
def unblock(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    return _done(request, lambda user: unblock_person(blocker_id=user.pk, person_id=person_id))


@require_POST
@login_required
def forget_contact(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    return _done(request, lambda user: remove_contact(owner_id=user.pk, person_id=person_id))


@require_POST
@login_required
def import_contacts(request: HttpRequest) -> HttpResponseBase:
    """Takes over contacts from a file of vCards."""
    file = request.FILES.get("cards")
    text = file.read(MAX_CARDS_LENGTH + 1).decode(errors="replace") if file else ""
    try:
        done = import_cards(owner_id=person_of(request).pk, text=text[:MAX_CARDS_LENGTH])
    except (InvalidInput, RateLimited) as refusal:
        messages.error(request, refusal.detail)
    else:
        told = _("{added} contacts added, {changed} changed, {unknown} not found here.")
        numbers = {"added": done.added, "changed": done.changed, "unknown": len(done.unknown)}
        messages.success(request, told.format(**numbers))
    return redirect("settings")


def _done(request: HttpRequest, act: Callable[[User], None]) -> HttpResponseBase:
    """Runs `act` and returns to the settings; ignores what another tab has already ended."""
    with suppress(*NOT_THERE):
        act(person_of(request))
    return redirect("settings")


def person_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _initial(user: User) -> dict[str, Any]:
    return {name: getattr(user, name) for name in INITIAL} | privacy_json(user)


def _lists(request: HttpRequest, user: User) -> dict[str, Any]:
    current = sign_in_of_request(request)
    devices = read_sign_ins(user.pk, position=None, limit=LISTED).rows
    pushes = {
        each.sign_in_id: each for each in PushSubscription.objects.filter(sign_in__in=devices)
    }
    return {
        "devices": [
            {
                "id": device.pk,
                "name": browser_name(device.user_agent) or _("Unknown program"),
                "address": device.address or "",
                "last_used_at": device.last_used_at,
                "is_current": current is not None and device.pk == current.pk,
                "push": pushes.get(device.pk),
            }
            for device in devices
        ],
        "has_push": bool(pushes),
        "may_invite": may_invite_to_site(user),
        "email_change": pending_change(user.pk),
        "blocks": blocks_of(user.pk, position=None, limit=LISTED).rows,
        "contacts": contacts_of(user.pk, position=None, limit=LISTED).rows,
    }
