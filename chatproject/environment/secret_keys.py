"""Readers of secrets: those that are set, and the one that is kept in a file."""

import secrets
from pathlib import Path

from chatproject.environment.reader import Reader

SHORTEST_SECRET = 20


class SecretReaders(Reader):
    """Of secrets that an operator sets."""

    def secret(self, name: str, *, check: str) -> str:
        """Printable ASCII without spaces, long enough not to be guessed; empty if unset."""
        value = self.text(name)
        fits = value.isascii() and value.isprintable() and " " not in value
        if not value or (fits and len(value) >= SHORTEST_SECRET):
            return value
        self.note(
            check,
            f"{name} is shorter than {SHORTEST_SECRET} characters, or unfit for a header.",
            f"Set {name} to, say, what this prints: openssl rand -hex 32",
        )
        return ""


def kept_secret(path: Path) -> str:
    """The secret in the file; without one, a random secret that lasts as long as this process."""
    try:
        return path.read_text().strip() or secrets.token_urlsafe(50)
    except OSError:
        return secrets.token_urlsafe(50)
