"""Prepared statements for the few queries that are worth one.

Django leaves them off, since a generic plan can be far worse than one made for the values (a
search took 600 times as long). The paths that ask for one here have plans that hold for any value.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import TupleRow, tuple_row


@contextmanager
def prepared_cursor() -> Iterator[psycopg.Cursor[TupleRow]]:
    """A psycopg cursor on this thread's Django connection, which prepares what it executes.

    Statements bind on the server and are not seen by Django's query log. Database errors come out
    as django.db's.
    """
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    before, raw.prepare_threshold = raw.prepare_threshold, 0
    try:
        with (
            connection.wrap_database_errors,
            psycopg.Cursor(raw, row_factory=tuple_row) as cursor,
        ):
            yield cursor
    finally:
        raw.prepare_threshold = before
