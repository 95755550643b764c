"""Normalizes and validates email addresses."""

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from chatproject.core.errors import FieldError
from chatproject.core.plain_text import normalize

MAX_LENGTH = 254


def normalize_email(text: str) -> str:
    """The form in which addresses are stored and compared: NFKC, lower case, stripped, the domain
    in Unicode: `ann@xn--bcher-kva.example` is `ann@bücher.example`."""
    local, at, domain = normalize("NFKC", text.strip()).lower().rpartition("@")
    return f"{local}{at}{_unicode_domain(domain)}"


def forms_of_email(text: str) -> list[str]:
    """The normalized address, and the form with a domain in ASCII (Punycode), which older accounts
    may have."""
    email = normalize_email(text)
    local, at, domain = email.rpartition("@")
    if domain.isascii():
        return [email]
    try:
        return [email, f"{local}{at}{idna.encode(domain, uts46=True).decode()}"]
    except idna.IDNAError:
        return [email]


def _unicode_domain(domain: str) -> str:
    """The domain as it is where it is none; such an address is refused elsewhere."""
    if domain.isascii() and "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain, uts46=True)
    except idna.IDNAError:
        return domain


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
