"""What is unsafe in a migration that runs while the former version serves.

squawk judges the SQL; three rules of our own are about what it does not see. A migration that has
to break one says why, in its class: `accepted = {"ban-drop-column": "unread since 0.2"}`.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from django.contrib.postgres.operations import AddIndexConcurrently as DjangoAddIndexConcurrently
from django.db import connections, migrations
from django.db.migrations.state import ProjectState

from chatproject.core.db.migration_operations import AddIndexConcurrently
from tests.deploy.tools import python_tool

# What `manage.py migrate` sees to, what Django's way of writing SQL brings about, and matters of
# taste that lock nothing.
NOT_OURS = (
    "require-lock-timeout",
    "require-statement-timeout",
    "transaction-nesting",
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-identity",
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
)
# Each is waited for while the ones before it are held: 400 ms, see the command.
MOST_TABLES = 2

LOCKED = re.compile(r'(?:ALTER TABLE|REFERENCES|TRIGGER [^;]*? ON) "?(\w+)"?', re.IGNORECASE)
CREATED = re.compile(r'CREATE TABLE (?:IF NOT EXISTS )?"?(\w+)"?', re.IGNORECASE)


def findings(migration: migrations.Migration, state: ProjectState) -> list[str]:
    """The names of the rules that it breaks and does not accept, each once.

    `state` is that of the models before it, and is not changed.
    """
    accepted = getattr(migration, "accepted", {})
    sql = _sql(migration, state.clone())
    found = {*_squawk(sql, in_transaction=migration.atomic), *_own(migration, sql)}
    return sorted(found - accepted.keys())


def _sql(migration: migrations.Migration, state: ProjectState) -> str:
    connection = connections.create_connection("default")  # in no transaction, as when it is real
    try:
        with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            migration.apply(state, editor, collect_sql=True)
    finally:
        connection.close()
    return "\n".join(editor.collected_sql)


def _squawk(sql: str, *, in_transaction: bool) -> Iterator[str]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "migration.sql")
        path.write_text(sql)
        command = [python_tool("squawk"), "--reporter=Json", "--pg-version=14.0"]
        command += [f"--exclude={rule}" for rule in NOT_OURS]
        command += ["--assume-in-transaction"] * in_transaction
        done = subprocess.run([*command, path], check=False, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    for finding in json.loads(done.stdout):
        yield finding["rule_name"]


def _own(migration: migrations.Migration, sql: str) -> Iterator[str]:
    operations = migration.operations
    if migration.atomic and any(isinstance(it, migrations.RunPython) for it in operations):
        yield "python-in-a-transaction"  # holds its rows until the end; go in batches
    if any(
        isinstance(it, DjangoAddIndexConcurrently) and not isinstance(it, AddIndexConcurrently)
        for it in operations
    ):
        yield "index-that-cannot-be-tried-again"
    existing = set(LOCKED.findall(sql)) - set(CREATED.findall(sql))
    if migration.atomic and len(existing) > MOST_TABLES:
        yield "too-many-tables-locked"
