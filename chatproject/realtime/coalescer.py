"""Natural batching: what queues up while a flush is in flight is the next flush.

No timer decides. Idle, a single item is flushed at once; busy, the batches grow with the load. The
writer, the receipts and the batch loader each bring their own queue and their own flush.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sized
from contextvars import Context
from typing import Any, Generic, TypeVar

logger = logging.getLogger(__name__)

B = TypeVar("B", bound=Sized)


class Coalescer(Generic[B]):
    """Belongs to the event loop that calls it."""

    def __init__(
        self,
        take: Callable[[int], B],
        flush: Callable[[B], Coroutine[Any, Any, None]],
        *,
        flights: int = 1,
        name: str,
    ) -> None:
        """`take(in_flight)` removes the next batch from the caller's queue and returns it.

        An empty batch means that nothing is queued, or not enough for another flush beside those
        `in_flight`. `flush` must answer everybody in its batch, whatever goes wrong; if it raises,
        that is logged under `name`. At most `flights` run at once.
        """
        self._take = take
        self._flush = flush
        self._most_flights = flights
        self._name = name
        self._flights: set[asyncio.Future[None]] = set()
        self._is_woken = False
        self._landed: asyncio.Event | None = None  # made when somebody waits for it

    def wake(self) -> None:
        """Flushes what was queued after this turn of the event loop, with everything queued until
        then."""
        if not self._is_woken:
            self._is_woken = True
            asyncio.get_running_loop().call_soon(self._launch)

    async def idle(self) -> None:
        """Returns when no flush is in flight and none is about to begin."""
        while self._flights or self._is_woken:
            self._landed = self._landed or asyncio.Event()
            await self._landed.wait()

    def _launch(self) -> None:
        self._is_woken = False
        loop = asyncio.get_running_loop()
        while len(self._flights) < self._most_flights:
            batch = self._take(len(self._flights))
            if not batch:
                break
            # A flush serves many callers, so it runs in the context of none.
            flight = loop.create_task(self._flush(batch), context=Context())
            self._flights.add(flight)
            flight.add_done_callback(self._land)
        self._tell_landed()

    def _land(self, flight: asyncio.Future[None]) -> None:
        self._flights.discard(flight)
        if not flight.cancelled() and flight.exception() is not None:
            logger.error("a flush of the %s failed", self._name, exc_info=flight.exception())
        self._launch()

    def _tell_landed(self) -> None:
        if self._landed is not None:
            self._landed.set()
            self._landed = None
