"""A few connections for what the event loop reads itself, beside Django's own pool for threads."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar, cast

import psycopg
from django.conf import settings
from psycopg.pq import TransactionStatus

from chatproject.core.db import nodes
from chatproject.core.db.deadlines import BoundedConnection, DatabaseTooSlow
from chatproject.core.db.hosts import COORDINATOR
from chatproject.core.db.loop_turns import LoopTurns
from chatproject.core.db.readings import Steps, read_async, together
from chatproject.core.errors import Unavailable

T = TypeVar("T")
U = TypeVar("U")

# As many readings are in PostgreSQL at once. More of them keep no more cores busy, and what they
# compute between their trips would come between an acknowledgement and its sender.
CONNECTIONS = 8
WAIT_SECONDS = 2.0  # for a connection, as Django's own pool


class AsyncPool:
    """Belongs to one event loop. Connections are made when they are first needed, and kept."""

    def __init__(self, size: int = CONNECTIONS) -> None:
        self._free: dict[int, list[BoundedConnection]] = defaultdict(list)  # by the node
        self._places = size
        self._turns = LoopTurns()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="connect")

    async def read(self, steps_of: Callable[[], Steps[T]], *, node: int = COORDINATOR) -> T:
        """The result of the steps that `steps_of()` gives, which begin again once where a kept
        connection turns out to be closed. A worker (`nodes`) that does not answer is left alone for
        a while, and the steps begin again at the coordinator.

        Raises what they raise, psycopg's errors, or Unavailable when no connection comes free.
        """
        try:
            return await self._read_at(node, steps_of)
        except psycopg.OperationalError as error:
            if node == COORDINATOR or not nodes.is_away(error):
                raise
            nodes.nodes.lost(node)
        return await self._read_at(COORDINATOR, steps_of)

    async def read_both(
        self, one_of: Callable[[], Steps[T]], other_of: Callable[[], Steps[U]], *, node: int
    ) -> tuple[T, U]:
        """What two readings find, of which `one` needs the coordinator and `other` goes to the
        node: in the same round trips if that is the same one, and else at the same time. What `one`
        raises comes first. Raises as `read`."""
        if node == COORDINATOR:
            return await self.read(lambda: together(one_of(), other_of()))
        found = await asyncio.gather(
            self.read(one_of), self.read(other_of, node=node), return_exceptions=True
        )
        for each in found:
            if isinstance(each, BaseException):
                raise each
        return cast(tuple[T, U], tuple(found))

    async def _read_at(self, node: int, steps_of: Callable[[], Steps[T]]) -> T:
        is_fresh = True
        try:
            async with self._connection(node) as (raw, is_fresh):
                return await self._read(raw, steps_of())
        except psycopg.OperationalError as error:
            if is_fresh or isinstance(error, DatabaseTooSlow):
                raise
        async with self._connection(node, fresh=True) as (raw, _):
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
        for free in self._free.values():
            while free:
                free.pop().close()
        self._threads.shutdown(wait=False)

    @asynccontextmanager
    async def _connection(
        self, node: int, *, fresh: bool = False
    ) -> AsyncIterator[tuple[BoundedConnection, bool]]:
        """A connection, and whether it was made just now. It is closed unless it comes back idle:
        whoever was cancelled leaves one in the middle of an answer."""
        await self._enter()
        raw: BoundedConnection | None = None
        free = self._free[node]
        try:
            while fresh and free:  # they were lost together
                free.pop().close()
            is_fresh = not free
            raw = await self._connect(node) if is_fresh else free.pop()
            yield raw, is_fresh
        finally:
            if raw is not None and raw.info.transaction_status == TransactionStatus.IDLE:
                free.append(raw)
            elif raw is not None:
                raw.close()
            self._leave()

    async def _connect(self, node: int) -> BoundedConnection:
        return await asyncio.get_running_loop().run_in_executor(self._threads, connect, node)

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


def connect(node: int = COORDINATOR) -> BoundedConnection:
    """A connection beside Django's own, to the same database, whose times are in UTC."""
    raw = nodes.connect(node)
    raw.execute("SET TimeZone TO 'UTC'")
    return raw
