"""Makes the name of an uploaded file safe to show and to save."""

import re
import unicodedata

from chatproject.core.plain_text import normalize

LONGEST = 150
LONGEST_ENDING = 20
NAMELESS = "file"

_SEPARATORS = re.compile(r"[/\\]")
# Runs of spaces of any width, which push a file's ending out of sight.
_SPACES = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]{2,}")
# The three characters, and no others, that browsers escape in a multipart form (WHATWG HTML,
# "multipart/form-data encoding algorithm").
_FORM_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n"}
_FORM_ESCAPE = re.compile("|".join(_FORM_ESCAPES), re.IGNORECASE)
# Windows forbids these in a name. It forbids the quotation mark too, but other systems use that.
_RESERVED = str.maketrans(dict.fromkeys("<>:|?*", "_"))
_JOINERS = {"\u200c", "\u200d"}
# A black flag, invisible letters, an end mark: the flags of England, Scotland and Wales.
_TAGGED_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{1,16}\U000e007f")


def name_from_form(sent: str) -> str:
    """The file's name, from the `filename` that a browser wrote into a multipart form."""
    return _FORM_ESCAPE.sub(lambda found: _FORM_ESCAPES[found[0].upper()], sent)


def safe_name(sent: str) -> str:
    """The last part of a path without invisible characters, at most 150 characters.

    Keeps what belongs to a word or an emoji: joiners between letters or emoji, tags of a flag,
    single spaces of any width. Removes what disguises a name: changes of direction, controls, runs
    of spaces.
    """
    last = _SEPARATORS.split(normalize("NFC", sent))[-1]
    seen = "".join(_visible_characters(_SPACES.sub(" ", last)))
    name = _SPACES.sub(" ", seen.translate(_RESERVED)).strip(" .\u00a0\u202f\u3000")
    return _shorten(name) or NAMELESS


def _visible_characters(name: str) -> list[str]:
    flags = {at for flag in _TAGGED_FLAG.finditer(name) for at in range(*flag.span())}
    return [
        sign
        for at, sign in enumerate(name)
        if at in flags or not _is_invisible(sign) or (sign in _JOINERS and _joins(name, at))
    ]


def _joins(name: str, at: int) -> bool:
    """Whether the joiner stands between two letters, marks or symbols beyond ASCII."""
    if not 0 < at < len(name) - 1:
        return False
    beside = name[at - 1], name[at + 1]
    return all(sign > "\x7f" and unicodedata.category(sign)[0] in "LMS" for sign in beside)


def _is_invisible(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _shorten(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        return name[:LONGEST].rstrip()
    return stem[: LONGEST - len(ending) - 1].rstrip() + dot + ending
