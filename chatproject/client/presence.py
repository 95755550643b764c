"""Presence state that the server keeps per socket; each new socket gets it again. No I/O here."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

WATCH, STATUS = "presence.watch", "presence.set"


class PresenceRequests:
    """The last accepted request of each kind, to be repeated on every new socket."""

    def __init__(self) -> None:
        self._accepted: dict[str, Mapping[str, Any]] = {}
        self._pending: Counter[str] = Counter()

    @contextmanager
    def remember(self, name: str, fields: Mapping[str, Any]) -> Iterator[None]:
        """Remembers the request of the block if it succeeds; pending ones repeat themselves."""
        self._pending[name] += 1
        try:
            yield
            self._accepted[name] = fields
        finally:
            self._pending[name] -= 1

    def frames(self) -> list[tuple[str, Mapping[str, Any]]]:
        """The names and fields of the requests to repeat."""
        return [(name, it) for name, it in self._accepted.items() if not self._pending[name]]
