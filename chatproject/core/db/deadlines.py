"""How long a request waits for PostgreSQL.

A server that is frozen, or behind a broken line, answers nothing and refuses nothing, and no
setting of its own ends that. So the client side gives up: it closes the connection, and the request
is answered with 503. Commands and background tasks wait as long as a statement takes.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar

import psycopg
from psycopg.abc import Transformer
from psycopg.adapt import Transformer as RawTransformer
from psycopg.errors import _WaitTimeout

INTERVAL = 0.1  # seconds, psycopg's own, after which it looks for Ctrl-C

T = TypeVar("T")
_thread = threading.local()


class DatabaseTooSlow(psycopg.OperationalError):
    """PostgreSQL has not answered in time. What it was told may have happened or not."""

    def __init__(self) -> None:
        super().__init__("PostgreSQL did not answer in time")


@contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """In this thread no statement of the block is waited for longer; 0 is no limit."""
    before = seconds_to_wait()
    _thread.seconds = seconds or None
    try:
        yield
    finally:
        _thread.seconds = before


def seconds_to_wait() -> float | None:
    """How long a statement of this thread is waited for; None where there is no limit."""
    seconds: float | None = getattr(_thread, "seconds", None)
    return seconds


class BoundedConnection(psycopg.Connection[Any]):
    """Is closed when an answer takes longer than the thread may wait (`answered_within`)."""

    @cached_property
    def transformer(self) -> Transformer:
        """Turns values into parameters and answers into rows, for one who asks at a time."""
        return RawTransformer(self)

    def wait(self, gen: Any, interval: float = INTERVAL, timeout: float | None = None) -> Any:
        """Raises DatabaseTooSlow."""
        limit = seconds_to_wait()
        if limit is None or timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, limit)
        except _WaitTimeout:
            self.pgconn.finish()
            raise DatabaseTooSlow from None
