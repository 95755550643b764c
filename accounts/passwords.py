"""Judging passwords: whether one is strong enough, and whether it is the right one."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from chatproject.core.errors import FieldError

MAX_LENGTH = 1000


def password_errors(password: str, person: User, field: str = "password") -> list[FieldError]:
    """What Django's validators hold against the password for this person."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        return [
            FieldError(field=field, code=each.code or "invalid", detail=" ".join(each.messages))
            for each in error.error_list
        ]
    return []


def is_right_password(user: User | None, password: str) -> bool:
    """Whether it is theirs; takes one verification of a hash in every case.

    So neither answer nor time tells an unknown email or an account without a password from a wrong
    password. Whether the account is open is the caller's to ask.
    """
    if user is None or not user.has_usable_password():
        make_password(password)
        return False
    return user.check_password(password)
