"""Validates names of people and nicknames of contacts."""

import unicodedata

from chatproject.core.errors import FieldError
from chatproject.core.plain_text import control_errors

MAX_LENGTH = 100

# Letters and symbols by their Unicode category that are invisible.
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def name_errors(name: str, field: str = "name", *, may_be_empty: bool = False) -> list[FieldError]:
    """The errors of a name; empty for a valid one. The caller strips white space around it."""
    if not name and may_be_empty:
        return []
    if len(name) > MAX_LENGTH:
        return [
            FieldError(field=field, code="too_long", detail=f"At most {MAX_LENGTH} characters.")
        ]
    if wrong := control_errors(name, field):
        return wrong
    if not any(map(_is_visible, name)):
        detail = "At least one visible character is needed."
        return [FieldError(field=field, code="blank", detail=detail)]
    return []


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in _FILLERS
