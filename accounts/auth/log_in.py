"""Checks an email and a password, and signs a program in with them."""

from contextlib import suppress
from typing import Any

from django.conf import settings

from accounts.auth.client_address import Client
from accounts.auth.passwords import is_right_password
from accounts.auth.rate_limits import AccountLimited, count_attempt, forgive_attempt
from accounts.auth.sign_ins import start_token_sign_in
from accounts.auth.tokens import TokenPair
from accounts.email_addresses import normalize_email
from accounts.errors import AccountSuspended, EmailUnverified, InvalidCredentials
from accounts.models import SignIn, Suspension, User
from accounts.people.suspensions import lift_ended_suspensions
from accounts.second_factor.passkeys import Credential, RelyingParty
from accounts.second_factor.steps import (
    ask_for_second_factor,
    complete_by_passkey,
    complete_log_in,
)
from accounts.tasks import send_email_verification
from chatproject.core import correlation
from chatproject.core.errors import RateLimited
from chatproject.core.task_queue import defer


def check_credentials(*, email: str, password: str, client: Client) -> User:
    """The active person with this email and password.

    Raises RateLimited, InvalidCredentials, or, only when the password is right, AccountSuspended
    and EmailUnverified.
    Must run outside of a transaction, so that a failed attempt stays counted.
    """
    attempt: Any = {"account": normalize_email(email), "address": client.address}
    user: User | None = User.objects.by_email(email).first()
    try:
        count_attempt(what="log-in", **attempt)
    except AccountLimited:
        if user is None or not _is_known_address(user, client):
            raise
    if not is_right_password(user, password) or user is None:
        raise InvalidCredentials
    correlation.of_person(user.pk)
    forgive_attempt(what="log-in", **attempt)
    check_not_suspended(user)
    _check_verified(user, client)
    return user


def _is_known_address(user: User, client: Client) -> bool:
    """Whether the person has signed in from there before: then others' guesses do not lock them
    out.
    """
    return SignIn.objects.filter(user=user, address=client.address).exists()


def _check_verified(user: User, client: Client) -> None:
    """Raises EmailUnverified if verification is needed, and sends the link again, unless that was
    done too often.
    """
    if settings.EMAIL_VERIFICATION != "required" or user.email_verified_at is not None:
        return
    with suppress(RateLimited):
        count_attempt(what="email-link", account=str(user.pk), address=client.address)
        defer(send_email_verification, person_id=str(user.pk), language="")
    raise EmailUnverified


def check_not_suspended(user: User) -> None:
    """Reactivates a person whose suspension has ended.

    Raises AccountSuspended while it lasts, InvalidCredentials for a closed account.
    """
    if user.is_active:
        return
    suspension = Suspension.objects.filter(user=user, lifted_at=None).first()
    if suspension is None:
        raise InvalidCredentials
    if not lift_ended_suspensions(user_id=user.pk):
        raise AccountSuspended(suspension.ends_at, suspension.reason)
    user.is_active = True


def log_in(*, email: str, password: str, client: Client) -> TokenPair:
    """Signs a program in; raises MfaRequired, and what `check_credentials` raises."""
    user = check_credentials(email=email, password=password, client=client)
    if user.has_second_factor:
        raise ask_for_second_factor(user)
    return start_token_sign_in(user=user, client=client)


def log_in_by_passkey(
    *, step_token: str, credential: Credential, party: RelyingParty, client: Client
) -> TokenPair:
    """Logs a program in by a passkey; raises what `person_of_passkey` raises."""
    user = person_of_passkey(
        step_token=step_token, credential=credential, party=party, client=client
    )
    return start_token_sign_in(user=user, client=client, has_passed_factor=True)


def person_of_passkey(
    *, step_token: str, credential: Credential, party: RelyingParty, client: Client
) -> User:
    """The active person whose passkey has signed.

    Raises InvalidStep, WrongPasskey, AccountSuspended, EmailUnverified, or InvalidCredentials for a
    closed account.
    """
    user = complete_by_passkey(token=step_token, credential=credential, party=party, client=client)
    check_not_suspended(user)
    _check_verified(user, client)
    return user


def log_in_by_code(*, step_token: str, code: str, client: Client) -> TokenPair:
    """Completes the log-in of a program; raises what `complete_log_in` raises."""
    user = complete_log_in(token=step_token, code=code, client=client)
    return start_token_sign_in(user=user, client=client, has_passed_factor=True)
