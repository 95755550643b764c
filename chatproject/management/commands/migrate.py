"""`manage.py migrate`, made for a system in use: it blocks nobody for as long as a second."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

# Whoever writes to a table waits behind us while we wait for it; so we give up soon, let them
# through, and ask again. A migration locks two tables of the former version at most.
LOCK_TIMEOUT_MS = 400
PAUSE_SECONDS = 1.0  # between two tries, on average
PATIENCE_SECONDS = 15 * 60.0

# Held by one migrating process of all that share the database. Any number that is ours alone.
ADVISORY_LOCK = 0x63686174_6D696772


class Command(migrate.Command):
    """Django's, with a short `lock_timeout`, tries again, and one at a time."""

    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        deadline = time.monotonic() + PATIENCE_SECONDS
        with one_at_a_time(options["database"], deadline), impatient(options["database"]):
            while not self._migrated(deadline, *args, **options):
                time.sleep(random.uniform(0.5, 1.5) * PAUSE_SECONDS)  # noqa: S311 (only a pause)

    def _migrated(self, deadline: float, *args: Any, **options: Any) -> bool:
        """False when a table was in use. What has been migrated until then stays."""
        try:
            super().handle(*args, **options)
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise
            if time.monotonic() > deadline:
                raise CommandError(
                    f"A table stayed in use for {PATIENCE_SECONDS / 60:.0f} minutes: {error} "
                    "pg_stat_activity shows by whom. Run the command again; it goes on where it "
                    "stopped."
                ) from None
            self.stderr.write("\nA table is in use by a long transaction; trying again.")
            return False
        return True


@contextmanager
def one_at_a_time(alias: str, deadline: float) -> Iterator[None]:
    """Waits until no other process migrates. Raises CommandError when that takes too long.

    It asks again and again: a statement that waits for the lock would itself be waited for by
    CREATE INDEX CONCURRENTLY.
    """
    connection = connections.create_connection(alias)
    # Beside the pool: the lock belongs to the connection, and goes with it.
    connection.settings_dict = connection.settings_dict | {
        "OPTIONS": {k: v for k, v in connection.settings_dict["OPTIONS"].items() if k != "pool"}
    }
    try:
        with connection.cursor() as cursor:
            while not _try_lock(cursor):
                if time.monotonic() > deadline:
                    raise CommandError("Another process migrates. Wait for it, or end it.")
                time.sleep(PAUSE_SECONDS / 2)
            yield
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
    finally:
        connection.close()  # which gives the lock back too, a moment later


@contextmanager
def impatient(alias: str) -> Iterator[None]:
    """Sets the `lock_timeout` of the connection, which may go back to a pool afterwards."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_TIMEOUT_MS}ms"])
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")


def _try_lock(cursor: Any) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK])
    return bool(cursor.fetchone()[0])
