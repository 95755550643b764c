"""Which messages of a conversation have been handed out, so that a new one is told as new.

A message that was changed within a gap is fetched as it is now, and behind later ones, since
changes come in the order of their revs.
"""

MAX_SKIPPED = 10_000


class Seen:
    """Nothing is known until the newest message is (`begin`)."""

    __slots__ = ("_newest", "_skipped")

    def __init__(self) -> None:
        self._newest: int | None = None
        self._skipped: set[int] = set()  # before the newest, and not handed out

    def begin(self, seq: int) -> None:
        """This is the newest message, or was when it was sent."""
        if self._newest is None:
            self._newest = seq

    def is_new(self, seq: int) -> bool | None:
        """Whether the message is handed out for the first time, as it is now; None if unknown."""
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
