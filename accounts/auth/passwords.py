"""Passwords: whether one is strong enough, whether it is the right one, and how they are hashed."""

import os
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from chatproject.core.errors import FieldError

# One hash takes 100 MiB and a core for a tenth of a second: more at once than there are cores
# would come no sooner, and a burst of log-ins would take the memory of the whole machine.
_FREE = BoundedSemaphore(max(2, os.cpu_count() or 1))


class BoundedArgon2Hasher(Argon2PasswordHasher):
    """The same hashes under the same name, so that stored ones hold."""

    def encode(self, password: str, salt: str) -> str:
        with _FREE:
            encoded: str = super().encode(password, salt)
        return encoded

    def verify(self, password: str, encoded: str) -> bool:
        with _FREE:
            right: bool = super().verify(password, encoded)
        return right


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
