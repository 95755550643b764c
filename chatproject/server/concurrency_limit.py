"""Limits how many requests compute beside the event loop, since all share one interpreter."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

AT_ONCE = 1
QUICK = 0.02  # seconds


class ConcurrencyLimit:
    """Lets AT_ONCE requests run at once; those that have run longer than QUICK do not count.

    Threads that compute share one interpreter with the event loop and the writer: with more of
    them each acknowledgement waits longer, and no answer comes sooner. A request that takes long
    waits for something else (a lock, a hash, an upload), so that others may run meanwhile.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        await self._free.acquire()
        release = _Once(self._free.release)
        timer = asyncio.get_running_loop().call_later(QUICK, release)
        try:
            yield
        finally:
            timer.cancel()
            release()


class _Once:
    """Calls the function at the first call only."""

    def __init__(self, function: Callable[[], object]) -> None:
        self._function: Callable[[], object] | None = function

    def __call__(self) -> None:
        function, self._function = self._function, None
        if function is not None:
            function()
