"""Who asks, and typed readers of the fields of a JSON body, which refuse other types."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from rest_framework.request import Request

from chatproject.core.errors import InvalidInput
from chatproject.core.times import parse_rfc3339

UUID_LENGTH = 36
T = TypeVar("T")


def asker_of(request: Request) -> UUID:
    """The id of the person who is signed in: a view is not reached by anybody else."""
    user_id: UUID = request.user.pk  # type: ignore[assignment]
    return user_id


def body_of(request: Request) -> Mapping[str, Any]:
    """The JSON object that was sent, empty where nothing was; the parser lets no other value by."""
    body: Mapping[str, Any] = request.data  # type: ignore[assignment]
    return body


def required(value: T | None, name: str) -> T:
    """The value of a field that has to be there."""
    if value is None:
        raise InvalidInput.of(name, "This field is needed.", "required")
    return value


def text_field(
    data: Mapping[str, Any], name: str, *, max_length: int, min_length: int = 0
) -> str | None:
    """The text in a field, stripped; None when the field is absent or null."""
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInput.of(name, "It must be a text.", "not_a_text")
    text = value.strip()
    if len(text) < min_length:
        raise InvalidInput.of(name, "It must not be empty.", "blank")
    if len(text) > max_length:
        raise InvalidInput.of(name, f"At most {max_length} characters.", "too_long")
    return text


def choice_field(data: Mapping[str, Any], name: str, choices: Sequence[str]) -> str | None:
    """One of `choices`; None when the field is absent or null."""
    value: str | None = data.get(name)
    if value is not None and value not in choices:
        raise InvalidInput.of(name, f"It must be one of {', '.join(choices)}.", "unknown_choice")
    return value


def flag_field(data: Mapping[str, Any], name: str) -> bool | None:
    value = data.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidInput.of(name, "It must be true or false.", "not_a_flag")
    return value


def moment_field(data: Mapping[str, Any], name: str) -> datetime | None:
    """A time in RFC 3339 with its offset, as UTC; None when the field is absent or null."""
    value = data.get(name)
    try:
        return None if value is None else parse_rfc3339(value).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        detail = "A time such as 2026-01-31T09:30:00Z is needed."
        raise InvalidInput.of(name, detail, "not_a_time") from None


def uuid_field(data: Mapping[str, Any], name: str) -> UUID | None:
    """The id in a field; None when the field is absent or null."""
    value = data.get(name)
    return None if value is None else _uuid(name, value)


def uuids_field(data: Mapping[str, Any], name: str, *, maximum: int) -> list[UUID] | None:
    """The different ids in a list, in its order; None when the field is absent or null."""
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, list):
        raise InvalidInput.of(name, "A list of ids is needed.", "not_a_list")
    ids = list(dict.fromkeys(_uuid(f"{name}[{i}]", item) for i, item in enumerate(value)))
    if len(ids) > maximum:
        raise InvalidInput.of(name, f"At most {maximum} different ids.", "too_many")
    return ids


def _uuid(name: str, value: object) -> UUID:
    # Python's own reader takes braces, a URN prefix and no hyphens too.
    if isinstance(value, str) and len(value) == UUID_LENGTH:
        try:
            return UUID(value)
        except ValueError:
            pass
    raise InvalidInput.of(name, "It must be a UUID.", "not_an_id")
