"""Starts and ends sign-ins: browser sessions and families of refresh tokens."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import update_last_login
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.auth.client_address import Client, line_of
from accounts.auth.tokens import TokenPair, new_refresh_secret, token_pair
from accounts.auth.user_agents import browser_name
from accounts.errors import InvalidCredentials, SignInNotFound
from accounts.events import announce_sign_out
from accounts.models import SignIn, User
from accounts.tasks import send_new_sign_in
from chatproject.core.task_queue import defer

KEPT_AFTER_EXPIRY = timedelta(days=90)
# Of the person's last sign-ins, to tell a new device.
COMPARED = 200


class ProviderSession(NamedTuple):
    """Where a sign-in by single sign-on comes from."""

    identity_id: UUID
    session: str


def start_token_sign_in(
    *, user: User, client: Client, has_passed_factor: bool = False
) -> TokenPair:
    """Signs a program in; raises what `start_browser_sign_in` raises."""
    secret = new_refresh_secret()
    sign_in = _start(
        user, SignIn.Kind.TOKEN, client, secret.expires_at, has_passed_factor, secret.jti
    )
    update_last_login(User, user)
    return token_pair(sign_in, secret)


def start_browser_sign_in(
    *,
    user: User,
    client: Client,
    expires_at: datetime,
    has_passed_factor: bool = False,
    provider_session: ProviderSession | None = None,
) -> SignIn:
    """Signs a browser in.

    Raises InvalidCredentials when the account or its password changed, and for a person with a
    second factor unless the caller says that it was given, or is not needed.
    """
    return _start(
        user,
        SignIn.Kind.BROWSER,
        client,
        expires_at,
        has_passed_factor,
        provider_session=provider_session,
    )


@transaction.atomic
def _start(
    user: User,
    kind: SignIn.Kind,
    client: Client,
    expires_at: datetime,
    has_passed_factor: bool,
    refresh_jti: UUID | None = None,
    provider_session: ProviderSession | None = None,
) -> SignIn:
    """Raises InvalidCredentials when the account was closed, or the password or factors changed.

    Closing an account and changing a password lock the person's row, and so does this function:
    no sign-in with the old password can start after all sign-ins were ended.
    """
    unchanged = User.objects.active().filter(pk=user.pk, password=user.password)
    if not has_passed_factor:
        unchanged = unchanged.filter(has_second_factor=False)
    if not unchanged.select_for_update(no_key=True).exists():
        raise InvalidCredentials
    SignIn.objects.filter(user=user, expires_at__lt=timezone.now() - KEPT_AFTER_EXPIRY).delete()
    is_unknown = _is_unknown_device(user, client)
    sign_in = SignIn.objects.create(
        user=user,
        kind=kind,
        refresh_jti=refresh_jti,
        user_agent=client.user_agent,
        address=client.address,
        expires_at=expires_at,
        identity_id=provider_session.identity_id if provider_session else None,
        provider_session=provider_session.session if provider_session else "",
    )
    if is_unknown:
        defer(send_new_sign_in, sign_in_id=str(sign_in.pk))
    return sign_in


def _is_unknown_device(user: User, client: Client) -> bool:
    """Whether the person has signed in before, but never with this browser from this line."""
    used = SignIn.objects.filter(user=user).order_by("-id").values_list("user_agent", "address")
    known = {(browser_name(agent), line_of(address)) for agent, address in used[:COMPARED]}
    return bool(known) and (browser_name(client.user_agent), line_of(client.address)) not in known


def end_sign_in(*, user_id: UUID, sign_in_id: UUID) -> None:
    """Ends one sign-in of the person with its tokens and sockets; raises SignInNotFound."""
    if not _end(user_id, sign_in_id):
        raise SignInNotFound


def end_all_sign_ins(*, user_id: UUID) -> int:
    """Ends all sign-ins of a person, with their tokens and sockets; returns how many."""
    return _end(user_id)


def end_everybodys_sign_ins() -> int:
    """Ends the sign-ins of all people and closes their sockets; returns how many there were."""
    ended = SignIn.objects.filter(ended_at=None).update(ended_at=Now())
    if ended:
        announce_sign_out(None)
    return ended


def _end(user_id: UUID, sign_in_id: UUID | None = None) -> int:
    """Ends one sign-in of the person, or all without an id; returns how many were running."""
    running = SignIn.objects.filter(user=user_id, ended_at=None)
    if sign_in_id is not None:
        running = running.filter(pk=sign_in_id)
    ended = running.update(ended_at=Now())
    if ended:
        announce_sign_out(user_id, sign_in_id)
    return ended
