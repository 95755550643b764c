"""A database of the former release is migrated while that release goes on writing to it."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests import database
from tests.deploy.former_release import RELEASES, last_release
from tests.waiting import eventually

# What the former release does for each message, with nothing but its own columns. Whoever has to
# wait for a lock for longer than a second fails, and the test with it.
PATIENCE = "SET lock_timeout = '1s'"
LOCK = "SELECT last_seq + 1 FROM conversations_conversation WHERE id = %s FOR UPDATE"
INSERT = """
INSERT INTO messaging_message (id, conversation_id, seq, rev, sender_id, client_id, kind, body,
                               created_at)
VALUES (%(id)s, %(conversation)s, %(seq)s, %(seq)s, %(sender)s, %(id)s, 'text', 'hello', now())
"""
COUNT = """
UPDATE conversations_conversation c
SET last_seq = m.seq, last_rev = m.rev, last_at = m.created_at, last_message_at = m.created_at
FROM messaging_message m
WHERE c.id = %(conversation)s AND m.conversation_id = c.id AND m.seq = %(seq)s
"""
READ = "SELECT count(*) FROM messaging_message WHERE conversation_id = %s AND seq > %s"

MOVE = """
UPDATE conversations_participant SET last_read_seq = %(seq)s, last_delivered_seq = %(seq)s
WHERE conversation_id = %(conversation)s AND user_id = %(sender)s
"""
QUOTA = """
INSERT INTO messaging_ration AS r (user_id, links) VALUES (%(sender)s, 1)
ON CONFLICT (user_id) DO UPDATE SET links = r.links + 1
"""

# A report or a backup: it reads, and holds its lock for longer than anybody would wait once
# somebody waits for it: for the table, or as DROP INDEX CONCURRENTLY does, for the transaction.
SLOW = "SELECT 1 FROM messaging_message LIMIT 1"
WAITED_FOR = "SELECT 1 FROM pg_locks WHERE NOT granted AND %s = ANY (pg_blocking_pids(pid))"
SLOW_SECONDS = 2.5
PAUSE_SECONDS = 1.5  # the first; each is longer by as much: one fits on a slow machine, too


class Load:
    """Writers and slow readers on one database, and what went wrong for the writers."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.written = 0
        self.errors: list[str] = []
        self.is_over = threading.Event()
        self.is_read = threading.Event()

    @contextmanager
    def running(self) -> Iterator["Load"]:
        with psycopg.connect(self.url) as connection:
            rows = connection.execute(
                "SELECT DISTINCT ON (conversation_id) conversation_id, user_id"
                " FROM conversations_participant LIMIT 4"
            ).fetchall()
        threads = [threading.Thread(target=self._write, args=row) for row in rows]
        threads.append(threading.Thread(target=self._read_slowly))
        for thread in threads:
            thread.start()
        try:
            self.wait_for_more()
            assert self.is_read.wait(20)
            yield self
        finally:
            self.is_over.set()
            for thread in threads:
                thread.join()

    def wait_for_more(self) -> None:
        """Until something was written that was not yet begun."""
        enough = self.written + 20
        eventually(lambda: self.written >= enough or bool(self.errors))

    def _write(self, conversation: str, sender: str) -> None:
        try:
            with psycopg.connect(self.url) as connection:
                connection.execute(PATIENCE)
                connection.commit()
                while not self.is_over.wait(0.01):
                    row = connection.execute(LOCK, [conversation]).fetchone()
                    assert row is not None
                    values = {"id": uuid4(), "conversation": conversation, "sender": sender}
                    connection.execute(INSERT, values | {"seq": row[0]})
                    connection.execute(COUNT, values | {"seq": row[0]})
                    connection.execute(MOVE, values | {"seq": row[0]})
                    connection.execute(QUOTA, values)
                    connection.execute(READ, [conversation, row[0] - 50])
                    connection.commit()
                    self.written += 1
        except psycopg.Error as error:
            self.errors.append(str(error))

    def _read_slowly(self) -> None:
        pause = PAUSE_SECONDS
        while not self.is_over.is_set():
            with (
                psycopg.connect(self.url) as reader,
                psycopg.connect(self.url, autocommit=True) as watcher,
            ):
                reader.execute(SLOW)
                self.is_read.set()
                while not self.is_over.wait(0.02):
                    if watcher.execute(WAITED_FOR, [reader.info.backend_pid]).fetchone():
                        self.is_over.wait(SLOW_SECONDS)
                        break
            self.is_over.wait(pause)
            pause += PAUSE_SECONDS


@pytest.fixture(scope="module")
def template() -> Iterator[str]:
    """The name of a database of the last release, with data in it."""
    with new_database() as name:
        _run("-m", "tests.deploy.former_release", last_release(), url=database.url(name))
        with psycopg.connect(database.url(name), autocommit=True) as connection:
            connection.execute((RELEASES / f"{last_release()}.sql").read_text())
        yield name


@pytest.fixture
def former(template: str) -> Iterator[str]:
    """The address of a copy of it."""
    with new_database(template) as name:
        yield database.url(name)


@contextmanager
def new_database(template: str = "template1") -> Iterator[str]:
    name = f"server_{os.environ['TEST_SESSION']}_{uuid4().hex}"
    with database.connect() as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield name
    database.drop(name)


def _run(*arguments: str, url: str, **env: str) -> subprocess.CompletedProcess[str]:
    settings = {"DJANGO_SETTINGS_MODULE": "chatproject.settings", "DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | settings | env,
        cwd=database.ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{done.stdout}{done.stderr}")
    return done


# Beside the migrations of the coming release two that every release may have: a column for a table
# in use, and an index on it.
PLANTED = {"DJANGO_SETTINGS_MODULE": "tests.deploy.planted.settings"}


def test_migrates_under_load_and_keeps_nobody_waiting(former: str) -> None:
    with Load(former).running() as load:
        done = _run("manage.py", "migrate", url=former, **PLANTED)
        load.wait_for_more()
    assert load.errors == []
    assert "trying again" in done.stderr  # it did meet the slow reader
    with psycopg.connect(former) as connection:
        row = connection.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'planted_by_number'::regclass"
        ).fetchone()
        assert row == (True,)
    _run("manage.py", "check_unread", url=former)  # which fails where a count differs


def test_the_load_would_notice_a_lock_that_is_waited_for(former: str) -> None:
    """Django's own command, which waits in the queue with everybody behind it."""
    with Load(former).running() as load:
        _run("-m", "tests.deploy.planted.plain_migrate", url=former, **PLANTED)
    assert any("lock timeout" in error for error in load.errors)


def test_one_process_migrates_at_a_time(former: str) -> None:
    """As the pods of a rolling update do, all at once."""
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    env = os.environ | {"DATABASE_URL": former, **PLANTED}
    several = [
        subprocess.Popen(command, env=env, cwd=database.ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [process.communicate()[1] for process in several]
    assert [process.returncode for process in several] == [0, 0, 0], said


def test_an_interrupted_index_is_built_again(former: str) -> None:
    with psycopg.connect(former, autocommit=True) as connection:
        connection.execute("ALTER TABLE messaging_message ADD COLUMN number integer")
        connection.execute("UPDATE messaging_message SET number = 7 WHERE seq <= 2")
        with pytest.raises(psycopg.errors.UniqueViolation):  # which leaves it behind, invalid
            connection.execute(
                "CREATE UNIQUE INDEX CONCURRENTLY planted_by_number ON messaging_message (number)"
            )
    _run("manage.py", "migrate", "planted", "0001", "--fake", url=former, **PLANTED)
    _run("manage.py", "migrate", url=former, **PLANTED)
    with psycopg.connect(former) as connection:
        row = connection.execute(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'planted_by_number'::regclass"
        ).fetchone()
    assert row == (True,)


def test_the_release_is_known() -> None:
    assert Path(RELEASES / f"{last_release()}.sql").exists()
