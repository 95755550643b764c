"""The name of a file as it may be shown and saved, whatever was sent as one."""

import re
import unicodedata

LONGEST = 150
LONGEST_ENDING = 20
NAMELESS = "file"

_SEPARATORS = re.compile(r"[/\\]")
# Two spaces or more, of whatever width: they push an ending out of sight.
_SPACES = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]{2,}")
# Browsers write these three so, and only these, into a multipart form (WHATWG, "encoding multipart
# form data").
_FORM_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n"}
_FORM_ESCAPE = re.compile("|".join(_FORM_ESCAPES), re.IGNORECASE)
# What Windows does not take in a name, but for the quotation mark, which other systems' files have.
_RESERVED = str.maketrans(dict.fromkeys("<>:|?*", "_"))
_JOINERS = {"\u200c", "\u200d"}
# A black flag, letters that are not seen, an end mark: the flags of England, Scotland, Wales.
_TAGGED_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e007a]{1,16}\U000e007f")


def name_from_form(sent: str) -> str:
    """The name as the browser had it, of the `filename` of a multipart form."""
    return _FORM_ESCAPE.sub(lambda found: _FORM_ESCAPES[found[0].upper()], sent)


def safe_name(sent: str) -> str:
    """The last part of a path, without signs that cannot be seen, at most 150 characters.

    What belongs to a word or an emoji stays: joiners between letters of scripts that need them,
    parts of an emoji, spaces of any width. What only makes a name look like another goes: signs
    that turn the direction of writing, controls, rows of spaces.
    """
    last = _SEPARATORS.split(unicodedata.normalize("NFC", sent))[-1]
    seen = "".join(_seen_signs(_SPACES.sub(" ", last)))
    name = _SPACES.sub(" ", seen.translate(_RESERVED)).strip(" .\u00a0\u202f\u3000")
    return _shorten(name) or NAMELESS


def _seen_signs(name: str) -> list[str]:
    flags = {at for flag in _TAGGED_FLAG.finditer(name) for at in range(*flag.span())}
    return [
        sign
        for at, sign in enumerate(name)
        if at in flags or not _is_unseen(sign) or (sign in _JOINERS and _joins(name, at))
    ]


def _joins(name: str, at: int) -> bool:
    """Whether the joiner stands between two signs that it may change the look of."""
    if not 0 < at < len(name) - 1:
        return False
    beside = name[at - 1], name[at + 1]
    return all(sign > "\x7f" and unicodedata.category(sign)[0] in "LMS" for sign in beside)


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _shorten(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > LONGEST_ENDING:
        return name[:LONGEST].rstrip()
    return stem[: LONGEST - len(ending) - 1].rstrip() + dot + ending
