"""Passwords: hashes, checks the strength of new ones, verifies given ones."""

import os
from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.password_normalisation import normalize_password
from chatproject.core.errors import FieldError

# One hash takes 100 MiB and a core for a tenth of a second. More of them at once than there are
# cores would finish no sooner, and a burst of log-ins would exhaust the machine's memory.
_FREE = BoundedSemaphore(max(2, os.cpu_count() or 1))


class BoundedArgon2Hasher(Argon2PasswordHasher):
    """Bounds how many hashes run at once. Keeps Django's name, so stored hashes stay valid."""

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
    """The errors that Django's validators find in the password for this person."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        return [
            FieldError(field=field, code=each.code or "invalid", detail=" ".join(each.messages))
            for each in error.error_list
        ]
    return []


def is_right_password(user: User | None, password: str) -> bool:
    """Whether the password is the user's; costs one hash in every case.

    So neither the answer nor its time reveals whether an email is unknown, has no password, or has
    another one. The caller checks whether the account is active.
    """
    if user is None or not user.has_usable_password():
        make_password(password)
        if normalize_password(password) != password:
            make_password(password)  # `check_password` tries both forms
        return False
    return user.check_password(password)
