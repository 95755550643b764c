"""Running a read's own SQL: prepared once a connection, answered in binary, counted like any query.

Planning the inbox's one statement costs more than running it, and a page's times and ids are read
from binary in half the time.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import ServerBindingCursor
from psycopg.types.numeric import Int8


class PreparedCursor(ServerBindingCursor):
    def execute(  # type: ignore[override]
        self, query: str, params: Sequence[Any] | None = None
    ) -> "PreparedCursor":
        super().execute(query, params, prepare=True, binary=True)
        return self


def fetch(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement, on Django's own connection and seen by its wrappers and logs.

    Whole numbers go in by `big` and `bigs`, so that each statement has one plan and not one for
    every size of its numbers.
    """
    connection.ensure_connection()
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(PreparedCursor(connection.connection)) as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def big(number: int) -> Int8:
    return Int8(number)


def bigs(numbers: Iterable[int]) -> list[Int8]:
    return [Int8(number) for number in numbers]
