"""PostgreSQL: does it answer, does it keep what it says it has kept, is its clock right; and what
its rows tell of tasks and backups."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts.models import AuditEntry
from chatproject.core.db.distributed import distribution
from chatproject.core.db.distributed.hosts import COORDINATOR, hosts
from chatproject.management.distribution.check import differences
from chatproject.management.doctor.clocks import clock_finding
from chatproject.management.doctor.findings import Check, Finding, failed, graded, ok, warning
from chatproject.server.checks import ask_database
from chatproject.server.metrics.task_gauges import read_oldest, read_tasks

NAME = "database"
TASK_WARNING, TASK_FAILURE = 600.0, 3600.0  # seconds
HEARTBEAT_SECONDS = 60  # procrastinate's workers tell of themselves every ten
BACKUP_WARNING, BACKUP_FAILURE = timedelta(hours=30), timedelta(days=8)
CONNECTIONS_WARNING, CONNECTIONS_FAILURE = 0.8, 0.95

IN_USE = """
SELECT count(*)::float / current_setting('max_connections')::int FROM pg_stat_activity
WHERE backend_type = 'client backend'
"""
WORKERS = """
SELECT count(*) FROM procrastinate_workers
WHERE last_heartbeat > now() - make_interval(secs => %s)
"""
ANSWER_REMEDY = "Start the PostgreSQL that DATABASE_URL names, or correct DATABASE_URL."


def checks(backups: Path | None) -> list[Check]:
    return [
        Check(NAME, check_database, ANSWER_REMEDY),
        Check("database clock", check_clock, ANSWER_REMEDY, needs=NAME),
        Check("durability", check_durability, ANSWER_REMEDY, needs=NAME),
        Check("distribution", check_distribution, "Run manage.py check_distribution.", needs=NAME),
        Check("tasks", check_tasks, "Run manage.py migrate.", needs=NAME),
        Check("backup", lambda: check_backup(backups), "Run manage.py migrate.", needs=NAME),
    ]


def check_database() -> Iterator[Finding]:
    ask_database()
    begun_at = time.monotonic()
    version = _one("SHOW server_version")
    milliseconds = (time.monotonic() - begun_at) * 1000
    yield ok("database", f"PostgreSQL {version} answers in {milliseconds:.0f} ms.")
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield failed("migrations", f"{len(missing)} are missing.", "Run manage.py migrate.")
    else:
        yield ok("migrations", "All are applied.")
    share = float(_one(IN_USE))
    yield graded(
        "connections",
        share,
        warn=CONNECTIONS_WARNING,
        fail=CONNECTIONS_FAILURE,
        text=f"{share:.0%} of max_connections are in use.",
        remedy="Raise max_connections: 45 for each process of the chat, and some for others.",
    )


def check_clock() -> Iterator[Finding]:
    before = time.time()
    theirs = float(_one("SELECT extract(epoch FROM clock_timestamp())"))
    yield clock_finding("database clock", before, theirs, time.time())


def check_durability() -> Iterator[Finding]:
    """Whether acknowledged data survives a power cut."""
    for name, good in (
        ("fsync", {"on"}),
        ("synchronous_commit", {"on", "local", "remote_write", "remote_apply"}),
        ("full_page_writes", {"on"}),
    ):
        value = _one(f"SHOW {name}")
        if value in good:
            yield ok(name, f"It is {value}.")
        else:
            yield failed(
                name,
                f"It is {value}: messages that were acknowledged can be lost.",
                f"ALTER SYSTEM RESET {name}; then SELECT pg_reload_conf(). If it stays, look for "
                "ALTER ROLE or ALTER DATABASE … SET, and for PGOPTIONS.",
            )


def check_distribution() -> Iterator[Finding]:
    """Nothing where all is on one PostgreSQL."""
    if not distribution.is_distributed():
        return
    found = differences()
    if found:
        yield failed(
            "distribution",
            f"{len(found)} tables, keys or hosts are not as they should be, such as: {found[0]}",
            "Run manage.py distribute; manage.py check_distribution tells them all.",
        )
    else:
        yield ok("distribution", f"Every table is where it belongs. {_told_hosts()}")


def _told_hosts() -> str:
    workers = len(hosts.groups(connection.params_of_all_hosts()).keys() - {COORDINATOR})  # type: ignore[attr-defined]
    if not workers:
        return "All connections lead to the coordinator."
    return f"Messages go over connections to {workers} workers, too."


def check_tasks() -> Iterator[Finding]:
    age = read_oldest()["todo",]
    yield graded(
        "tasks",
        age,
        warn=TASK_WARNING,
        fail=TASK_FAILURE,
        text=f"The oldest task that is due has waited for {age:.0f} s.",
        remedy="Start a server with TASKS=on, or manage.py worker; its log says what is slow.",
    )
    count = _one(WORKERS, HEARTBEAT_SECONDS)
    if count:
        yield ok("task workers", f"{count} are at work.")
    else:
        yield failed(
            "task workers",
            "No worker runs: no previews, no retention.",
            "Start a server with TASKS=on, or manage.py worker.",
        )
    given_up = int(read_tasks()["failed",])
    if given_up:
        yield warning(
            "failed tasks",
            f"{given_up} were given up in the last week.",
            "Their errors are in the log of the server or worker; search it for `ended with`.",
        )
    else:
        yield ok("failed tasks", "There are none.")


def check_backup(folder: Path | None) -> Iterator[Finding]:
    """By the audit log, and by the newest file of the folder, for backups that others make."""
    made = AuditEntry.objects.filter(action="backup.made").order_by("-at").values_list("at")
    times = [row[0] for row in made[:1]]
    if folder is not None:
        times += [
            datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.get_current_timezone())
            for path in folder.iterdir()
            if path.is_file()
        ]
    remedy = "Run manage.py backup every night, see docs/operations.md, and copy it elsewhere."
    if not times:
        yield failed("backup", "No backup is known here.", remedy)
        return
    age = timezone.now() - max(times)
    yield graded(
        "backup",
        age.total_seconds(),
        warn=BACKUP_WARNING.total_seconds(),
        fail=BACKUP_FAILURE.total_seconds(),
        text=f"The last one is {age.total_seconds() / 3600:.0f} hours old.",
        remedy=remedy,
    )


def _one(sql: str, *params: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row = cursor.fetchone()
    return row[0]
