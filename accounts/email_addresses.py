"""Normalizes and validates email addresses."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from chatproject.core.errors import FieldError
from chatproject.core.plain_text import normalize

MAX_LENGTH = 254


def normalize_email(text: str) -> str:
    """The form in which addresses are stored and compared: NFKC, lower case, stripped."""
    return normalize("NFKC", text.strip()).lower()


def email_errors(email: str) -> list[FieldError]:
    """The errors of a normalized address; empty for a valid one."""
    try:
        validate_email(email)
    except ValidationError:
        return [email_invalid()]
    if len(email) > MAX_LENGTH:
        detail = f"At most {MAX_LENGTH} characters."
        return [FieldError(field="email", code="too_long", detail=detail)]
    return []


def email_invalid() -> FieldError:
    return FieldError(field="email", code="invalid", detail="A valid email is needed.")


def email_taken() -> FieldError:
    """Also for the email of a closed account, so that nobody can take that person's place."""
    return FieldError(
        field="email", code="email_taken", detail="This email has an account already."
    )
