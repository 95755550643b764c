"""Whether a flush is late, because of the disk, a lock or a busy machine; newer drafts need not
wait for it.
"""

import asyncio
from collections.abc import Callable

# A flush is late when it takes LATE times as long as usual, and at least LEAST_SECONDS.
LATE = 1.5
LEAST_SECONDS = 0.002
REMEMBERED = 16  # flushes in the moving average


class Lateness:
    """Tells whether the latest flush is late. Belongs to the event loop's thread."""

    def __init__(self, look_again: Callable[[], None]) -> None:
        """`look_again` is called when a flush becomes late after `is_late` has returned False."""
        self._loop = asyncio.get_running_loop()
        self._look_again = look_again
        self._set_out_at = 0.0
        self._usual_seconds = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def set_out(self) -> None:
        self._set_out_at = self._loop.time()

    def landed(self, seconds: float) -> None:
        """Notes how long a flush took, in seconds."""
        self._usual_seconds += (seconds - self._usual_seconds) / REMEMBERED

    def is_late(self) -> bool:
        late_at = self._set_out_at + max(LEAST_SECONDS, LATE * self._usual_seconds)
        if self._loop.time() >= late_at:
            return True
        if self._timer is None:
            self._timer = self._loop.call_at(late_at, self._time_is_over)
        return False

    def _time_is_over(self) -> None:
        self._timer = None
        self._look_again()
