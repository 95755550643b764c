"""Limits what clients take up of a process: frames a second, sockets at once, connects at once."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager

from chatproject.core.errors import Refusal, Unavailable

BURST_SECONDS = 10  # seconds' worth of frames that may come at once, as after a reconnect

TEXT_BURST_SECONDS = 2  # seconds' worth of text that may come at once


class TooManySockets(Refusal):
    status = 429
    code = "too_many_sockets"
    title = "Too many sockets"
    detail = "So many sockets are open already that no further one is taken. Close some."


class TooManyFrames(Refusal):
    status = 429
    code = "too_many_frames"
    title = "Too many frames"
    detail = "Frames come faster than they may. Come back, and send them more slowly."


class FrameTooLarge(Refusal):
    status = 413
    code = "frame_too_large"
    title = "Frame too large"
    detail = "The frame is larger than the limit that hello names."


class TokenBucket:
    """A bucket of frames that fills by `per_second`; 0 is no limit."""

    __slots__ = ("_at", "_left", "_per_second")

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._left = float(per_second * BURST_SECONDS)
        self._at = time.monotonic()

    def take(self) -> None:
        """Raises TooManyFrames when the bucket is empty."""
        if not self._per_second:
            return
        if self._left < 1:
            now = time.monotonic()
            gained = (now - self._at) * self._per_second
            self._left = min(self._left + gained, self._per_second * BURST_SECONDS)
            self._at = now
            if self._left < 1:
                raise TooManyFrames
        self._left -= 1


class TextPace:
    """How fast the text of one socket is read: `per_second` characters on average, 0 without limit,
    and what comes in TEXT_BURST_SECONDS at once. Who sends faster is not refused, but waits."""

    __slots__ = ("_at", "_left", "_per_second")

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._left = float(per_second * TEXT_BURST_SECONDS)
        self._at = time.monotonic()

    @property
    def is_exceeded(self) -> bool:
        return self._left < 0

    def take(self, characters: int) -> None:
        if self._per_second:
            self._left -= characters

    async def wait(self) -> None:
        """Returns when no more was taken than may be."""
        while self._left < 0:
            now = time.monotonic()
            gained = (now - self._at) * self._per_second
            self._left = min(self._left + gained, self._per_second * TEXT_BURST_SECONDS)
            self._at = now
            if self._left < 0:
                await asyncio.sleep(-self._left / self._per_second)


class ConnectionLimiter:
    """Counts open sockets by person, or by address. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._taken: Counter[Hashable] = Counter()

    @contextmanager
    def taken(self, who: Hashable, most: int) -> Iterator[None]:
        """Counts a socket for the block. Raises TooManySockets above `most`; 0 is no limit."""
        if most and self._taken[who] >= most:
            raise TooManySockets
        self._taken[who] += 1
        try:
            yield
        finally:
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]


class AdmissionLimiter:
    """Lets a few sockets connect at a time, so that a reconnect storm leaves room for open ones."""

    def __init__(self, *, at_once: int, waiting: int) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._most_waiting = waiting

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Raises Unavailable when too many wait already."""
        if self._waiting >= self._most_waiting:
            raise Unavailable("Too many are connecting at once. Come back in a moment.")
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()
