"""Keeps an embedded server up while some process uses it; the last process to leave stops it.

A lease is a shared lock on a file, which the kernel gives up when a process dies, however it dies.
So a killed process leaves a server that the next one takes over, and none that is in use is ever
stopped.
"""

import atexit
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from threading import current_thread, main_thread

from chatproject.core.files import open_lock
from chatproject.server.embedded_postgres.cluster import Cluster

_held: dict[Cluster, tuple[int, TextIOWrapper]] = {}


def hold(cluster: Cluster) -> None:
    """Starts the server unless it runs, and keeps it until this process ends or calls `release`.

    Raises PostgresFailed.
    """
    if cluster in _held:
        return
    with _uninterrupted(), cluster.lock():
        if cluster in _held:  # by another thread meanwhile
            return
        cluster.start()
        users = open_lock(cluster.data.with_suffix(".users"))
        fcntl.flock(users, fcntl.LOCK_SH)
        _held[cluster] = (os.getpid(), users)
        atexit.register(release, cluster)


def release(cluster: Cluster) -> None:
    """Gives the lease up and stops the server if it was the last one."""
    owner, users = _held.pop(cluster, (0, None))
    if users is None or owner != os.getpid():  # a forked child holds its parent's lease
        return
    with _uninterrupted(), cluster.lock(), users:
        if _is_last(users):
            cluster.stop()


def _is_last(users: TextIOWrapper) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait for the end of the block, so that no server is left half started."""
    if current_thread() is not main_thread():
        yield
        return
    came: list[int] = []
    former = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler or signal.SIG_DFL)
        for arrived in came:
            signal.raise_signal(arrived)
