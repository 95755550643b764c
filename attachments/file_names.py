"""Makes the name of an uploaded file safe to show and to save."""

import re
import unicodedata

LONGEST = 150
LONGEST_ENDING = 20
NAMELESS = "file"

_SEPARATORS = re.compile(r"[/\\]")
# Joiners belong to words and emojis. All other invisible characters, direction changes among
# them, only serve to disguise a name.
_JOINERS = "\u200c\u200d"
_RESERVED = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def safe_name(sent: str) -> str:
    """The last part of a path without invisible characters, at most 150 characters."""
    last = _SEPARATORS.split(unicodedata.normalize("NFC", sent))[-1]
    seen = "".join(sign for sign in last if sign in _JOINERS or not _is_invisible(sign))
    name = " ".join(seen.translate(_RESERVED).split()).strip(" .")
    return _shorten(name) or NAMELESS


def _is_invisible(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _shorten(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        return name[:LONGEST].rstrip()
    return stem[: LONGEST - len(ending) - 1].rstrip() + dot + ending
