"""Runs the readings of threads on a distributed database as the hot path does: statements about one
shard go past Citus (decision 42), in an event loop that all threads share.

Whatever stands in the way of that, they are carried out on Django's connection, as all others of a
thread are.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.errors import QueryCanceled

from chatproject.core.db.async_pool import AsyncPool
from chatproject.core.db.distributed.nodes import nodes
from chatproject.core.db.readings import Query, Steps, read
from chatproject.core.errors import Unavailable

T = TypeVar("T")

READINGS = 4  # that are carried out at once, and the most connections to each worker


class _Loop:
    """An event loop in a thread of its own, begun when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: AsyncPool | None = None

    def read(self, steps_of: Callable[[], Steps[T]], begins: Query | None) -> T:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="past Citus", daemon=True
                ).start()
        return asyncio.run_coroutine_threadsafe(self._read(steps_of, begins), self._loop).result()

    async def _read(self, steps_of: Callable[[], Steps[T]], begins: Query | None) -> T:
        if self._pool is None:
            self._pool = AsyncPool(READINGS)
        return await self._pool.read(steps_of, node=nodes.next(), begins=begins)

    def close(self) -> None:
        """Closes the connections; the next reading makes new ones. Nobody may read meanwhile."""
        with self._lock:
            loop, self._loop = self._loop, None
            pool, self._pool = self._pool, None
        if loop is not None:
            if pool is not None:
                asyncio.run_coroutine_threadsafe(pool.close(), loop).result()
            loop.call_soon_threadsafe(loop.stop)


_loop = _Loop()
close = _loop.close


class NotPastCitus(Exception):
    """There are no workers to ask, or they did not answer."""


def goes_past_citus() -> bool:
    """Whether there are workers to ask, and nothing of an open transaction has to be seen."""
    return settings.SHARD_READS and nodes.catalog is not None and not connection.in_atomic_block


def past_citus(steps_of: Callable[[], Steps[T]], *, begins: Query | None = None) -> T:
    """The result of the steps that `steps_of()` gives, each of whose trips `begins` with settings.
    Raises NotPastCitus, and psycopg's QueryCanceled where they bound the time."""
    if not goes_past_citus():
        raise NotPastCitus
    try:
        return _loop.read(steps_of, begins)
    except QueryCanceled:
        raise
    except (psycopg.Error, Unavailable) as error:
        raise NotPastCitus from error


def read_past_citus(steps_of: Callable[[], Steps[T]]) -> T:
    """The result of the steps that `steps_of()` gives, in either way."""
    try:
        return past_citus(steps_of)
    except NotPastCitus:
        return read(steps_of())
