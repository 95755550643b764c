"""The manifest of a backup: its last entry, without which the backup is incomplete.

A backup is a tar file: `database.dump` in pg_dump's custom format, `files/KEY` for every stored
object, `secret_key` if that is in DATA_DIR, and `manifest.json`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from chatproject.core.errors import Conflict

FORMAT = 1
MANIFEST, DATABASE, SECRET_KEY, FILES = "manifest.json", "database.dump", "secret_key", "files/"


# The keys of our stores have slashes between plain words: nothing leads out of the store.
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


class BackupBroken(Conflict):
    code = "backup_broken"
    detail = "This is not a whole backup."


@dataclass
class Manifest:
    """`entries` has (size, sha256) by name, `missing` the keys of rows without a file, `tables`
    the numbers of rows."""

    version: str
    made_at: str
    migrations: list[str] = field(default_factory=list)
    tables: dict[str, int] = field(default_factory=dict)
    entries: dict[str, tuple[int, str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT

    def dump(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def load(cls, data: bytes) -> "Manifest":
        """Raises BackupBroken for one that is malformed, or that leaves the database out."""
        try:
            manifest = cls(**json.loads(data))
        except (TypeError, ValueError, RecursionError) as error:
            raise BackupBroken("The manifest of the backup cannot be read.") from error
        if not manifest._is_well_formed():
            raise BackupBroken("The manifest of the backup is malformed.")
        if DATABASE not in manifest.entries:
            raise BackupBroken(f"The manifest of the backup does not list {DATABASE}.")
        return manifest

    def _is_well_formed(self) -> bool:
        return (
            isinstance(self.format, int)
            and all(isinstance(text, str) for text in (self.version, self.made_at))
            and all(_is_list_of_texts(each) for each in (self.migrations, self.missing))
            and _is_mapping(self.tables, lambda number: isinstance(number, int))
            and _is_mapping(self.entries, _is_entry)
            and all(map(_is_entry_name, self.entries))
        )

    @property
    def files(self) -> list[str]:
        return [name for name in self.entries if name.startswith(FILES)]


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_mapping(value: object, is_value: Callable[[Any], bool]) -> bool:
    return isinstance(value, dict) and all(map(is_value, value.values()))


def _is_entry(value: object) -> bool:
    """A size and a SHA-256."""
    if not isinstance(value, list) or len(value) != 2:
        return False
    return isinstance(value[0], int) and isinstance(value[1], str)


def _is_entry_name(name: str) -> bool:
    if name in (DATABASE, SECRET_KEY):
        return True
    return name.startswith(FILES) and _KEY.fullmatch(name.removeprefix(FILES)) is not None


def applied_migrations() -> list[str]:
    return sorted(
        f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()
    )


def table_sizes() -> dict[str, int]:
    """The number of rows of each table of ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname = current_schema() ORDER BY 1"
        )
        tables = cursor.fetchall()
        sizes = {}
        for name, quoted in tables:
            cursor.execute(f"SELECT count(*) FROM {quoted}")  # noqa: S608 (quoted by PostgreSQL)
            (sizes[name],) = cursor.fetchone()
    return sizes
