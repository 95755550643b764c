"""Reads the footers and row groups of the stored Parquet files, and caches them.

The footer is kept in the database too. A page of messages needs one row group or two, each of which
is one request to a bucket.
"""

import importlib.util
import io
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

from chatproject.core import metrics
from chatproject.core.db.statements import fetch
from chatproject.core.storage import file_storage
from messaging.archive.errors import ArchiveNotInstalled, ArchiveUnavailable
from messaging.archive.store_reads import STORE_READS, unavailable_on_error

CACHED_FOOTERS = 500
CACHED_GROUPS = 64  # some 500 KB each
FOOTER = """
SELECT footer FROM messaging_archivefile WHERE id = %(file)s AND footer IS NOT NULL
"""


class StoredFile(NamedTuple):
    """`size` is that of the whole file in bytes."""

    id: UUID
    key: str
    size: int


def is_installed() -> bool:
    return importlib.util.find_spec("pyarrow") is not None


def require_installed() -> None:
    """Raises ArchiveNotInstalled."""
    if not is_installed():
        raise ArchiveNotInstalled


class _Cache:
    """The values used last. Files never change, so nothing in it is ever stale."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Any, Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Any) -> Any:
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: Any, value: Any) -> None:
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()


_footers, _row_groups = _Cache(CACHED_FOOTERS), _Cache(CACHED_GROUPS)


def clear_caches() -> None:
    """For tests, and for whatever has to see what is stored now."""
    STORE_READS.forget()
    _footers.clear()
    _row_groups.clear()


def read_footer(file: StoredFile) -> Any:
    """The file's pyarrow metadata. Raises ArchiveNotInstalled or ArchiveUnavailable."""
    footer = _footers.get(file.id)
    if footer is None:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        require_installed()
        kept = fetch(FOOTER, {"file": file.id})
        with _unavailable_if_damaged():
            if kept:
                footer = pq.read_metadata(pa.BufferReader(kept[0][0]))
            else:
                footer = pq.read_metadata(_opened(file))
        _footers.put(file.id, footer)
    return footer


def footer_of(data: bytes) -> bytes:
    """The end of a Parquet file: its footer, the footer's length in 4 bytes, and 4 magic bytes."""
    length = int.from_bytes(data[-8:-4], "little")
    return data[-8 - length :]


def stored_footer(file: StoredFile) -> bytes:
    """`footer_of`, read from the storage. Raises ArchiveUnavailable."""
    with unavailable_on_error():
        end = file_storage().read_range(file.key, file.size - 8, 8)
        length = 8 + int.from_bytes(end[:4], "little")
        return file_storage().read_range(file.key, file.size - length, length)


def read_group(file: StoredFile, group: int) -> Any:
    """A row group as a pyarrow table. Raises ArchiveNotInstalled or ArchiveUnavailable."""
    table = _row_groups.get((file.id, group))
    metrics.ARCHIVE_READS.labels("miss" if table is None else "hit").inc()
    if table is None:
        import pyarrow.parquet as pq  # noqa: PLC0415

        footer = read_footer(file)
        with _unavailable_if_damaged():
            source = _opened(file, _extent(footer.row_group(group)))
            parquet = pq.ParquetFile(source, metadata=footer, page_checksum_verification=True)
            table = parquet.read_row_group(group, use_threads=False).combine_chunks()
        _row_groups.put((file.id, group), table)
    return table


def _extent(row_group: Any) -> tuple[int, int]:
    """Where its bytes begin and end: its columns are stored one after the other."""
    columns = [row_group.column(place) for place in range(row_group.num_columns)]
    starts = [it.dictionary_page_offset or it.data_page_offset for it in columns]
    ends = [start + it.total_compressed_size for start, it in zip(starts, columns, strict=True)]
    return min(starts), max(ends)


@contextmanager
def _unavailable_if_damaged() -> Iterator[None]:
    """Turns the errors of the storage, and those of pyarrow about damaged bytes, into
    ArchiveUnavailable."""
    import pyarrow as pa  # noqa: PLC0415

    with unavailable_on_error():
        try:
            yield
        except pa.ArrowException as error:
            raise ArchiveUnavailable from error


def _opened(file: StoredFile, extent: tuple[int, int] | None = None) -> Any:
    """The file for pyarrow; the bytes of `extent` are fetched in one request."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.PythonFile(_Ranges(file, extent), mode="r")


class _Ranges(io.RawIOBase):
    """A stored file of which only ranges are fetched."""

    def __init__(self, file: StoredFile, extent: tuple[int, int] | None) -> None:
        self._file = file
        # The footer's length is in the last 8 bytes, and it is seldom longer than this.
        start, end = extent or (max(file.size - (1 << 16), 0), file.size)
        self._start = start
        self._ahead = STORE_READS.read(file.key, start, end - start)
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._file.size}[whence]
        self._place = base + offset
        return self._place

    def read(self, size: int = -1) -> bytes:
        size = self._file.size - self._place if size < 0 else size
        size = max(min(size, self._file.size - self._place), 0)
        start = self._place - self._start
        if start >= 0 and start + size <= len(self._ahead):
            data = self._ahead[start : start + size]
        else:
            data = STORE_READS.read(self._file.key, self._place, size) if size else b""
        self._place += len(data)
        return data
