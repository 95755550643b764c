"""Asks a signed-in person for their password or code again before a factor is removed."""

from typing import Any

from accounts.auth.client_address import Client
from accounts.auth.rate_limits import count_attempt, forgive_attempt
from accounts.models import User
from accounts.people.accounts import check_own_password
from accounts.second_factor.codes import is_right_code
from accounts.second_factor.errors import WrongCode


def check_identity(*, user: User, password: str | None, code: str | None, client: Client) -> None:
    """Accepts the password; of who has none, as by single sign-on, a code of a second factor.

    Raises RateLimited, WrongPassword, WrongCode. Must run outside of a transaction, so that the
    rate limit's count is kept.
    """
    if user.has_usable_password():
        check_own_password(user, password or "", client)
        return
    attempt: Any = {"account": str(user.pk), "address": client.address}
    count_attempt(what="second-factor", **attempt)
    if not is_right_code(user, code or ""):
        raise WrongCode
    forgive_attempt(what="second-factor", **attempt)
