"""Background tasks by state and age, from procrastinate's table."""

from collections.abc import Mapping

from django.db import connection

from chatproject.core.metrics import DatabaseGauge, register_database_gauge

# `todo` includes what is to begin later, as a retry: it is late only from then on.
BY_STATE = "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"
OLDEST = """
SELECT j.status::text, extract(epoch FROM now() - min(coalesce(j.scheduled_at, e.at, now())))
FROM procrastinate_jobs j
LEFT JOIN LATERAL (
    SELECT max(at) AS at FROM procrastinate_events
    WHERE job_id = j.id AND type IN ('deferred', 'deferred_for_retry', 'started')
) e ON true
WHERE j.status IN ('todo', 'doing') AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
GROUP BY j.status
"""
STATES = ("todo", "doing", "failed")


def read_tasks() -> Mapping[tuple[str, ...], float]:
    return {(state,): 0.0 for state in STATES} | _ask(BY_STATE)


def read_oldest() -> Mapping[tuple[str, ...], float]:
    """Seconds since the oldest of them was due, or began."""
    return {("todo",): 0.0, ("doing",): 0.0} | _ask(OLDEST)


def _ask(sql: str) -> dict[tuple[str, ...], float]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {(state,): float(value) for state, value in cursor.fetchall()}


def register() -> None:
    register_database_gauge(
        DatabaseGauge("chat_tasks", "Background tasks by state.", ["state"], read_tasks)
    )
    register_database_gauge(
        DatabaseGauge(
            "chat_oldest_task_seconds",
            "Age of the oldest task that is due, or that runs.",
            ["state"],
            read_oldest,
        )
    )
