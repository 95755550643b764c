"""One computation a turn of the event loop, so that acknowledgements come between them.

Readings wait for PostgreSQL at the same time, but when several answers are there at once, making
pages of them all would hold up whatever else is ready: a flush of the writer takes some turns of
the loop, and each would last as long as all those pages.
"""

import asyncio
from collections import deque


class LoopTurns:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: deque[asyncio.Future[None]] = deque()

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
        loop.call_soon(self._give)

    def _give(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._is_taken = False
