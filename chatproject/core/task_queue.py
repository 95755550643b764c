"""Queues background tasks with the correlation ids of whatever queued them."""

from typing import Any

from procrastinate.tasks import Task

from chatproject.core import correlation


def defer(task: Task[..., Any, Any], **arguments: Any) -> None:
    """`task.defer(…)` with the ids of the request or socket; in the caller's transaction.

    `task.defer` itself works too, without them.
    """
    task.configure(lock=correlation.task_lock()).defer(**arguments)
