"""Starts the embedded server again when it died while it is in use."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from chatproject.server.embedded_postgres import PostgresFailed
from chatproject.server.embedded_postgres.cluster import Cluster

log = logging.getLogger(__name__)

EVERY_SECONDS = 0.5


@contextmanager
def watched(cluster: Cluster) -> Iterator[None]:
    """Restarts the server when it dies, until the block ends. The process must hold a lease."""
    over = Event()
    watcher = Thread(target=_watch, args=(cluster, over), name="postgres-watch", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(cluster: Cluster, over: Event) -> None:
    while not over.wait(EVERY_SECONDS):
        if cluster.pid() is None:
            _start_again(cluster)


def _start_again(cluster: Cluster) -> None:
    try:
        with cluster.lock():
            if cluster.start():
                log.warning("PostgreSQL had ended unexpectedly and was started again")
    except (PostgresFailed, OSError):
        log.exception("PostgreSQL has ended and cannot be started again; trying on")
