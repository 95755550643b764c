"""The manifest of a backup: its last entry, without which the backup is incomplete.

A backup is a tar file: `database.dump` in pg_dump's custom format, `files/KEY` for every stored
object, `secret_key` if that is in DATA_DIR, and `manifest.json`.
"""

import json
from dataclasses import asdict, dataclass, field

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from chatproject.core.errors import Conflict

FORMAT = 1
MANIFEST, DATABASE, SECRET_KEY, FILES = "manifest.json", "database.dump", "secret_key", "files/"


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
        """Raises BackupBroken."""
        try:
            return cls(**json.loads(data))
        except (TypeError, ValueError) as error:
            raise BackupBroken("The manifest of the backup cannot be read.") from error

    @property
    def files(self) -> list[str]:
        return [name for name in self.entries if name.startswith(FILES)]


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
