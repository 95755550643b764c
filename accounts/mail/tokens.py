"""Tokens in the links of mails, made and read with Django's own signing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing

from accounts.models import User

MAX_LENGTH = 600

_reset_tokens = PasswordResetTokenGenerator()


def password_reset_token(person: User) -> str:
    """Valid for PASSWORD_RESET_TIMEOUT seconds, and until the password, the email or the last
    log-in changes: so each works once."""
    return f"{person.pk.hex}-{_reset_tokens.make_token(person)}"


def person_id_of_reset_token(token: str) -> UUID | None:
    """Whom the token is about, whether it is valid or not."""
    try:
        return UUID(hex=token.partition("-")[0])
    except ValueError:
        return None


def is_password_reset_token(person: User, token: str) -> bool:
    return _reset_tokens.check_token(person, token.partition("-")[2])


def signed(purpose: str, value: Any) -> str:
    """The value in a link that nobody else can make; it can be read, so it holds no secret."""
    return signing.dumps(value, salt=f"accounts.mail.{purpose}")


def read_signed(purpose: str, token: str, *, lasts: timedelta | None = None) -> Any:
    """The signed value, or None where the token is another's, of another purpose, or too old."""
    try:
        return signing.loads(token, salt=f"accounts.mail.{purpose}", max_age=lasts)
    except signing.BadSignature:
        return None
