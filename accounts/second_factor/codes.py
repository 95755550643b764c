"""A code that a person types: one of their authenticator app, or a recovery code."""

from accounts.models import User
from accounts.second_factor.recovery_codes import use_recovery_code
from accounts.second_factor.totp import DIGITS, check_totp

MAX_LENGTH = 64


def is_right_code(user: User, text: str) -> bool:
    """Whether it is a code of this person; it is used up then."""
    code = "".join(text.split())
    if len(code) == DIGITS and code.isascii() and code.isdigit():
        return check_totp(user, code)
    return use_recovery_code(user, text)
