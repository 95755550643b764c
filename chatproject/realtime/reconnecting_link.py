"""A link to one Redis server, re-established whenever it is lost, for uses that can do without.

Whoever asks never waits for a Redis that is away: there is an answer within the given time, or the
link is given up, and until there is another one every question fails at once.
"""

import asyncio
import contextlib
import logging
import random
import time
from typing import Any

from hiredis import ReplyError

from chatproject.realtime.bus.redis_connection import Link, Messages, number_of, open_link

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds between tries to reach Redis
STEADY_SECONDS = 30.0  # for which a link has to last, before the next pause is a short one again
SELECT_SECONDS = 3.0
START_SECONDS = 2.0


class ReconnectingLink:
    """All methods belong to the event loop's thread."""

    def __init__(self, url: str, name: str) -> None:
        """`name` is for the log."""
        self._url = url
        self._name = name
        self._link: Link | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._first_try = asyncio.Event()

    async def start(self) -> None:
        """Returns after the first try, for which a server that starts does not wait for long."""
        self._keeping = asyncio.get_running_loop().create_task(self._keep())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await self._first_try.wait()

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            self._keeping = None

    @property
    def is_linked(self) -> bool:
        return self._link is not None

    async def ask(self, *command: bytes, seconds: float) -> Any:
        """The answer, which must not be a number; raises ConnectionError."""
        link = self._link
        if link is None:
            raise ConnectionError("Redis is away")
        try:
            async with asyncio.timeout(seconds):
                return await link.ask(*command)
        except TimeoutError:
            error = ConnectionError(f"Redis did not answer within {seconds:g} s")
            link.give_up(error)
            raise error from None
        except ReplyError as error:
            raise ConnectionError(f"Redis refuses: {error}") from error

    def send(self, *command: bytes) -> None:
        """Sends a command whose answer is a number, without waiting, where there is a link."""
        if self._link is not None:
            self._link.send(command)

    async def _keep(self) -> None:
        pause, was_told = FIRST_PAUSE, False
        while True:
            begun_at = time.monotonic()
            try:
                link = await self._open()
            except Exception as error:  # noqa: BLE001 (whatever it is, it is tried again)
                reason: object = error or type(error).__name__
            else:
                was_told = False
                reason = await self._use(link)
                if time.monotonic() - begun_at > STEADY_SECONDS:
                    pause = FIRST_PAUSE
            self._first_try.set()
            if not was_told:
                logger.warning("%s: Redis is away: %s", self._name, reason)
                was_told = True
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 (no secret)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _open(self) -> Link:
        link = await open_link(self._url, _ignore)
        try:
            async with asyncio.timeout(SELECT_SECONDS):
                await link.ask(b"SELECT", str(number_of(self._url)).encode())
        except BaseException:
            link.give_up()
            raise
        return link

    async def _use(self, link: Link) -> object:
        """Returns why the link was lost."""
        self._link = link
        self._first_try.set()
        try:
            return await asyncio.shield(link.lost) or "it was closed"
        finally:
            self._link = None
            with contextlib.suppress(Exception):
                link.give_up()


def _ignore(messages: Messages) -> None:
    """Nothing was subscribed to."""
