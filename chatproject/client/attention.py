"""What the server keeps for a socket alone, and so has to be told on each new one. No I/O here."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

WATCH, STATUS = "presence.watch", "presence.set"


class Attention:
    """Of each kind the last thing that was said and not refused holds."""

    def __init__(self) -> None:
        self._said: dict[str, Mapping[str, Any]] = {}
        self._being_said: Counter[str] = Counter()

    @contextmanager
    def saying(self, name: str, fields: Mapping[str, Any]) -> Iterator[None]:
        """Around a request, which is repeated after a loss by itself."""
        self._being_said[name] += 1
        try:
            yield
            self._said[name] = fields
        finally:
            self._being_said[name] -= 1

    def frames(self) -> list[tuple[str, Mapping[str, Any]]]:
        """What is to be said again, as names and fields."""
        return [(name, said) for name, said in self._said.items() if not self._being_said[name]]
