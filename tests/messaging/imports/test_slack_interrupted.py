"""An import that is killed and run again ends like one that was left alone."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import database
from tests.messaging.imports.slack_export import BEGIN, SlackExport

MESSAGES = 14_000
PEOPLE = 300

# All that an import makes, but for the ids of rows that nothing points to and the people's times.
TABLES = {
    "accounts_user": "id, name, email, is_bot, is_active, origin, deactivated_at IS NULL",
    "conversations_conversation": "*",
    "conversations_participant": "conversation_id, user_id, role, joined_at, left_at, "
    "removed_by_id, from_seq, to_seq, to_rev, left_title, left_topic, last_read_seq, "
    "last_delivered_seq",
    "messaging_message": "*",
    "messaging_reaction": "conversation_id, seq, user_id, emoji, rev, created_at",
    "messaging_mention": "conversation_id, seq, user_id",
}


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Threads, reactions, mentions, bots, strangers, joins and leaves, over twenty-four days."""
    export = SlackExport(*(f"P{n}" for n in range(PEOPLE)))
    export.conversation("general", *(f"P{n}" for n in range(0, PEOPLE, 2)), creator="UP2")
    export.conversation("secret", "P1", "P3", index="groups.json")
    for n in range(MESSAGES):
        conversation = "secret" if n % 4 == 0 else "general"
        export.day(conversation, BEGIN + n * 150).append(message(n))
    export.say(export.direct("P1", "P2"), "P1", "psst")
    return export.write(tmp_path_factory.mktemp("export") / "export.zip")


def message(n: int) -> dict[str, Any]:
    made = {
        "type": "message",
        "ts": f"{BEGIN + n * 150}.{n:06}",
        "user": f"UP{n * 7 % (PEOPLE + 3)}",
        "text": f"*message* {n} for <@UP{n % PEOPLE}>",
    }
    if n % 5 == 0 and n > 40:
        parent = n - 40
        made["thread_ts"] = f"{BEGIN + parent * 150}.{parent:06}"
    if n % 11 == 0:
        made["reactions"] = [{"name": "tada", "users": ["UP1", f"UP{n % PEOPLE}"]}]
    if n % 97 == 0:
        made["subtype"] = "channel_leave" if n % 2 else "channel_join"
    if n % 101 == 0:
        made |= {"user": None, "subtype": "bot_message", "bot_id": f"B{n}"}
    return made


@pytest.fixture
def empty_database() -> Iterator[str]:
    name = database.make_database()
    yield name
    database.drop(name)


def start(export: Path, name: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "chatproject.settings",
        "DATABASE_URL": database.url(name),
        "DATA_DIR": str(folder),
    }
    with (folder / "import.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "manage.py", "import_slack", str(export)],
            cwd=database.ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def run(export: Path, name: str, folder: Path) -> None:
    assert start(export, name, folder).wait(120) == 0, (folder / "import.log").read_text()


def contents(name: str) -> dict[str, list[tuple[Any, ...]]]:
    with database.connect(name) as connection:
        return {
            table: sorted(connection.execute(f"SELECT {columns} FROM {table}").fetchall(), key=repr)
            for table, columns in TABLES.items()
        }


def count(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(scope="module")
def undisturbed(export: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The contents after an import that nothing has disturbed."""
    name = database.make_database()
    try:
        run(export, name, tmp_path_factory.mktemp("undisturbed"))
        return contents(name)
    finally:
        database.drop(name)


def test_the_export_is_worth_it(undisturbed: Any) -> None:
    assert len(undisturbed["messaging_message"]) == MESSAGES + 1
    assert len(undisturbed["messaging_reaction"]) > 1000
    assert len(undisturbed["conversations_conversation"]) == 3


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("accounts_user", 1),
        ("messaging_message", 1),
        ("conversations_participant", 1),
    ],
)
def test_killed_import_run_again_ends_the_same(
    export: Path, empty_database: str, undisturbed: Any, tmp_path: Path, table: str, rows: int
) -> None:
    """Killed as soon as the table has so many rows."""
    with database.connect(empty_database) as connection:
        process = start(export, empty_database, tmp_path)
        while process.poll() is None and count(connection, table) < rows:
            time.sleep(0.002)
        process.kill()
        assert process.wait() == -9, "it was through before it could be killed"
        assert count(connection, "messaging_message") < MESSAGES
    run(export, empty_database, tmp_path)
    assert contents(empty_database) == undisturbed
