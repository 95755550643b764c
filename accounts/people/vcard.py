"""vCards (RFC 6350, and version 3 as it is written everywhere): reading and writing what an address
book here has. See docs/decisions/0026-vcards.md.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)((?:;(?:\"[^\"]*\"|[^:\"])*)?):(.*)")
_ESCAPED = re.compile(r"\\([\\,;:nN])")
MAX_LINE = 75  # bytes, without the line break


class Card(NamedTuple):
    """One person; empty where the card does not say it."""

    name: str = ""
    nickname: str = ""
    number: str = ""
    uid: str = ""
    emails: tuple[str, ...] = ()


def read_cards(text: str) -> Iterator[Card]:
    """The cards of a file; what is none, or has other properties, is passed over."""
    fields: dict[str, list[str]] | None = None
    for line in _FOLD.sub("", text).splitlines():
        found = _LINE.fullmatch(line.strip())
        if found is None:
            continue
        name, value = found[1].upper(), found[3]
        if name == "BEGIN" and value.upper() == "VCARD":
            fields = {}
        elif name == "END" and value.upper() == "VCARD" and fields is not None:
            yield _card(fields)
            fields = None
        elif fields is not None:
            fields.setdefault(name, []).append(_unescaped(value))


def write_card(card: Card) -> str:
    """One card of version 4, its lines folded."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"UID:{card.uid}",
        f"FN:{_escaped(card.name)}",
        *([f"NICKNAME:{_escaped(card.nickname)}"] if card.nickname else []),
        *([f"TEL;VALUE=text:{_escaped(card.number)}"] if card.number else []),
        "END:VCARD",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _card(fields: dict[str, list[str]]) -> Card:
    def first(name: str) -> str:
        return next((value.strip() for value in fields.get(name, ()) if value.strip()), "")

    structured = " ".join(reversed([part for part in first("N").split(";")[:2] if part]))
    return Card(
        name=first("FN") or structured,
        nickname=first("NICKNAME"),
        number=first("TEL").removeprefix("tel:"),
        uid=first("UID"),
        emails=tuple(value.strip().removeprefix("mailto:") for value in fields.get("EMAIL", ())),
    )


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _escaped(value: str) -> str:
    for sign in ("\\", ",", ";"):
        value = value.replace(sign, f"\\{sign}")
    return value.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Broken after at most 75 bytes, never inside a character."""
    pieces: list[str] = []
    piece, size = "", 0
    for character in line:
        width = len(character.encode())
        if size + width > MAX_LINE - (1 if pieces else 0):
            pieces.append(piece)
            piece, size = "", 0
        piece += character
        size += width
    return "\r\n ".join([*pieces, piece])
