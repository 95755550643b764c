"""A transaction over a connection to one node of a distributed database: Django's own, or one to a
worker, which can plan and forward queries as the coordinator does.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection

from chatproject.core.db.deadlines import BoundedConnection
from chatproject.core.db.distributed.nodes import connect
from chatproject.core.db.readings import Rows
from chatproject.core.db.statements import Params, PreparedCursor, fetch

# What follows is set on the nodes that are asked by this one, too.
_PROPAGATE = "SET LOCAL citus.propagate_set_commands = 'local'"


class Link(NamedTuple):
    """`change` returns how many rows a statement has changed."""

    fetch: Callable[[str, Params], Rows]
    change: Callable[[str, Params], int]


def _change(sql: str, params: Params) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


OF_DJANGO = Link(fetch, _change)


class Workers:
    """Connections of one thread, at most one to each node, which are made when they are needed."""

    def __init__(self) -> None:
        self._open: dict[int, BoundedConnection] = {}

    @contextmanager
    def transaction(self, node: int, *settings: str) -> Iterator[Link]:
        """A Link to the node in a transaction that begins with these settings. Raises
        psycopg.Error, after which the connection is not used again unless it is whole."""
        raw = self._open.get(node)
        if raw is None or raw.closed:
            raw = self._open[node] = connect(node)
        with raw.transaction():
            raw.execute("; ".join([_PROPAGATE, *settings]))
            yield _link(raw)

    def close(self) -> None:
        for raw in self._open.values():
            raw.close()
        self._open.clear()


def _link(raw: BoundedConnection) -> Link:
    def fetch(sql: str, params: Params) -> Rows:
        with PreparedCursor(raw) as cursor:
            return cursor.execute(sql, params).fetchall()

    def change(sql: str, params: Params) -> int:
        with PreparedCursor(raw) as cursor:
            return int(cursor.execute(sql, params).rowcount)

    return Link(fetch, change)
