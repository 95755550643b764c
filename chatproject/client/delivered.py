"""Tracks which messages of a conversation have been delivered, to recognize new ones.

A message that was changed within a gap is fetched in its last state and after later ones, since
changes come in the order of their revs.
"""

MAX_SKIPPED = 10_000


class Delivered:
    """Knows nothing until the newest message is known (`start_at`)."""

    __slots__ = ("_newest", "_skipped")

    def __init__(self) -> None:
        self._newest: int | None = None
        self._skipped: set[int] = set()  # before the newest, and not delivered

    def start_at(self, seq: int) -> None:
        """Notes the newest message, unless one is known."""
        if self._newest is None:
            self._newest = seq

    def is_new(self, seq: int) -> bool | None:
        """Whether the message is delivered for the first time by this call; None if unknown."""
        if self._newest is None:
            return None
        if seq > self._newest:
            if len(self._skipped) + seq - self._newest <= MAX_SKIPPED:
                self._skipped.update(range(self._newest + 1, seq))
            self._newest = seq
            return True
        if seq in self._skipped:
            self._skipped.discard(seq)
            return True
        return False
