"""Validates names of people and nicknames of contacts."""

import unicodedata

from chatproject.core.errors import FieldError

MAX_LENGTH = 100

# Letters and symbols by their Unicode category that are invisible.
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Controls that change the direction of the text around a name.
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Controls, lone surrogates, line and paragraph separators.
_BREAKING = frozenset(("Cc", "Cs", "Zl", "Zp"))


def name_errors(name: str, field: str = "name", *, may_be_empty: bool = False) -> list[FieldError]:
    """The errors of a name; empty for a valid one. The caller strips white space around it."""
    if not name and may_be_empty:
        return []
    if len(name) > MAX_LENGTH:
        return [
            FieldError(field=field, code="too_long", detail=f"At most {MAX_LENGTH} characters.")
        ]
    if any(c in _DIRECTION or unicodedata.category(c) in _BREAKING for c in name):
        detail = "Control characters and changes of direction cannot stand in a name."
        return [FieldError(field=field, code="control_character", detail=detail)]
    if not any(map(_is_visible, name)):
        detail = "At least one visible character is needed."
        return [FieldError(field=field, code="blank", detail=detail)]
    return []


def _is_visible(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNPS" and character not in _FILLERS
