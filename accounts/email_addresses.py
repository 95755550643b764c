"""Email addresses in the one form in which they are kept and compared."""

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from chatproject.core.errors import FieldError

MAX_LENGTH = 254


def normalize_email(text: str) -> str:
    """Lower case, without white space around it, and each character in its plainest form."""
    return unicodedata.normalize("NFKC", text.strip()).lower()


def email_errors(email: str) -> list[FieldError]:
    """What is wrong with a normal email; empty when nothing is."""
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
    """Also for the email of a closed account, so that nobody slips into the place of who left."""
    return FieldError(
        field="email", code="email_taken", detail="This email has an account already."
    )
