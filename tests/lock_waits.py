"""Waiting until another connection to this database waits for a lock of ours."""

from django.db import connection

from chatproject.core.db.distributed.distribution import is_distributed

ON_ONE_POSTGRES = """
SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""
# Who waits does so on the node of the row.
ON_SHARDS = "SELECT FROM citus_lock_waits"


def until_somebody_waits() -> None:
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute(ON_SHARDS if is_distributed() else ON_ONE_POSTGRES)
            if cursor.rowcount:
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody waits")
