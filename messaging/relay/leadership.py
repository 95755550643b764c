"""One relay at a time publishes a part of the logs (and one writes inboxes); others stand by.

The leader holds an advisory lock of a connection of its own. With the connection goes the lock, and
whoever stands by takes over. A leader that was cut off from PostgreSQL may still publish the batch
that it had read: events come twice then, which consumers have to bear anyway.
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection

LOCK = 0x63686174_72656C79  # "chatrely"


class NotLeading(Exception):
    """Another relay publishes, or the connection is gone."""


class Leadership:
    """`connection` is the leader's own, in autocommit; `lock` the one that it holds."""

    def __init__(self, locks: Sequence[int] = (LOCK,)) -> None:
        """Takes the first that is free. Each number is a task that one does at a time.

        Raises NotLeading, psycopg.Error.
        """
        parameters = connection.get_connection_params()
        unwanted = {"cursor_factory", "context", "options", "prepare_threshold"}
        known: dict[str, Any] = {k: v for k, v in parameters.items() if k not in unwanted}
        self.connection = psycopg.connect(**known, autocommit=True, application_name="chat relay")
        for lock in locks:
            (mine,) = self._ask("SELECT pg_try_advisory_lock(%s)", [lock])
            if mine:
                self.lock = lock
                return
        self.connection.close()
        raise NotLeading("other relays do it")

    def prove(self) -> None:
        """Raises NotLeading when the connection, and with it the lock, is gone."""
        try:
            self._ask("SELECT 1", [])
        except psycopg.Error as error:
            raise NotLeading("the connection to PostgreSQL is lost") from error

    def end(self) -> None:
        self.connection.close()

    def _ask(self, query: str, params: list[Any]) -> tuple[Any, ...]:
        row: tuple[Any, ...] | None = self.connection.execute(query, params).fetchone()
        assert row is not None
        return row
