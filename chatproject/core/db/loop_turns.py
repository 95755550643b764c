"""Allows one computation in each turn of the event loop, so that acknowledgements are sent in
between.

Readings wait for PostgreSQL at the same time, but when several answers are there at once, making
pages of them all would hold up whatever else is ready: a flush of the writer takes some turns of
the loop, and each would last as long as all those pages.

While sends wait, computations take a SHARE of the loop's time at most. Readers who ask again as
soon as they are answered would else take all of it, and of the machine what the writer's process of
PostgreSQL needs.
"""

import asyncio
from collections import deque
from collections.abc import Callable

SHARE = 0.5
# The longest pause after a computation; the loop may have been held up by something else.
MOST_PAUSE = 0.005  # seconds


class LoopTurns:
    """Belongs to one event loop."""

    def __init__(self, do_sends_wait: Callable[[], bool] = lambda: False) -> None:
        self._do_sends_wait = do_sends_wait
        self._is_taken = False
        self._taken_at = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def begin(self) -> None:
        """As `take`, for a short computation: it waits only while sends wait."""
        if self._do_sends_wait():
            await self.take()

    async def take(self) -> None:
        """Returns when the caller may compute, until it next waits for something."""
        loop = asyncio.get_running_loop()
        if self._is_taken:
            place = loop.create_future()
            self._waiting.append(place)
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():  # it was given the turn
                    self._give()
                raise
        self._is_taken = True
        self._taken_at = loop.time()
        loop.call_soon(self._end)

    def _end(self) -> None:
        if self._do_sends_wait():
            loop = asyncio.get_running_loop()
            pause = (loop.time() - self._taken_at) * (1 / SHARE - 1)
            loop.call_later(min(pause, MOST_PAUSE), self._give)
        else:
            self._give()

    def _give(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._is_taken = False
