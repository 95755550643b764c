"""Running background tasks: procrastinate's worker, in a server process or in one of its own.

A task is a function in the `tasks` module of an app, `@app.task` of `procrastinate.contrib.django`;
an action defers it by `core.task_queue.defer`, on Django's connection and so in the action's
transaction.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.db import connection
from procrastinate import JobContext, psycopg_connector
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import app, connector_params
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager

from chatproject.core import correlation
from chatproject.server.embedded_postgres import lease

log = logging.getLogger(__name__)

# The queues: that of tasks which name none, of requests to webhooks, and of requests for previews
# of links.
DEFAULT, WEBHOOKS, PREVIEWS = "default", "webhooks", "previews"
# Tasks of a queue at once; each is a thread with a connection of the pool.
CONCURRENCY = 2
# A notification wakes the worker; this is for one that was lost.
POLL_SECONDS = 5.0
# The server has 8 s to end, see `serving`; a task that is cut off is done again.
GRACEFUL_SECONDS = 5.0
RETRY_AFTER = 1.0


class Connector(psycopg_connector.PsycopgConnector):
    """The worker's own few connections for the event loop, Django's for everybody who defers."""

    def __init__(self) -> None:
        super().__init__(
            kwargs=connector_params(), min_size=1, max_size=3, timeout=10, reconnect_timeout=3
        )
        self._django = DjangoConnector()

    def get_sync_connector(self) -> BaseConnector:
        return self._django


class Background:
    """The worker inside a server process, which is restarted after whatever ends it."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._is_ending = False

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run_forever())

    async def stop(self) -> None:
        """Returns when the running tasks have ended, or after they took too long.

        The worker may swallow a cancellation, such as while it connects. It is cancelled again.
        """
        self._is_ending = True
        for patience in (GRACEFUL_SECONDS + 1, 1.0):
            if self._task is not None and not self._task.done():
                self._task.cancel()
                await asyncio.wait([self._task], timeout=patience)

    async def _run_forever(self) -> None:
        while not self._is_ending:
            try:
                await work(handle_signals=False)
                log.info("the worker of background tasks ended")
            except Exception as error:  # noqa: BLE001 (whatever it is, it goes on)
                log.warning("the worker of background tasks: %r; it starts again", error)
            await asyncio.sleep(RETRY_AFTER)


async def work(*, handle_signals: bool, wait: bool = True) -> None:
    """Runs tasks until the process is told to stop, or, without `wait`, until none is due."""
    if settings.USES_EMBEDDED_POSTGRES:
        await asyncio.to_thread(lease.hold, settings.EMBEDDED_POSTGRES)
    connector = Connector()
    with app.replace_connector(connector):
        await connector.open_async()
        try:
            await retry_stalled(app.job_manager)
            await _work_side_by_side(handle_signals=handle_signals, wait=wait)
        finally:
            await connector.close_async()


async def _work_side_by_side(*, handle_signals: bool, wait: bool) -> None:
    """A worker for each queue: what waits for the answers of others holds up nothing else."""
    workers = [
        asyncio.create_task(_run([DEFAULT], handle_signals=handle_signals, wait=wait)),
        asyncio.create_task(_run([WEBHOOKS], handle_signals=False, wait=wait)),
        asyncio.create_task(_run([PREVIEWS], handle_signals=False, wait=wait)),
    ]
    try:
        until = asyncio.FIRST_COMPLETED if wait else asyncio.ALL_COMPLETED
        ended, _ = await asyncio.wait(workers, return_when=until)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    for worker in ended:
        worker.result()


async def _run(queues: list[str], *, handle_signals: bool, wait: bool) -> None:
    await app.run_worker_async(
        queues=queues,
        wait=wait,
        concurrency=CONCURRENCY,
        fetch_job_polling_interval=POLL_SECONDS,
        shutdown_graceful_timeout=GRACEFUL_SECONDS,
        delete_jobs="successful",
        install_signal_handlers=handle_signals,
        worker_middleware=[_with_ids],
        listen_notify=wait,
    )


async def _with_ids(
    call_next: Callable[[], Awaitable[Any]], context: JobContext, worker: object
) -> Any:
    """Runs the task with the ids of what queued it; they stay for what the worker says after it,
    since each task is one of asyncio's."""
    job = context.job
    correlation.enter(correlation.of_task(job.id or 0, job.lock))
    try:
        return await call_next()
    except Exception as error:
        # The worker itself tells of the last try alone.
        log.warning("the task %s failed, try %d: %r", job.task_name, job.attempts + 1, error)
        raise


async def retry_stalled(manager: JobManager) -> None:
    """Retries jobs whose worker was killed. So every task has to be idempotent."""
    for job in await manager.get_stalled_jobs():
        await manager.retry_job(job)


def is_migrated() -> bool:
    """Whether the tables of the queue are there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
        row: tuple[bool] = cursor.fetchone()
    return row[0]
