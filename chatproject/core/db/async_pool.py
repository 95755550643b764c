"""A few connections for what the event loop reads itself, beside Django's own pool for threads."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.pq import TransactionStatus

from chatproject.core.db.deadlines import BoundedConnection, DatabaseTooSlow
from chatproject.core.db.loop_turns import LoopTurns
from chatproject.core.db.readings import Steps, read_async
from chatproject.core.errors import Unavailable

T = TypeVar("T")

# As many readings are in PostgreSQL at once. More of them keep no more cores busy, and what they
# compute between their trips would come between an acknowledgement and its sender.
CONNECTIONS = 8
WAIT_SECONDS = 2.0  # for a connection, as Django's own pool


class AsyncPool:
    """Belongs to one event loop. Connections are made when they are first needed, and kept."""

    def __init__(self, size: int = CONNECTIONS) -> None:
        self._free: list[BoundedConnection] = []
        self._places = size
        self._turns = LoopTurns()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="connect")

    async def read(self, steps_of: Callable[[], Steps[T]]) -> T:
        """The result of the steps that `steps_of()` gives, which begin again once where a kept
        connection turns out to be closed.

        Raises what they raise, psycopg's errors, or Unavailable when no connection comes free.
        """
        is_fresh = True
        try:
            async with self._connection() as (raw, is_fresh):
                return await self._read(raw, steps_of())
        except psycopg.OperationalError as error:
            if is_fresh or isinstance(error, DatabaseTooSlow):
                raise
        async with self._connection(fresh=True) as (raw, _):
            return await self._read(raw, steps_of())

    async def _read(self, raw: BoundedConnection, steps: Steps[T]) -> T:
        return await read_async(
            raw,
            steps,
            seconds=settings.STATEMENT_SECONDS,
            turns=self._turns,
            transformer=raw.transformer,
        )

    async def close(self) -> None:
        """Closes the connections that are free; nobody may read any more."""
        while self._free:
            self._free.pop().close()
        self._threads.shutdown(wait=False)

    @asynccontextmanager
    async def _connection(
        self, *, fresh: bool = False
    ) -> AsyncIterator[tuple[BoundedConnection, bool]]:
        """A connection, and whether it was made just now. It is closed unless it comes back idle:
        whoever was cancelled leaves one in the middle of an answer."""
        await self._enter()
        raw: BoundedConnection | None = None
        try:
            while fresh and self._free:  # they were lost together
                self._free.pop().close()
            is_fresh = not self._free
            raw = await self._connect() if is_fresh else self._free.pop()
            yield raw, is_fresh
        finally:
            if raw is not None and raw.info.transaction_status == TransactionStatus.IDLE:
                self._free.append(raw)
            elif raw is not None:
                raw.close()
            self._leave()

    async def _connect(self) -> BoundedConnection:
        return await asyncio.get_running_loop().run_in_executor(self._threads, connect)

    async def _enter(self) -> None:
        if self._places:
            self._places -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # the place was given in the same moment
                self._leave()
            if isinstance(error, TimeoutError):
                raise Unavailable from None
            raise

    def _leave(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._places += 1


def connect() -> BoundedConnection:
    """A connection beside Django's own, to the same database, whose times are in UTC."""
    params = connection.get_connection_params()
    raw = BoundedConnection.connect(**{**params, "autocommit": True})
    raw.execute("SET TimeZone TO 'UTC'")
    return raw
