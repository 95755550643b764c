"""Restores a backup: verifies all of it first, then restores the database in one transaction.

Files are restored first, since a file without a row does no harm. So whenever it is interrupted,
the former database is intact, and the same command can be run again.
"""

import hashlib
import shutil
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import Connection

from chatproject.core.errors import Conflict
from chatproject.core.progress import Progress
from chatproject.core.storage import file_storage
from chatproject.management.backups.manifest import (
    DATABASE,
    FILES,
    FORMAT,
    MANIFEST,
    SECRET_KEY,
    BackupBroken,
    Manifest,
    table_sizes,
)
from chatproject.management.backups.programs import connect, run

PIECE = 1024 * 1024
PATIENCE = 5.0  # seconds
ANEW = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"

# Other connections would continue with a replaced database.
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class NotEmpty(Conflict):
    code = "not_empty"
    detail = (
        "There is a chat in this database already. --replace gives it up for the one in the backup."
    )


class InUse(Conflict):
    code = "in_use"


class NewerBackup(Conflict):
    code = "newer_backup"


class Backup:
    """An open backup whose manifest was read; call `verify` before using it."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.manifest = Manifest.load(self._read(MANIFEST))
        if self.manifest.format != FORMAT:
            raise NewerBackup(f"The backup has format {self.manifest.format}, unknown here.")

    def verify(self, progress: Progress) -> None:
        """Reads all entries.

        Raises BackupBroken when one is missing, damaged, or not in the manifest.
        """
        unlisted = set(self._tar.getnames()) - {MANIFEST, *self.manifest.entries}
        if unlisted:
            raise BackupBroken(f"{min(unlisted)!r} in the backup is not listed in its manifest.")
        progress.begin("Checking", len(self.manifest.entries))
        for name, (size, digest) in self.manifest.entries.items():
            with self.entry(name) as file:
                found, length = hashlib.sha256(), 0
                while piece := file.read(PIECE):
                    found.update(piece)
                    length += len(piece)
            if (length, found.hexdigest()) != (size, digest):
                raise BackupBroken(f"{name} in the backup is damaged.")
            progress.advance()

    @contextmanager
    def entry(self, name: str) -> Iterator[IO[bytes]]:
        try:
            file = self._tar.extractfile(name)
        except (KeyError, tarfile.TarError) as error:
            raise BackupBroken(f"{name} is not in the backup; it is not whole.") from error
        if file is None or not self._tar.getmember(name).isreg():
            raise BackupBroken(f"{name} in the backup is no file.")
        with file:
            yield file

    def copy(self, name: str, target: Path) -> None:
        with self.entry(name) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file, PIECE)

    def _read(self, name: str) -> bytes:
        with self.entry(name) as file:
            return file.read()


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """Raises BackupBroken, NewerBackup."""
    try:
        with tarfile.open(path, "r:") as tar:
            yield Backup(tar)
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise BackupBroken(f"{path} cannot be read: {error}.") from error


def check_place(backup: Backup, *, may_replace: bool) -> None:
    """Raises NewerBackup, InUse, NotEmpty."""
    loader = MigrationLoader(connection)
    ours = {app for app, _ in loader.disk_migrations}
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    unknown = [it for it in backup.manifest.migrations if it not in known]
    if unknown and any(it.partition(".")[0] in ours for it in unknown):
        raise NewerBackup(
            f"The backup was made by version {backup.manifest.version}, which knows "
            f"{unknown[0]}. Install that version or a newer one."
        )
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    with connect() as apart:
        _wait_for_others(apart)
        if not may_replace and _has_content(apart):
            raise NotEmpty


def restore(backup: Backup, progress: Progress) -> dict[str, tuple[int, int]]:
    """Restores everything; returns the tables whose numbers of rows differ from the manifest.

    Raises OSError, ProgramFailed; then the database is unchanged.
    """
    with TemporaryDirectory(dir=settings.DATA_DIR, prefix=".restore-") as work:
        _restore_files(backup, Path(work), progress)
        _restore_database(backup, Path(work), progress)
    if SECRET_KEY in backup.manifest.entries and not settings.SECRET_KEY_IS_SET:
        _restore_secret_key(backup)
    found = table_sizes()
    differing = {
        table: (number, found.get(table, 0))
        for table, number in backup.manifest.tables.items()
        if found.get(table, 0) != number
    }
    call_command("migrate", interactive=False, verbosity=0)
    return differing


def _restore_files(backup: Backup, work: Path, progress: Progress) -> None:
    names = backup.manifest.files
    progress.begin("Files", len(names))
    for name in names:
        key, copy = name.removeprefix(FILES), work / "file"
        backup.copy(name, copy)
        file_storage().remove([key])
        with copy.open("rb") as file:
            file_storage().put(key, File(file))
        progress.advance()


def _restore_database(backup: Backup, work: Path, progress: Progress) -> None:
    progress.begin("Database", None)
    dump, script = work / "dump", work / "script.sql"
    backup.copy(DATABASE, dump)
    run(
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        f"--file={script}",
        str(dump),
        with_database=False,
    )
    dump.unlink()
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    quiet = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
    run("psql", *quiet, "--single-transaction", f"--command={ANEW}", f"--file={script}")
    run("psql", *quiet, "--command=ANALYZE")


def _restore_secret_key(backup: Backup) -> None:
    """Restores the secret key, so that sign-ins and the fingerprints of drafts stay valid."""
    new = settings.SECRET_KEY_FILE.with_suffix(".new")
    new.touch(mode=0o600)
    backup.copy(SECRET_KEY, new)
    new.replace(settings.SECRET_KEY_FILE)


def _wait_for_others(apart: Connection[Any]) -> None:
    """Waits for a server that was just stopped to disconnect. Raises InUse."""
    deadline = time.monotonic() + PATIENCE
    while _one(apart, OTHERS):
        if time.monotonic() > deadline:
            raise InUse("Other processes are connected to the database. Stop them first.")
        time.sleep(0.1)


def _has_content(apart: Connection[Any]) -> bool:
    """Whether there are people or conversations."""
    return any(
        _one(apart, f"SELECT to_regclass('{table}') IS NOT NULL")
        and _one(apart, f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608 (one of two)
        for table in ("accounts_user", "conversations_conversation")
    )


def _one(apart: Connection[Any], query: str) -> Any:
    row = apart.execute(query).fetchone()
    assert row is not None
    return row[0]
