"""Opaque cursors: the sort key of the row at a page's edge, as text that clients hand back."""

import base64
import binascii
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chatproject.core.api.params import ApiRequest, text_param
from chatproject.core.errors import InvalidInput
from chatproject.core.times import parse_rfc3339


def encode(key: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).rstrip(b"=").decode()


def decode(text: str, types: tuple[type, ...]) -> list[Any]:
    """The key in a cursor, whose parts must be of `types`; raises InvalidInput for another."""
    try:
        key = orjson.loads(base64.urlsafe_b64decode(text.encode() + b"=="))
    except (ValueError, binascii.Error):
        key = None
    if not (
        isinstance(key, list)
        and len(key) == len(types)
        and all(isinstance(part, kind) for part, kind in zip(key, types, strict=True))
        and not any(isinstance(part, str) and "\0" in part for part in key)
    ):
        raise foreign_cursor()
    return key


def cursor_param(request: ApiRequest, types: tuple[type, ...]) -> list[Any] | None:
    text = text_param(request, "cursor", max_length=2000)
    return None if text is None else decode(text, types)


def moment_in(text: str) -> datetime:
    """A time in a cursor; raises InvalidInput for another text."""
    try:
        return parse_rfc3339(text)
    except ValueError:
        raise foreign_cursor() from None


def uuid_in(text: str) -> UUID:
    """An id in a cursor; raises InvalidInput for another text."""
    try:
        return UUID(text)
    except ValueError:
        raise foreign_cursor() from None


def foreign_cursor() -> InvalidInput:
    """The refusal of a cursor that no list of this kind has made."""
    return InvalidInput.of("cursor", "This cursor was not made by a list of this kind.")
