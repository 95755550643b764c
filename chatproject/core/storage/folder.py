"""Files in a folder of this machine."""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from chatproject.core.storage import StoredObject

# More than file systems keep in a directory entry, so that a full disk shows.
PING_BYTES = 16 * 1024


class FolderStorage(FileSystemStorage):
    """See `FileStorage`. `put` writes a file atomically and syncs it to disk."""

    def put(self, key: str, file: "File[Any]") -> None:
        target = Path(self.path(key))
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _link(file, target):
            with NamedTemporaryFile(dir=target.parent, prefix=".new-") as copy:
                file.seek(0)
                for chunk in file.chunks():
                    copy.write(chunk)
                copy.flush()
                os.link(copy.name, target)
        _sync(target)
        _sync(target.parent)

    def open_here(self, key: str) -> IO[bytes] | None:
        return Path(self.path(key)).open("rb")

    def fetch(self, key: str, target: Path) -> None:
        copyfile(self.path(key), target)

    def read_range(self, key: str, start: int, size: int) -> bytes:
        with Path(self.path(key)).open("rb") as file:
            file.seek(start)
            return file.read(size)

    def address(self, key: str, *, headers: dict[str, str], seconds: int) -> str | None:
        return None

    def remove(self, keys: Collection[str]) -> None:
        for key in keys:
            Path(self.path(key)).unlink(missing_ok=True)

    def objects(self) -> Iterator[StoredObject]:
        root = Path(self.location)
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder, name)
                with suppress(FileNotFoundError):  # removed since it was listed
                    modified_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    yield StoredObject(path.relative_to(root).as_posix(), modified_at)

    def ping(self) -> None:
        """Raises FileNotFoundError, PermissionError, or OSError where the disk is full."""
        Path(self.location).stat()
        if not os.access(self.location, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(self.location)
        with NamedTemporaryFile(dir=self.location, prefix=".ping-") as file:
            file.write(bytes(PING_BYTES))


def _link(file: "File[Any]", target: Path) -> bool:
    """Whether the upload could be hard-linked, being on the same disk, instead of copied."""
    try:
        os.link(file.temporary_file_path(), target)  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return False
    return True


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
