"""Validates the body of a message; drafts, edits and the database apply the same rule."""

import re

MAX_LENGTH = 8000

# Invisible characters: white space, controls and format characters (Unicode Cc, Cf, Z*), fillers,
# the braille blank and variation selectors, as a regular expression class that Python and
# PostgreSQL read alike. A body may contain them, but not consist of them.
INVISIBLE = (
    r"\u0001-\u0020\u007f-\u00a0\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u1680"
    r"\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
VISIBLE_PATTERN = f"[^{INVISIBLE}]"
_visible = re.compile(VISIBLE_PATTERN)


def has_visible_character(text: str) -> bool:
    return _visible.search(text) is not None
