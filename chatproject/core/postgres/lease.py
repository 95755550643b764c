"""Keeps an embedded server up while some process uses it; whoever leaves last stops it.

A lease is a shared lock on a file, which the kernel gives up when a process dies, however it dies.
So a killed process leaves a server that the next one takes over, and none that is in use is ever
stopped.
"""

import atexit
import fcntl
import os
from io import TextIOWrapper

from chatproject.core.lock_files import open_lock
from chatproject.core.postgres.cluster import Cluster

_held: dict[Cluster, tuple[int, TextIOWrapper]] = {}


def hold(cluster: Cluster) -> None:
    """Starts the server unless it runs, and keeps it until this process ends or calls `release`.

    Raises PostgresFailed.
    """
    if cluster in _held:
        return
    with cluster.lock():
        cluster.start()
        users = open_lock(cluster.data.with_suffix(".users"))
        fcntl.flock(users, fcntl.LOCK_SH)
    if not _held:
        atexit.register(release_all)
    _held[cluster] = (os.getpid(), users)


def release(cluster: Cluster) -> None:
    """Gives the lease up and stops the server if it was the last one."""
    owner, users = _held.pop(cluster, (0, None))
    if users is None or owner != os.getpid():  # a forked child holds its parent's lease
        return
    with cluster.lock(), users:
        if _is_last(users):
            cluster.stop()


def release_all() -> None:
    for cluster in list(_held):
        release(cluster)


def _is_last(users: TextIOWrapper) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
