"""The file storage: a folder of this machine, or a bucket of an S3 service.

`FileStorage` is the contract, `folder` and `bucket` implement it as Django storages, and
`file_storage()` returns the one that STORAGE_URL names. The caller chooses each key and writes it
once.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol, cast

from django.core.files.base import File
from django.core.files.storage import default_storage


class StoredObject(NamedTuple):
    key: str
    modified_at: datetime


class StorageAway(OSError):
    """A service elsewhere does not answer, or says that it cannot; the same call may succeed later.
    The message is the service's."""


class FileStorage(Protocol):
    """All methods may block. They raise OSError, of which StorageAway is one, or the service's own
    errors."""

    def put(self, key: str, file: "File[Any]") -> None:
        """Writes the file in chunks; returns when it is stored durably."""

    def open_here(self, key: str) -> IO[bytes] | None:
        """The object as a local file; None where it is stored elsewhere.

        Raises FileNotFoundError.
        """

    def fetch(self, key: str, target: Path) -> None:
        """Writes a copy of the object; raises FileNotFoundError."""

    def read_range(self, key: str, start: int, size: int) -> bytes:
        """So many bytes of the object from `start` on; raises FileNotFoundError."""

    def address(self, key: str, *, headers: dict[str, str], seconds: int) -> str | None:
        """A URL by which a browser may get the object for so many seconds.

        None where only this server can serve it. `headers` (Content-Type, Content-Disposition) are
        those of the response.
        """

    def remove(self, keys: Collection[str]) -> None:
        """Removes the objects; ignores missing ones."""

    def objects(self) -> Iterator[StoredObject]:
        """All stored objects, in no order."""

    def ping(self) -> None:
        """Returns when the storage answers and is writable; raises otherwise."""


def file_storage() -> FileStorage:
    return cast(FileStorage, default_storage)
