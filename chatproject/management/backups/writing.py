"""Makes a backup while the system is in use: a snapshot of the database, and its files.

The files that the rows of the snapshot name are copied after it. A file is written before its row
and never changes, so each is there, unless it was deleted since: then it is listed as missing.
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from attachments.models import Attachment
from attachments.reads import stored_keys
from chatproject.core.files import new_file
from chatproject.core.progress import Progress
from chatproject.core.storage import file_storage
from chatproject.core.times import rfc3339
from chatproject.management.backups.manifest import (
    DATABASE,
    FILES,
    MANIFEST,
    SECRET_KEY,
    Manifest,
    applied_migrations,
    table_sizes,
)
from chatproject.management.backups.programs import run
from messaging.archive.keeping import archive_keys


def make_backup(path: Path, progress: Progress) -> Manifest:
    """Writes the backup; the file appears when it is complete and synced to disk.

    Raises OSError, ProgramFailed.
    """
    with new_file(path) as target, TemporaryDirectory(dir=path.parent, prefix=".backup-") as work:
        manifest = Manifest(version=settings.VERSION, made_at=rfc3339(timezone.now()))
        with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
            writer = _Writer(tar, manifest, Path(work))
            with _one_moment() as snapshot:
                manifest.migrations = applied_migrations()
                manifest.tables = table_sizes()
                writer.add_database(snapshot, progress)
                writer.add_files(progress)
            if not settings.SECRET_KEY_IS_SET and settings.SECRET_KEY_FILE.exists():
                writer.add(SECRET_KEY, settings.SECRET_KEY_FILE)
            writer.add_manifest()
    return manifest


class _Writer:
    def __init__(self, tar: tarfile.TarFile, manifest: Manifest, work: Path) -> None:
        self._tar = tar
        self._manifest = manifest
        self._work = work

    def add_database(self, snapshot: str, progress: Progress) -> None:
        progress.begin("Database", None)
        dump = self._work / "dump"
        run(
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--no-publications",  # the relay makes its own
            f"--snapshot={snapshot}",
            f"--file={dump}",
        )
        self.add(DATABASE, dump)
        dump.unlink()

    def add_files(self, progress: Progress) -> None:
        archived = archive_keys()
        progress.begin("Files", Attachment.objects.count() + len(archived))
        copy = self._work / "file"
        for key in chain(stored_keys(), archived):
            try:
                file_storage().fetch(key, copy)
            except FileNotFoundError:
                self._manifest.missing.append(key)
                continue
            self.add(f"{FILES}{key}", copy)
            progress.advance()

    def add_manifest(self) -> None:
        data = self._manifest.dump()
        self._tar.addfile(_member(MANIFEST, len(data)), io.BytesIO(data))

    def add(self, name: str, source: Path) -> None:
        with source.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            reader = HashingReader(file)
            self._tar.addfile(_member(name, size), reader)
        self._manifest.entries[name] = (size, reader.digest)


class HashingReader:
    """A file whose SHA-256 is known when it has been read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash.update(data)
        return data

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


@contextmanager
def _one_moment() -> Iterator[str]:
    """The id of a database snapshot that lasts as long as the block, and that the block reads."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        row: tuple[Any, ...] = cursor.fetchone()
        yield str(row[0])
