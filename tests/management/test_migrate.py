"""How `manage.py migrate` gives way; that it does under load is in tests/deploy/test_upgrade.py."""

import math
from typing import Any

import psycopg
import pytest
from django.core.management.base import CommandError
from django.core.management.commands import migrate as django_migrate
from django.db import OperationalError, connection

from chatproject.management.commands.migrate import (
    ADVISORY_LOCK,
    LOCK_TIMEOUT_MS,
    Command,
    impatient,
    one_at_a_time,
)

pytestmark = pytest.mark.django_db


def lock_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return str(cursor.fetchone()[0])


@pytest.fixture
def other() -> psycopg.Connection[Any]:
    """Another process' connection to the same database."""
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(name, None)
    return psycopg.connect(**parameters, autocommit=True)


def failing(monkeypatch: pytest.MonkeyPatch, cause: Exception) -> None:
    def handle(self: object, *args: Any, **options: Any) -> None:
        raise OperationalError("no") from cause

    monkeypatch.setattr(django_migrate.Command, "handle", handle)


def test_waiting_is_short_and_nobody_inherits_it() -> None:
    before = lock_timeout()
    with impatient("default"):
        assert lock_timeout() == f"{LOCK_TIMEOUT_MS}ms"
    assert lock_timeout() == before


def test_a_table_in_use_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, psycopg.errors.LockNotAvailable())
    assert Command()._migrated(math.inf) is False


def test_a_table_that_stays_in_use_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, psycopg.errors.LockNotAvailable())
    with pytest.raises(CommandError, match="A table stayed in use"):
        Command()._migrated(0)


def test_another_failure_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, psycopg.errors.AdminShutdown())
    with pytest.raises(OperationalError):
        Command()._migrated(math.inf)


def test_another_process_migrates(other: psycopg.Connection[Any]) -> None:
    with other:
        other.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        with pytest.raises(CommandError, match="Another process migrates"):
            one_at_a_time("default", 0).__enter__()
        other.execute("SELECT pg_advisory_unlock(%s)", [ADVISORY_LOCK])
        with one_at_a_time("default", 0):
            pass


def test_the_lock_is_given_back(other: psycopg.Connection[Any]) -> None:
    with one_at_a_time("default", math.inf):
        taken = other.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK]).fetchone()
    assert taken == (False,)
    with other:
        taken = other.execute("SELECT pg_try_advisory_lock(%s)", [ADVISORY_LOCK]).fetchone()
    assert taken == (True,)
