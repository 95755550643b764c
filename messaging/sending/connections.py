"""The connections of a process' writer, one set for each node of the database."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import psycopg

from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.distributed.nodes import connect, nodes

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]

READY = 2  # connections to each node, as many as there are concurrent flushes


class Connections:
    """Belongs to the event loop's thread. Connections are opened `in_thread` when first needed; a
    second one is opened right after the first, so that a second flush need not wait for it."""

    def __init__(self, in_thread: InThread) -> None:
        self._in_thread = in_thread
        self._free: dict[int, list[psycopg.Connection[Any]]] = defaultdict(list)
        self._tried: dict[int, int] = defaultdict(int)  # how many were opened since the last loss

    def close(self) -> None:
        """Closes the free connections; nobody takes one any more."""
        for node in self._free:
            self._close_free(node)

    def lost(self, node: int) -> None:
        """Forgets the node's connections: it has closed one, and so the others too."""
        nodes.lost(node)
        self._close_free(node)

    async def take(self, node: int) -> psycopg.Connection[Any]:
        """A connection to the node, for the caller alone. Raises psycopg.OperationalError."""
        free = self._free[node]
        if free and self._tried[node] >= READY:
            return free.pop()
        self._tried[node] += 1
        try:
            raw: psycopg.Connection[Any] = await self._in_thread(partial(connect, node))
        except psycopg.OperationalError:
            if not free:
                raise
            return free.pop()
        return raw

    def give_back(self, node: int, raw: psycopg.Connection[Any]) -> None:
        self._free[node].append(raw)

    def _close_free(self, node: int) -> None:
        self._tried[node] = 0
        while self._free[node]:
            self._free[node].pop().close()


class BorrowedConnections:
    """The connections that one flush uses, at most one to each node."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._by_node: dict[int, psycopg.Connection[Any]] = {}

    async def to(self, node: int) -> psycopg.Connection[Any]:
        """A connection to the node, or to the coordinator if the node does not answer.

        Raises psycopg.OperationalError.
        """
        if node != COORDINATOR:
            try:
                return await self._to(node)
            except psycopg.OperationalError:
                self._connections.lost(node)
        return await self._to(COORDINATOR)

    async def _to(self, node: int) -> psycopg.Connection[Any]:
        raw = self._by_node.get(node)
        if raw is None:
            raw = self._by_node[node] = await self._connections.take(node)
        return raw

    def give_back(self) -> None:
        """Returns the connections after a flush without an error."""
        for node, raw in self._by_node.items():
            self._connections.give_back(node, raw)

    def throw_away(self) -> None:
        """Closes the connections after an error, which may have left an answer half read."""
        for node, raw in self._by_node.items():
            if raw.closed:
                self._connections.lost(node)
            raw.close()
