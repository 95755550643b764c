"""Empties the database after a test that commits, for a fraction of what Django's `flush` costs.

`flush` truncates all tables, which makes their files and those of their indexes anew, and sends
`post_migrate`, for which permissions and groups are written again. Most tests leave a few rows in a
few tables: these are deleted, and what `post_migrate` writes stays unless the test has changed it.
"""

from collections.abc import Iterable
from functools import cache

from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

from tests.citus import cluster

# Of all tables together; above it they are truncated. Deleted rows stay in their files until
# autovacuum comes, and plans of the tests to come would read them.
MOST_BYTES = 1 << 20

# Of the queue, which no model of ours manages: in this order, for their foreign keys are checked at
# once. Those of Django are checked when the transaction ends.
QUEUE = ("procrastinate_periodic_defers", "procrastinate_events", "procrastinate_jobs")
APPEND_ONLY = "accounts_auditentry"  # refuses DELETE

SIZES = "SELECT name, pg_relation_size(name::regclass) FROM unnest(%s::text[]) AS name"
ROWS = sql.SQL("SELECT md5(string_agg(rows::text, '' ORDER BY rows)) FROM {} AS rows")

Rows = dict[str, str | None]  # table: a digest of its rows

_left_by_flush: Rows = {}  # what `post_migrate` and the triggers have written


def empty_database() -> None:
    """Removes what tests have committed to Django's tables and the queue's. Sequences go on."""
    if cluster.is_there():  # where a DELETE, and a digest, would ask all nodes
        _flush()
        return
    if not _left_by_flush:
        _flush_and_remember()
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # Waits for whoever is still writing, as TRUNCATE does, so that nothing comes later.
        cursor.execute(_statement("LOCK TABLE {} IN EXCLUSIVE MODE", *_tables()))
        cursor.execute(SIZES, [_tables()])
        sizes = dict(cursor.fetchall())
        is_little = sum(sizes.values()) <= MOST_BYTES and _rows(_left_by_flush) == _left_by_flush
        if is_little:
            for table in _tables():
                if sizes[table] and table not in _left_by_flush:
                    empty = "TRUNCATE {}" if table == APPEND_ONLY else "DELETE FROM {}"
                    cursor.execute(_statement(empty, table))
    if not is_little:
        _flush_and_remember()


def _flush() -> None:
    call_command("flush", verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        cursor.execute(_statement("TRUNCATE {}", *QUEUE))


def _flush_and_remember() -> None:
    _flush()
    _left_by_flush.clear()
    _left_by_flush.update(
        {table: rows for table, rows in _rows(_tables()).items() if rows is not None}
    )


@cache
def _tables() -> list[str]:
    ours = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [*QUEUE, *sorted(ours)]


def _rows(tables: Iterable[str]) -> Rows:
    found: Rows = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(ROWS.format(sql.Identifier(table)))
            (found[table],) = cursor.fetchone()
    return found


def _statement(text: str, *tables: str) -> sql.Composed:
    return sql.SQL(text).format(sql.SQL(", ").join(map(sql.Identifier, tables)))
