"""Background tasks: in the server, in a worker of their own, and after a killed one."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.servers import ServerProcess
from tests.waiting import eventually

HOUSEKEEPING = "chatproject.server.tasks.remove_old_jobs"
DEFER = (
    f"from procrastinate.contrib.django import app; app.configure_task({HOUSEKEEPING!r})"
    ".defer(timestamp=0)"
)


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that leaves the tasks to others."""
    with ServerProcess(tmp_path / "idle", env={"TASKS": "off"}) as process:
        yield process


def jobs(server: ServerProcess, status: str) -> int:
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status::text = %s",
            [HOUSEKEEPING, status],
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_server_runs_what_is_deferred(server: ServerProcess) -> None:
    server.manage("shell", "--verbosity=0", "-c", DEFER)

    eventually(lambda: jobs(server, "todo") + jobs(server, "doing") == 0)
    assert jobs(server, "failed") == 0


def test_a_server_without_tasks_leaves_them_to_a_worker(idle: ServerProcess) -> None:
    idle.manage("shell", "--verbosity=0", "-c", DEFER)
    assert jobs(idle, "todo") == 1

    idle.manage("worker", "--once")

    assert jobs(idle, "todo") + jobs(idle, "doing") + jobs(idle, "failed") == 0


def test_what_a_killed_worker_had_begun_is_done_again(idle: ServerProcess) -> None:
    idle.manage("shell", "--verbosity=0", "-c", DEFER)
    with psycopg.connect(idle.database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
        )
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'doing',"
            " worker_id = (SELECT min(id) FROM procrastinate_workers)"
        )

    idle.manage("worker", "--once")

    assert jobs(idle, "todo") + jobs(idle, "doing") + jobs(idle, "failed") == 0
