"""Translates Slack's names for emoji, such as ":thumbsup:" and ":flag-de:"."""

import json
import re
from functools import lru_cache
from pathlib import Path

from chatproject.core.errors import InvalidInput
from messaging.emojis import canonical_emoji

_FLAG = re.compile(r"flag-([a-z])([a-z])")
_SKIN_TONES = {f"skin-tone-{n}": chr(0x1F3FB + n - 2) for n in range(2, 7)}


@lru_cache(maxsize=4096)
def emoji_named(name: str, skin_tone: str | None = None) -> str | None:
    """The canonical emoji of a name; None for a name that is not standard."""
    found = _standard(name)
    if found is None or skin_tone is None:
        return found
    toned = found[0] + _SKIN_TONES[skin_tone] + found[1:].removeprefix("\ufe0f")
    return _canonical(toned) or found


def reaction_named(name: str) -> str | None:
    """The stored form of a reaction: an emoji, `:name:` for a custom one, None if invalid."""
    if not name.isascii():
        return _canonical(name)
    base, _, tone = name.partition("::")
    return emoji_named(base, tone if tone in _SKIN_TONES else None) or _canonical(f":{name}:")


def is_custom(emoji: str) -> bool:
    return emoji.startswith(":")


def _standard(name: str) -> str | None:
    if flag := _FLAG.fullmatch(name):
        return _canonical(
            "".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in flag.groups())
        )
    found = _canonical(_names().get(name, f":{name}:"))
    return None if found is None or is_custom(found) else found


def _canonical(text: str) -> str | None:
    try:
        return canonical_emoji(text)
    except InvalidInput:
        return None


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """The names that the emoji library does not know or interprets differently from Slack."""
    table = json.loads(Path(__file__).with_name("emoji.json").read_text(encoding="utf-8"))
    names: dict[str, str] = table["names"]
    return names
