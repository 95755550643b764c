"""Reading the fields of a body so that a refusal names every field that is wrong."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from accounts.auth import passwords
from accounts.auth.tokens import MAX_LENGTH as MAX_TOKEN_LENGTH
from accounts.email_addresses import MAX_LENGTH as MAX_EMAIL_LENGTH
from accounts.people import names
from chatproject.core.api.fields import required, text_field
from chatproject.core.errors import FieldError, InvalidInput

Reader = Callable[[Mapping[str, Any], str], Any]


def read_body(data: Mapping[str, Any], **readers: Reader) -> dict[str, Any]:
    """What each reader makes of the field of its name; raises one InvalidInput for all of them."""
    values: dict[str, Any] = {}
    wrong: list[FieldError] = []
    for name, reader in readers.items():
        try:
            values[name] = reader(data, name)
        except InvalidInput as refusal:
            wrong += refusal.errors
    if wrong:
        raise InvalidInput(errors=wrong)
    return values


def needed(reader: Reader) -> Reader:
    """The reader, for a field that has to be there."""
    return lambda data, name: required(reader(data, name), name)


def password_field(data: Mapping[str, Any], name: str) -> str | None:
    """A password as it was typed, white space around it included."""
    value = data.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInput.of(name, "It must be a text.", "not_a_text")
    if value is not None and len(value) > passwords.MAX_LENGTH:
        raise InvalidInput.of(name, f"At most {passwords.MAX_LENGTH} characters.", "too_long")
    return value


email_field = partial(text_field, max_length=MAX_EMAIL_LENGTH)
name_field = partial(text_field, max_length=names.MAX_LENGTH)
token_field = partial(text_field, max_length=MAX_TOKEN_LENGTH)
