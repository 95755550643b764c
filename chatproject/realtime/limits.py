"""Limits what clients take up of a process: frames a second, sockets at once, connects at once."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager

from chatproject.core.errors import Refusal, Unavailable

BURST_SECONDS = 10  # seconds' worth of frames that may come at once, as after a reconnect

TEXT_BURST_SECONDS = 8  # seconds' worth of text that may come at once
# Of each frame; so a bot that sends short messages is limited by their number alone.
FREE_CHARACTERS = 256
LEAST_KEPT = 1_000  # people of whom the pace remembers what they took


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
    """How fast the text of each person's sockets is read, all of them together: `per_second`
    characters on average, 0 without limit, and what comes in TEXT_BURST_SECONDS at once. Who sends
    faster is not refused, but waits. Belongs to the event loop's thread."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._paid_off: dict[Hashable, float] = {}  # when all that was taken is paid for
        self._most = LEAST_KEPT

    def take(self, who: Hashable, characters: int) -> None:
        """Counts a frame, but for its first FREE_CHARACTERS."""
        beyond = characters - FREE_CHARACTERS
        if beyond <= 0 or not self._per_second:
            return
        now = time.monotonic()
        begins = max(now, self._paid_off.get(who, now))
        self._paid_off[who] = begins + beyond / self._per_second
        if len(self._paid_off) > self._most:
            self._forget(now)

    def _forget(self, now: float) -> None:
        """Drops those who may send a whole burst again, and so are as new."""
        self._paid_off = {who: at for who, at in self._paid_off.items() if at > now}
        self._most = max(LEAST_KEPT, 2 * len(self._paid_off))

    @property
    def kept(self) -> int:
        """How many people are remembered."""
        return len(self._paid_off)

    def is_exceeded(self, who: Hashable) -> bool:
        return self._seconds_beyond(who) > 0

    async def wait(self, who: Hashable) -> None:
        """Returns when no more was taken than may be."""
        while (seconds := self._seconds_beyond(who)) > 0:  # noqa: ASYNC110 (time alone pays it)
            await asyncio.sleep(seconds)

    def _seconds_beyond(self, who: Hashable) -> float:
        at = self._paid_off.get(who)
        return 0.0 if at is None else at - time.monotonic() - TEXT_BURST_SECONDS


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
