"""How many files there are, and their bytes, for `/metrics`."""

from collections.abc import Mapping

from django.db import connection

from chatproject.core.metrics import DatabaseGauge, register_database_gauge

# The whole table is read, so seldom.
SECONDS = 60.0
SQL = "SELECT state, count(*), coalesce(sum(size), 0) FROM attachments_attachment GROUP BY state"


def read_counts() -> Mapping[tuple[str, ...], float]:
    return {(state,): float(count) for state, count, _ in _ask()}


def read_bytes() -> Mapping[tuple[str, ...], float]:
    return {(state,): float(size) for state, _, size in _ask()}


def _ask() -> list[tuple[str, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        rows: list[tuple[str, int, int]] = cursor.fetchall()
    return rows


def register() -> None:
    register_database_gauge(
        DatabaseGauge("chat_files", "Files by state.", ["state"], read_counts, SECONDS)
    )
    register_database_gauge(
        DatabaseGauge("chat_file_bytes", "Bytes of files by state.", ["state"], read_bytes, SECONDS)
    )
