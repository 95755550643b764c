"""Threads of their own for requests that compute for long, such as the hashing of a password."""

import asyncio
import os
import re
import threading
from collections.abc import Callable, Collection, Hashable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from chatproject.core.errors import Unavailable
from chatproject.server.fair_share import FairShare

# Hashing holds a core for a tenth of a second. One thread leaves the other cores to the sockets.
THREADS = 1
# The process' other threads go first: Linux counts niceness by thread.
NICENESS = 10
RUNNING_EACH_ADDRESS = 2
WAITING = 16  # of all addresses, running ones included


class Busy(Unavailable):
    """Too many requests are waiting for the lane; try again later."""

    code = "busy"
    detail = "Too many people log in at this moment. Try again."

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": "2"}


class SlowLane:
    """Belongs to one event loop. `paths` match a whole path without its trailing slash."""

    def __init__(
        self,
        paths: re.Pattern[str],
        methods: Collection[str],
        *,
        running: int = RUNNING_EACH_ADDRESS,
        waiting: int = WAITING,
    ) -> None:
        self._paths = paths
        self._methods = frozenset(methods)
        self._most = waiting
        self._count = 0
        self._shares = FairShare(running=running, waiting=waiting // 2)
        self._pool = ThreadPoolExecutor(
            THREADS, thread_name_prefix="lane", initializer=_lower_priority
        )

    def has(self, scope: MutableMapping[str, Any]) -> bool:
        path: str = scope["path"].removesuffix("/")
        return scope["method"] in self._methods and self._paths.fullmatch(path) is not None

    async def run(self, address: Hashable, work: Callable[..., Any], *arguments: Any) -> Any:
        """What `work` returns. Raises Busy where too many requests wait, TooManyInFlight where too
        many of this address do."""
        if self._count >= self._most:
            raise Busy
        self._count += 1
        try:
            async with self._shares.of(address):
                in_thread = asyncio.get_running_loop().run_in_executor
                return await in_thread(self._pool, work, *arguments)
        finally:
            self._count -= 1


def _lower_priority() -> None:
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
