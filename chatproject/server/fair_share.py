"""Fair shares of the server: no person or address can take the turns of the others."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from chatproject.core.errors import RateLimited


class TooManyInFlight(RateLimited):
    """Too many requests of one person or address are waiting."""

    code = "too_many_in_flight"

    def __init__(self) -> None:
        super().__init__(1)
        self.detail = "Too many requests at once. Wait for the answers to some of them."


@dataclass(slots=True)
class _Queue:
    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class FairShare:
    """Runs at most `running` requests of each key at once; up to `waiting` more wait, first come
    first served, and the rest is refused. Belongs to one event loop.
    """

    def __init__(self, *, running: int, waiting: int) -> None:
        self._running = running
        self._waiting = waiting
        self._queues: dict[Hashable, _Queue] = {}

    def __len__(self) -> int:
        """How many keys have requests in flight."""
        return len(self._queues)

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncIterator[None]:
        """Waits for a place; raises TooManyInFlight if too many are waiting already."""
        queue = self._queues.setdefault(key, _Queue())
        if queue.running < self._running:
            queue.running += 1
        else:
            await self._wait(queue)
        try:
            yield
        finally:
            self._leave(key, queue)

    async def _wait(self, queue: _Queue) -> None:
        if len(queue.waiting) >= self._waiting:
            raise TooManyInFlight
        turn = asyncio.get_running_loop().create_future()
        queue.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                with suppress(ValueError):  # it was passed over already
                    queue.waiting.remove(turn)
            else:  # the place was given to us in the same moment
                self._pass_on(queue)
            raise

    def _leave(self, key: Hashable, queue: _Queue) -> None:
        self._pass_on(queue)
        if not queue.running:
            self._queues.pop(key, None)

    def _pass_on(self, queue: _Queue) -> None:
        """Gives the place to the next waiting request, or frees it."""
        while queue.waiting:
            turn = queue.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        queue.running -= 1
