"""Validates short texts such as names, titles and topics, and normalizes their Unicode."""

import unicodedata
from typing import Literal

from chatproject.core.errors import FieldError, InvalidInput

# The most combining marks in a row that any language needs, and that normalisation is quick with:
# the bound of the Stream-Safe Text Format (Unicode Standard Annex 15, section 13).
MAX_MARKS = 30

# What changes the direction of the text around it, or hides within it.
_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Controls, lone surrogates, line and paragraph separators.
_BREAKING = frozenset(("Cc", "Cs", "Zl", "Zp"))


def normalize(form: Literal["NFC", "NFKC", "NFD", "NFKD"], text: str) -> str:
    """`unicodedata.normalize` in linear time.

    Canonical ordering is quadratic in the length of a run of combining marks. Marks after the
    thirtieth of a run are dropped first.
    """
    return unicodedata.normalize(form, drop_excess_marks(text))


def drop_excess_marks(text: str) -> str:
    """The text without the combining marks that follow the first thirty of a run."""
    if text.isascii():
        return text
    kept, run = [], 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def control_errors(text: str, field: str, *, may_have_lines: bool = False) -> list[FieldError]:
    """The errors of a short text that others see: controls and changes of direction."""
    allowed = "\n\t" if may_have_lines else ""
    if not any(c not in allowed and is_control(c) for c in text):
        return []
    detail = "Control characters and changes of direction are not allowed here."
    return [FieldError(field=field, code="control_character", detail=detail)]


def require_plain(text: str, field: str, *, may_have_lines: bool = False) -> None:
    """Raises InvalidInput with the errors of `control_errors`."""
    if wrong := control_errors(text, field, may_have_lines=may_have_lines):
        raise InvalidInput(errors=wrong)


def without_controls(text: str) -> str:
    """The text without what `control_errors` names, for texts that nobody can be asked to mend;
    white space among it becomes a blank."""
    return "".join(" " if c.isspace() else c for c in text if c.isspace() or not is_control(c))


def is_control(character: str) -> bool:
    return character in _DIRECTION or unicodedata.category(character) in _BREAKING
