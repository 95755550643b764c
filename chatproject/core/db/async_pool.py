"""A small pool of connections for the event loop, beside Django's own pool for threads."""

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar, cast

import psycopg
from django.conf import settings
from psycopg.errors import QueryCanceled

from chatproject.core.db.deadlines import BoundedConnection, DatabaseTooSlow
from chatproject.core.db.distributed import nodes
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.distributed.shard_trips import ShardTrips
from chatproject.core.db.loop_turns import LoopTurns
from chatproject.core.db.readings import Answer, Query, Steps, carry_out, step_of, together
from chatproject.core.db.shared_connection import HeldUp, SharedConnection
from chatproject.core.errors import Unavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")
U = TypeVar("U")

# As many readings are carried out at once. More of them keep no more cores busy, and what they
# compute between their trips would come between an acknowledgement and its sender.
READINGS = 8
# As many ask over one connection, unless it is stuck: each further process of PostgreSQL that is
# woken costs more than to wait for three small answers.
SHARED_BY = 4
# As often a trip that is held up by another one is asked again over another connection.
MOVES = 3
WAIT_SECONDS = 2.0  # for a place, as Django's own pool


class AsyncPool:
    """Belongs to one event loop. Connections are made when they are first needed, and kept; there
    are never more of them to a node than readings at once."""

    def __init__(
        self, size: int = READINGS, *, do_sends_wait: Callable[[], bool] = lambda: False
    ) -> None:
        """While sends wait, what is computed of the answers takes less of the event loop."""
        self._open: dict[int, list[SharedConnection]] = defaultdict(list)  # by the node
        self._connecting: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._size = self._places = size
        self._turns = LoopTurns(do_sends_wait)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._making_way: dict[int, asyncio.Task[None]] = {}  # by the node
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="connect")

    async def read(
        self,
        steps_of: Callable[[], Steps[T]],
        *,
        node: int = COORDINATOR,
        begins: Query | None = None,
    ) -> T:
        """The result of the steps that `steps_of()` gives, which begin again once where a kept
        connection turns out to be closed. A worker (`distributed/nodes.py`) that does not answer is
        left alone for a while, and the steps begin again at the coordinator. On a distributed
        database each trip `begins` with settings that hold for it.

        Raises what they raise, psycopg's errors, or Unavailable when no place comes free.
        """
        try:
            return await self._read_at(node, steps_of, begins)
        except psycopg.OperationalError as error:
            if node == COORDINATOR or not nodes.is_away(error):
                raise
            nodes.nodes.lost(node)
        return await self._read_at(COORDINATOR, steps_of, begins)

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

    async def _read_at(
        self, node: int, steps_of: Callable[[], Steps[T]], begins: Query | None
    ) -> T:
        begun_at = time.monotonic()
        async with self._place():
            is_fresh = True
            try:
                shared = await self._connected(node)
                is_fresh = shared.made_at >= begun_at
                return await self._read(shared, node, steps_of(), begins)
            except psycopg.OperationalError as error:
                if is_fresh or isinstance(error, (DatabaseTooSlow, QueryCanceled)):
                    raise
            shared = await self._connect_since(node, begun_at)
            return await self._read(shared, node, steps_of(), begins)

    async def _read(
        self, shared: SharedConnection, node: int, steps: Steps[T], begins: Query | None
    ) -> T:
        async def ask(queries: Sequence[Query]) -> Sequence[Answer]:
            nonlocal shared
            trip = [step_of(transformer, each) for each in queries]
            seconds = settings.STATEMENT_SECONDS
            for _ in range(MOVES):
                try:
                    return await shared.ask(trip, seconds=seconds, may_move=True)
                except HeldUp:
                    shared = self._find(node) or shared
            return await shared.ask(trip, seconds=seconds)

        transformer = shared.transformer
        catalog = nodes.nodes.catalog
        if catalog is not None:
            ask = ShardTrips(shared, node, catalog, self._connected, begins).ask
        return await carry_out(steps, ask, transformer, self._turns)

    async def _connected(self, node: int) -> SharedConnection:
        return self._find(node) or await self._find_or_connect(node)

    async def close(self) -> None:
        """Closes the connections; nobody may read any more."""
        for task in self._making_way.values():
            task.cancel()
        for at_node in self._open.values():
            while at_node:
                at_node.pop().close()
        self._threads.shutdown(wait=False)

    def _find(self, node: int) -> SharedConnection | None:
        """One at which nobody waits for long; None where another is to be made."""
        for shared in self._open[node]:
            if shared.is_open and shared.waiting < SHARED_BY and not shared.is_stuck:
                return shared
        return None

    async def _find_or_connect(self, node: int) -> SharedConnection:
        async with self._connecting[node]:
            found = self._find(node)
            if found is not None:
                return found
            at_node = self._open[node] = [it for it in self._open[node] if it.is_open]
            if len(at_node) + (node in self._making_way) < self._size:
                return await self._connect(node)
            return min(at_node, key=lambda it: it.waiting)

    async def _connect_since(self, node: int, moment: float) -> SharedConnection:
        """One that was made since then; of those before, all that are idle were lost together."""
        async with self._connecting[node]:
            for shared in self._open[node]:
                if shared.made_at < moment and not shared.waiting:
                    shared.close()
            at_node = self._open[node] = [it for it in self._open[node] if it.is_open]
            made = [it for it in at_node if it.made_at >= moment]
            return made[-1] if made else await self._connect(node)

    async def _connect(self, node: int) -> SharedConnection:
        loop = asyncio.get_running_loop()
        shared = SharedConnection(await loop.run_in_executor(self._threads, connect, node))
        shared.on_held_up = lambda: self._held_up(shared, node)
        self._open[node].append(shared)
        return shared

    def _held_up(self, shared: SharedConnection, node: int) -> None:
        """Those that are held up stay until there is a connection to go to: where PostgreSQL is
        frozen, none can be made."""
        if self._find(node) is not None:
            shared.let_go()
        elif node not in self._making_way:
            taken = sum(each.is_open for each in self._open[node]) + self._connecting[node].locked()
            if taken < self._size:
                self._making_way[node] = asyncio.create_task(self._make_way(node))

    async def _make_way(self, node: int) -> None:
        """Beside who makes a connection for a reading of their own, whom it does not delay."""
        try:
            await self._connect(node)
        except psycopg.Error as error:
            logger.info("no further connection: %r", error)
        finally:
            del self._making_way[node]

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        await self._enter()
        try:
            yield
        finally:
            self._leave()

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
