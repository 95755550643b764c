"""Readers of plain values: switches, numbers, choices, sizes, times, and lists of them."""

from collections.abc import Collection

from chatproject.environment.reader import Reader

FLAGS = {"on": True, "1": True, "true": True, "off": False, "0": False, "false": False}


class ValueReaders(Reader):
    """Of what says nothing about the machine or its services."""

    def flag(self, name: str, *, default: bool, check: str) -> bool:
        value = self.text(name)
        if not value:
            return default
        if value.lower() not in FLAGS:
            self.note(
                check, f"{name}={value!r} is neither on nor off.", f"Set {name} to on or off."
            )
            return default
        return FLAGS[value.lower()]

    def number(self, name: str, default: int, *, check: str) -> int:
        """A whole number, 0 or more."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and len(value) < 10:
            return int(value)
        self.note(check, f"{name}={value!r} is not a number.", f"Set {name} to 0, 1, 2 …")
        return default

    def count(self, name: str, default: int, *, most: int, check: str) -> int:
        """A whole number from 1 on."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= most:
            return int(value)
        self.note(
            check, f"{name}={value!r} is not a number from 1 to {most}.", f"Set {name} to 1, 2 …"
        )
        return default

    def seconds(self, name: str, default: float, *, least: float, most: float) -> float:
        value = self.text(name, str(default))
        if is_decimal(value) and least <= float(value) <= most:
            return float(value)
        self.note(
            "E022",
            f"{name}={value!r} is not a number of seconds from {least:g} to {most:g}.",
            f"Set {name} to a number such as {default:g}, or unset it.",
        )
        return default

    def size(self, name: str, default: int, *, check: str) -> int:
        """Bytes: a whole number, or one with K, M, G or T behind it; 0 is allowed."""
        value = self.text(name).upper().removesuffix("B")
        number, unit = value.rstrip("KMGT"), value.lstrip("0123456789")
        if not value:
            return default
        if not (number.isascii() and number.isdigit() and len(number) < 16 and len(unit) <= 1):
            self.note(check, f"{name}={value!r} is not a size.", f"Set {name} to, say, 100M.")
            return default
        return int(number) << 10 * " KMGT".index(unit or " ")

    def choice(self, name: str, default: str, choices: Collection[str], *, check: str) -> str:
        value = self.text(name, default).lower()
        if value in choices:
            return value
        words = " or ".join(choices)
        self.note(check, f"{name}={value!r} is not {words}.", f"Set {name} to {words}.")
        return default

    def days_by(self, name: str, kinds: Collection[str], *, check: str) -> dict[str, int]:
        """Days for some of the kinds, as in `group=365,public=730`."""
        days: dict[str, int] = {}
        for word in self.words(name):
            kind, _, number = word.partition("=")
            if kind not in kinds or not number.isascii() or not number.isdigit():
                self.note(
                    check,
                    f"{name} has {word!r}, which is not a kind and a number of days.",
                    f"Set {name} to some of {', '.join(kinds)}, such as direct=365,group=730.",
                )
                continue
            days[kind] = int(number[:6])
        return days

    def mapping(self, name: str, values: Collection[str], *, check: str) -> dict[str, str]:
        """As in `a=staff,b=moderator`: names of others' to some of the values."""
        found: dict[str, str] = {}
        for word in self.words(name):
            key, equals, value = (part.strip() for part in word.rpartition("="))
            if not equals or not key or value not in values:
                self.note(
                    check,
                    f"{name} has {word!r}, which is not NAME=ROLE.",
                    f"Set {name} to, say, chat-admins=administrator; roles: {', '.join(values)}.",
                )
                continue
            found[key] = value
        return found


def is_decimal(value: str) -> bool:
    """Whether it is a plain number of up to 12 digits, with or without a point."""
    digits = value.replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and len(digits) <= 12
