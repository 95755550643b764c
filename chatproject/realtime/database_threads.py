"""Threads for the database work of the event loop, few and kept, with a connection each.

Channels' `database_sync_to_async` puts everything of a process into one thread (about 510 writes
a second); asgiref makes a thread a request. This pool keeps its threads, and so their connections.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections

from chatproject.core.db.deadlines import answered_within

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 6

_running: set[asyncio.Future[Any]] = set()
_pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="database")


async def in_database_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` returns or raises, run in one of the kept threads."""

    def call() -> T:
        close_old_connections()  # one that has broken is replaced before it is used
        try:
            with answered_within(settings.STATEMENT_SECONDS):
                return work(*args, **kwargs)
        finally:
            close_old_connections()

    # The context has the ids for log lines.
    running = asyncio.get_running_loop().run_in_executor(_pool, copy_context().run, call)
    _running.add(running)
    running.add_done_callback(_running.discard)
    return await running


async def wait_for_database_threads() -> None:
    """Returns when the work that runs or waits for a thread now is done."""
    if _running:
        await asyncio.wait(list(_running))
    await asyncio.sleep(0)  # whoever waited for it gets the result
