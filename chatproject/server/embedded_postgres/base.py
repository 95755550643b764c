"""Django's PostgreSQL engine, with the embedded server behind it and a pool that heals at once."""

import select
import time
from collections.abc import Callable, Mapping, Sized
from functools import partial
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base, operations
from psycopg import Connection
from psycopg_pool import ConnectionPool

from chatproject.core import correlation, metrics
from chatproject.core.db.deadlines import BoundedConnection
from chatproject.core.db.distributed.hosts import hosts, names_several
from chatproject.core.db.statements import PreparedCursor
from chatproject.server.embedded_postgres import lease

Pool = ConnectionPool[Connection[Any]]

MAX_PARAMETERS = 65_535  # of one statement; PostgreSQL's protocol counts them in 16 bits


class DatabaseOperations(operations.DatabaseOperations):
    def bulk_batch_size(self, fields: Sized, objs: Sized) -> int:
        """How many rows one INSERT takes. Django, which by default binds parameters itself, sets no
        limit for PostgreSQL; here the server binds them."""
        return min(len(objs), MAX_PARAMETERS // max(1, len(fields)))


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(_name_origin)

    def get_connection_params(self) -> dict[str, Any]:
        """Where DATABASE_URL names nodes of a cluster, those of a connection to the coordinator.
        Raises psycopg.OperationalError if it does not answer."""
        return hosts.of(self.params_of_all_hosts())

    def params_of_all_hosts(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Starts the embedded server, where that is the database, for as long as we live."""
        if settings.USES_EMBEDDED_POSTGRES:
            lease.hold(settings.EMBEDDED_POSTGRES)
        begun_at = time.monotonic()
        try:
            return super().get_new_connection(conn_params)
        except Exception:
            metrics.POOL_FAILURES.inc()
            raise
        finally:
            metrics.POOL_SECONDS.observe(time.monotonic() - begun_at)

    def sample_pool(self) -> None:
        """Has the metrics tell how the pool of this process stands, from now on."""
        pool = self.pool
        if pool is None:
            return

        def figure(name: str) -> int:
            return pool.get_stats().get(name, 0)

        metrics.sample(metrics.POOL_SIZE, lambda: figure("pool_size"))
        metrics.sample(metrics.POOL_USED, lambda: figure("pool_size") - figure("pool_available"))
        metrics.sample(metrics.POOL_WAITING, lambda: figure("requests_waiting"))

    @property
    def pool(self) -> Pool | None:
        pool: Pool | None = super().pool
        if pool is not None and pool._check is ConnectionPool.check_connection:  # noqa: SLF001
            pool._check = partial(_check, pool)  # noqa: SLF001 (Django passes the option itself)
            pool.connection_class = BoundedConnection
            if names_several(self.params_of_all_hosts()):
                # A standby of the coordinator may answer only after the pool was made.
                pool.kwargs = lambda: {**self.get_connection_params(), "autocommit": True}
        return pool


def _name_origin(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Mapping[str, Any]
) -> Any:
    """Has `pg_stat_activity` and the log of slow statements say whose a statement is.

    Not of prepared ones: each would be another statement to PostgreSQL.
    """
    if isinstance(sql, str) and not isinstance(context["cursor"].cursor, PreparedCursor):
        sql = correlation.comment() + sql
    return execute(sql, params, many, context)


def _check(pool: Pool, connection: Connection[Any]) -> None:
    """Raises when the connection is dead, after all dead ones were thrown out of the pool.

    A server that goes away closes its connections, and says so before: only who has something to
    read is asked, since a question before each request costs more than many a request's query.
    Without the throwing out the pool, after the server was restarted, tries one a second, then one
    every two seconds and so on, and requests fail although the server answers.
    """
    if not _has_news(connection):
        return
    try:
        ConnectionPool.check_connection(connection)
    except Exception:
        pool.check()
        raise


def _has_news(connection: Connection[Any]) -> bool:
    """Whether the server has sent or closed something. `select` cannot watch descriptors over
    1,023, which a server of many sockets has."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
