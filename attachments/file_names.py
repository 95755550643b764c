"""The name of a file as it may be shown and saved, whatever was sent as one."""

import re
import unicodedata

LONGEST = 150
LONGEST_ENDING = 20
NAMELESS = "file"

_SEPARATORS = re.compile(r"[/\\]")
# Joiners belong to words and emojis; all other invisible signs, the ones that turn the direction of
# writing among them, only make a name look like another.
_JOINERS = "\u200c\u200d"
_RESERVED = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def safe_name(sent: str) -> str:
    """The last part of a path, without signs that cannot be seen, at most 150 characters."""
    last = _SEPARATORS.split(unicodedata.normalize("NFC", sent))[-1]
    seen = "".join(sign for sign in last if sign in _JOINERS or not _is_unseen(sign))
    name = " ".join(seen.translate(_RESERVED).split()).strip(" .")
    return _shorten(name) or NAMELESS


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _shorten(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        return name[:LONGEST].rstrip()
    return stem[: LONGEST - len(ending) - 1].rstrip() + dot + ending
