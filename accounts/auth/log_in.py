"""Checks an email and a password, and signs a program in with them."""

from typing import Any

from accounts.auth.client_address import Client
from accounts.auth.passwords import is_right_password
from accounts.auth.rate_limits import AccountLimited, count_attempt, forgive_attempt
from accounts.auth.sign_ins import start_token_sign_in
from accounts.auth.tokens import TokenPair
from accounts.email_addresses import normalize_email
from accounts.errors import AccountSuspended, InvalidCredentials
from accounts.models import SignIn, Suspension, User
from accounts.people.suspensions import lift_ended_suspensions
from chatproject.core import correlation


def check_credentials(*, email: str, password: str, client: Client) -> User:
    """The active person with this email and password.

    Raises RateLimited, AccountSuspended (only when the password is right), or InvalidCredentials.
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
    if not user.is_active:
        _lift_ended_suspension(user)
    return user


def _is_known_address(user: User, client: Client) -> bool:
    """Whether the person has signed in from there: others' guesses do not keep them out."""
    return SignIn.objects.filter(user=user, address=client.address).exists()


def _lift_ended_suspension(user: User) -> None:
    """Reactivates a person whose suspension has ended.

    Raises AccountSuspended while it lasts, InvalidCredentials for a closed account.
    """
    suspension = Suspension.objects.filter(user=user, lifted_at=None).first()
    if suspension is None:
        raise InvalidCredentials
    if not lift_ended_suspensions(user_id=user.pk):
        raise AccountSuspended(suspension.ends_at, suspension.reason)
    user.is_active = True


def log_in(*, email: str, password: str, client: Client) -> TokenPair:
    """Signs a program in; raises what `check_credentials` raises."""
    user = check_credentials(email=email, password=password, client=client)
    return start_token_sign_in(user=user, client=client)
