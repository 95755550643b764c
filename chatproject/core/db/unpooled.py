"""Turns off the connection pool, which only threads that serve requests need.

A request that finds no connection is refused after two seconds. A command, and a server before it
serves, waits for as long as a busy machine takes to make the one connection that it needs; where
nobody listens it is told so at once, and why.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections

CONNECT_SECONDS = 15


@contextmanager
def unpooled() -> Iterator[None]:
    """Other threads that use the database may only be begun after the block."""
    options = connections.settings["default"]["OPTIONS"]
    before = dict(options)
    options.pop("pool", None)
    options["connect_timeout"] = max(CONNECT_SECONDS, int(options.get("connect_timeout", 0)))
    try:
        yield
    finally:
        connection.close()
        options.update(before)
