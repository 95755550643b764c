"""Where people's files are kept: a folder of one machine, or a bucket of an S3 service.

`Store` is the contract, `folder` and `bucket` implement it as Django storages, and `store()` gives
the one that STORAGE_URL names. A key is chosen by the caller and written once.
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


class Store(Protocol):
    """All methods may block. They raise OSError or the service's own errors."""

    def put(self, key: str, file: "File[Any]") -> None:
        """Returns when the whole file is kept for good; reads it piece by piece."""

    def open_here(self, key: str) -> IO[bytes] | None:
        """The object as a file of this machine; None where it is kept elsewhere.

        Raises FileNotFoundError.
        """

    def fetch(self, key: str, target: Path) -> None:
        """Writes a copy of the object; raises FileNotFoundError."""

    def address(self, key: str, *, headers: dict[str, str], seconds: int) -> str | None:
        """Where a browser may get the object for so long, with these response headers.

        None where only we can hand it out. `headers` has Content-Type and Content-Disposition.
        """

    def remove(self, keys: Collection[str]) -> None:
        """What is not there is no error."""

    def objects(self) -> Iterator[StoredObject]:
        """Everything that is kept, in no order."""

    def ping(self) -> None:
        """Returns when the store answers and may be written to."""


def store() -> Store:
    return cast(Store, default_storage)
