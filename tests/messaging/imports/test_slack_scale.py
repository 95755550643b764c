"""A large export: all of it arrives, in memory that does not grow with its messages."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import database
from tests.messaging.imports.slack_export import BEGIN, SlackExport

PEOPLE = 15_000
DAYS = 120
MESSAGES_A_DAY = 500
MEMORY = 300 * 2**20  # one day and all people are held, never all messages


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A database after the import, and the most memory that the import took, in bytes."""
    folder = tmp_path_factory.mktemp("scale")
    export = large_export().write(folder / "export.zip")
    name = database.make_database()
    try:
        yield name, run(export, name, folder)
    finally:
        database.drop(name)


def large_export() -> SlackExport:
    export = SlackExport(*(f"P{n}" for n in range(PEOPLE)))
    export.conversation("general", *(f"P{n}" for n in range(PEOPLE)))
    for n in range(DAYS * MESSAGES_A_DAY):
        at = BEGIN + n * 24 * 3600 // MESSAGES_A_DAY
        text = f"message {n} to <@UP{n % PEOPLE}>, " + "words " * (n % 40)
        message = {"type": "message", "ts": f"{at}.000000", "user": f"UP{n % PEOPLE}", "text": text}
        if n % 3 == 0 and n > 100:
            parent = BEGIN + (n - 100) * 24 * 3600 // MESSAGES_A_DAY
            message["thread_ts"] = f"{parent}.000000"
        export.day("general", at).append(message)
    return export


# A new process counts what its parent held as its own peak, but not in `VmHWM`.
WITH_PEAK = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path("manage.py", run_name="__main__")
finally:
    with open("/proc/self/status") as status:
        print(next(line for line in status if line.startswith("VmHWM")))
"""


def run(export: Path, name: str, folder: Path) -> int:
    """Imports it in a process of its own; its peak memory in bytes."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "chatproject.settings",
        "DATABASE_URL": database.url(name),
        "DATA_DIR": str(folder),
    }
    arguments = [sys.executable, "-c", WITH_PEAK, "manage.py", "import_slack", str(export)]
    ended = subprocess.run(
        arguments, cwd=database.ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return int(ended.stdout.split("VmHWM:")[1].split()[0]) * 1024


def test_everything_is_there(imported: tuple[str, int]) -> None:
    total = DAYS * MESSAGES_A_DAY
    with database.connect(imported[0]) as connection:
        row = connection.execute(
            """
            SELECT count(*), min(m.seq), max(m.seq), count(thread_seq),
                   count(*) FILTER (WHERE created_at <= before)
            FROM (SELECT *, lag(created_at) OVER (ORDER BY seq) AS before
                  FROM messaging_message) m
            """
        ).fetchone()
        mentions = connection.execute("SELECT count(*) FROM messaging_mention").fetchone()
    replies = len([n for n in range(101, total) if n % 3 == 0])
    assert row == (total, 1, total, replies, 0)
    assert mentions == (total,)


def test_everybody_is_in_and_has_read_it(imported: tuple[str, int]) -> None:
    with database.connect(imported[0]) as connection:
        rows: list[Any] = connection.execute(
            """
            SELECT c.last_seq, c.last_rev, c.member_count, count(*),
                   count(*) FILTER (WHERE p.last_read_seq = c.last_seq AND p.left_at IS NULL),
                   count(*) FILTER (WHERE p.role = 'owner')
            FROM conversations_conversation c
            JOIN conversations_participant p ON p.conversation_id = c.id GROUP BY c.id
            """
        ).fetchall()
    total = DAYS * MESSAGES_A_DAY
    assert rows == [(total, total, PEOPLE, PEOPLE, PEOPLE, 1)]


def test_memory_is_bounded(imported: tuple[str, int]) -> None:
    assert imported[1] < MEMORY
