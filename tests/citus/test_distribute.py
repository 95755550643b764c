"""`manage.py distribute` and `check_distribution` on a cluster."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests import database

pytestmark = pytest.mark.citus

PERSON, ROOM = uuid4(), uuid4()
EMPTY: dict[str, Any] = {
    "boolean": False,
    "character varying": "x",
    "text": "x",
    "timestamp with time zone": "2026-01-01 00:00Z",
    "uuid": PERSON,
    "bigint": 0,
    "integer": 0,
    "smallint": 0,
    "ARRAY": [],
    "jsonb": "{}",
}


def manage(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "chatproject.settings", "DATABASE_URL": url},
        cwd=database.ROOT,
        check=False,
        capture_output=True,
        text=True,
    )


def report(url: str, *arguments: str) -> dict[str, Any]:
    done = manage(url, *arguments, "--json")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def write_a_past(url: str) -> None:
    """A person with a conversation of 30 messages."""
    with connected(url) as connection:
        columns = connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = 'accounts_user' AND is_nullable = 'NO' AND column_default IS NULL"
        ).fetchall()
        values = {name: EMPTY[kind] for name, kind in columns} | {"id": PERSON}
        connection.execute(
            f"INSERT INTO accounts_user ({', '.join(values)})"
            f" VALUES ({', '.join(['%s'] * len(values))})",
            list(values.values()),
        )
        connection.execute(
            "INSERT INTO conversations_conversation (id, kind, title, topic, created_by_id,"
            " created_at, last_seq, last_rev) VALUES (%s, 'group', 'Room', '', %s, now(), 30, 30)",
            [ROOM, PERSON],
        )
        connection.execute(
            "INSERT INTO conversations_participant (id, conversation_id, user_id, joined_at)"
            " VALUES (%s, %s, %s, now())",
            [uuid4(), ROOM, PERSON],
        )
        connection.execute(
            "INSERT INTO messaging_message (id, conversation_id, seq, rev, sender_id, kind, body,"
            " created_at) SELECT gen_random_uuid(), %s, n, n, %s, 'text', 'text ' || n,"
            " now() + n * interval '1 second' FROM generate_series(1, 30) AS n",
            [ROOM, PERSON],
        )


def test_a_past_is_distributed_and_stays_whole(undistributed: str) -> None:
    write_a_past(undistributed)
    steps = report(undistributed, "distribute", "--dry-run")["steps"]
    assert any("Shard messaging_message" in step for step in steps)
    with connected(undistributed) as connection:
        assert not connection.execute("SELECT FROM pg_dist_partition").rowcount  # still nothing

    assert report(undistributed, "distribute")["differences"] == []

    assert report(undistributed, "check_distribution") == {"differences": []}
    with connected(undistributed) as connection:
        (count,) = connection.execute("SELECT count(*) FROM messaging_message").fetchone() or ()
        assert count == 30
        # Nothing is left where it came from.
        shell = connection.execute("SELECT pg_relation_size('messaging_message')").fetchone()
        assert shell == (0,)


def test_an_interrupted_run_is_gone_on_with(undistributed: str) -> None:
    write_a_past(undistributed)
    with connected(undistributed) as connection:
        connection.execute("ALTER TABLE messaging_message ADD CONSTRAINT odd UNIQUE (id)")
        connection.execute("SELECT create_reference_table('attachments_linkpreview')")
    first = report(undistributed, "distribute")
    assert first["differences"] == []
    assert report(undistributed, "distribute") == {
        "obstacles": [],
        "steps": [],
        "differences": [],
    }


def test_what_stands_in_the_way_is_told(undistributed: str) -> None:
    with connected(undistributed) as connection:
        connection.execute(
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN new; END $$"
        )
        connection.execute(
            "CREATE TRIGGER odd BEFORE INSERT ON messaging_message FOR EACH ROW"
            " EXECUTE FUNCTION nothing()"
        )
    done = manage(undistributed, "distribute")
    assert done.returncode == 1
    assert "messaging_message has the trigger odd" in done.stdout
    with connected(undistributed) as connection:
        assert not connection.execute("SELECT FROM pg_dist_partition").rowcount


def test_migrations_go_on(undistributed: str) -> None:
    """The statements of which migrations are made work on all shards, and `migrate` itself."""
    assert not manage(undistributed, "distribute").returncode
    assert not manage(undistributed, "migrate", "--verbosity=0").returncode
    with connected(undistributed) as connection:
        for sql in (
            "ALTER TABLE messaging_message ADD COLUMN extra bigint NULL",
            "ALTER TABLE messaging_message ALTER COLUMN extra SET DEFAULT 7",
            "CREATE INDEX CONCURRENTLY extra_index ON messaging_message (conversation_id, extra)",
            "ALTER TABLE messaging_message ADD CONSTRAINT extra_check CHECK (extra < 9) NOT VALID",
            "ALTER TABLE messaging_message VALIDATE CONSTRAINT extra_check",
            "DROP INDEX CONCURRENTLY extra_index",
            "ALTER TABLE messaging_message DROP COLUMN extra",
        ):
            connection.execute(sql)
        connection.execute("CREATE TABLE messaging_new (id bigint PRIMARY KEY)")
    assert report(undistributed, "check_distribution") == {"differences": []}


def test_a_row_that_refers_to_nothing_is_found(undistributed: str) -> None:
    write_a_past(undistributed)
    assert not manage(undistributed, "distribute").returncode
    with connected(undistributed) as connection:
        connection.execute("DELETE FROM accounts_user WHERE id = %s", [PERSON])
    done = manage(undistributed, "check_distribution")
    assert done.returncode == 1
    assert "conversations_participant.user_id has 1 values that are not in" in done.stdout


def test_a_table_in_the_wrong_place_is_found(undistributed: str) -> None:
    assert not manage(undistributed, "distribute").returncode
    with connected(undistributed) as connection:
        connection.execute("SELECT undistribute_table('messaging_searchcursor')")
    found = report(undistributed, "check_distribution")["differences"]
    assert any("messaging_searchcursor" in line for line in found)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("backup", "chat.tar"), "citus_create_restore_point"),
        (("restore", "pyproject.toml"), "distribute that"),
    ],
)
def test_a_dump_of_several_nodes_is_refused(
    undistributed: str, command: tuple[str, ...], words: str
) -> None:
    write_a_past(undistributed)
    assert not manage(undistributed, "distribute").returncode
    done = manage(undistributed, *command)
    assert done.returncode == 1
    assert words in done.stderr
    with connected(undistributed) as connection:
        assert connection.execute("SELECT count(*) FROM messaging_message").fetchone() == (30,)
    assert not (database.ROOT / "chat.tar").exists()
