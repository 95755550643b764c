"""The Parquet files: written whole, and read by ranges of rows.

Rows are sorted by (conversation, seq) in row groups of GROUP_ROWS. Held are the footers of files,
which the database has too, and the row groups that were read last: a page is one row group or two,
each of which is one request to a bucket.
"""

import hashlib
import importlib.util
import io
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from uuid import UUID

from django.core.files import File

from chatproject.core import metrics
from chatproject.core.db.statements import fetch
from chatproject.core.storage import file_storage
from messaging.archive.errors import ArchiveNotInstalled, ArchiveUnavailable
from messaging.archive.rows import COLUMNS, CREATED_AT, SEQ, Row, micros_of
from messaging.archive.store_reads import STORE_READS, told_if_away, told_if_not_written

GROUP_ROWS = 2_048
FOLDER = "archive"
FOOTERS_HELD = 500
GROUPS_HELD = 64  # some 500 KB each
FOOTER = """
SELECT footer FROM messaging_archivefile WHERE id = %(file)s AND footer IS NOT NULL
"""
RANDOM = ("id", "client_id")  # a dictionary of these would be as long as they are


class StoredFile(NamedTuple):
    """`size` is that of the whole file in bytes."""

    id: UUID
    key: str
    size: int


def key_of(file_id: UUID) -> str:
    return f"{FOLDER}/{file_id.hex}.parquet"


def is_installed() -> bool:
    return importlib.util.find_spec("pyarrow") is not None


def require_installed() -> None:
    """Raises ArchiveNotInstalled."""
    if not is_installed():
        raise ArchiveNotInstalled


def write_file(path: Path, rows: Sequence[Row]) -> None:
    """`rows` are sorted by conversation and seq. Raises ArchiveNotWritten."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    columns = zip(*rows, strict=True)
    arrays = [_array(column.kind, values) for column, values in zip(COLUMNS, columns, strict=True)]
    table = pa.table(arrays, names=[column.name for column in COLUMNS])
    with told_if_not_written():
        pq.write_table(
            table,
            path,
            row_group_size=GROUP_ROWS,
            compression="zstd",
            compression_level=3,
            write_page_checksum=True,  # so that a damaged page is an error, and no other text
            use_dictionary=[column.name for column in COLUMNS if column.name not in RANDOM],
        )


def _array(kind: str, values: Sequence[Any]) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    match kind:
        case "uuid":
            return pa.array(values, pa.binary(16))
        case "time":
            return pa.array(values, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
        case "bytes":
            return pa.array(values, pa.binary())
        case "boolean":
            return pa.array(values, pa.bool_())
        case "integer":
            return pa.array(values, pa.int64())
        case _:
            return pa.array(values, pa.string())


def store_file(key: str, path: Path) -> None:
    """Raises ArchiveNotWritten."""
    with told_if_not_written(), path.open("rb") as file:
        file_storage().put(key, File(file))


def remove_file(key: str) -> None:
    """Raises ArchiveUnavailable."""
    with told_if_away():
        file_storage().remove([key])


def hash_stored(file: StoredFile) -> str:
    """SHA-256 of the stored bytes; raises ArchiveUnavailable."""
    found = hashlib.sha256()
    for start in range(0, file.size, 1 << 23):
        with told_if_away():
            found.update(file_storage().read_range(file.key, start, 1 << 23))
    return found.hexdigest()


def read_rows(file: StoredFile, first_row: int, row_count: int) -> list[Row]:
    """So many rows from one on. Raises ArchiveUnavailable."""
    rows: list[Row] = []
    for part in _parts(file, first_row, row_count):
        rows += _rows(_group(file, part.group).slice(part.start, part.end - part.start))
    return rows


def read_seqs(file: StoredFile, first_row: int, row_count: int, low: int, high: int) -> list[Row]:
    """Of those rows, which are of one conversation, the ones with a seq in [low, high]."""
    rows: list[Row] = []
    for part in _parts(file, first_row, row_count):
        if not _may_have(file, part, low, high):
            continue
        table = _group(file, part.group)
        seqs = table.column(SEQ)
        first = _first_at(seqs, low, part.start, part.end)
        last = _first_at(seqs, high + 1, first, part.end)
        if first < last:
            rows += _rows(table.slice(first, last - first))
    return rows


def find_rows(
    file: StoredFile, first_row: int, row_count: int, column: str, value: bytes
) -> Iterator[Row]:
    """Of those rows the ones that have the value in the column. Raises ArchiveUnavailable."""
    for part in _parts(file, first_row, row_count):
        table = _group(file, part.group)
        values = table.column(column).to_pylist()
        for place in range(part.start, part.end):
            if values[place] == value:
                yield from _rows(table.slice(place, 1))


def seq_at(file: StoredFile, first_row: int, row_count: int, low: int, micros: int) -> int | None:
    """Of those rows the seq of the first one from the seq `low` on that is not earlier."""
    for part in _parts(file, first_row, row_count):
        if not _may_have(file, part, low, 2**62) or _ends_before(file, part.group, micros):
            continue
        table = _group(file, part.group)
        seqs = table.column(SEQ)
        times = table.column(CREATED_AT).cast("int64")
        place = _first_at(times, micros, _first_at(seqs, low, part.start, part.end), part.end)
        if place < part.end:
            return int(seqs[place].as_py())
    return None


class _Part(NamedTuple):
    """The rows [start, end) of a row group."""

    group: int
    start: int
    end: int


def _parts(file: StoredFile, first_row: int, row_count: int) -> Iterator[_Part]:
    """Of the row groups of a file, which but for the last have as many rows as its first."""
    size = _footer(file).row_group(0).num_rows
    for group in range(first_row // size, -(-(first_row + row_count) // size)):
        before = group * size
        end = min(first_row + row_count, before + size)
        yield _Part(group, max(first_row - before, 0), end - before)


def _ends_before(file: StoredFile, group: int, micros: int) -> bool:
    """Every row is earlier, whosever it is."""
    found = _footer(file).row_group(group).column(CREATED_AT).statistics
    return found is not None and micros_of(found.max) < micros


def _may_have(file: StoredFile, part: _Part, low: int, high: int) -> bool:
    """By the footer, for a row group that is of this conversation alone."""
    stored = _footer(file).row_group(part.group)
    if (part.start, part.end) != (0, stored.num_rows):
        return True
    found = stored.column(SEQ).statistics
    return found is None or (found.min <= high and found.max >= low)


def _first_at(seqs: Any, seq: int, low: int, high: int) -> int:
    """The place of the first seq that is not below, in [low, high], where seqs ascend."""
    while low < high:
        middle = (low + high) // 2
        if seqs[middle].as_py() < seq:
            low = middle + 1
        else:
            high = middle
    return low


def _rows(table: Any) -> list[Row]:
    """Columns by the names that the file has them by."""
    import pyarrow as pa  # noqa: PLC0415

    columns: list[Sequence[Any]] = []
    names = set(table.column_names)
    for column in COLUMNS:
        if column.name not in names:
            columns.append([column.default] * table.num_rows)
            continue
        values = table.column(column.name)
        columns.append((values.cast(pa.int64()) if column.kind == "time" else values).to_pylist())
    return list(zip(*columns, strict=True))


# -- what is held of the files


class _Held:
    """The values used last. Files never change, so nothing held is ever stale."""

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


_footers, _row_groups = _Held(FOOTERS_HELD), _Held(GROUPS_HELD)


def forget_held() -> None:
    """For tests, and for whoever has to see what is stored."""
    STORE_READS.forget()
    _footers.clear()
    _row_groups.clear()


def _footer(file: StoredFile) -> Any:
    """Raises ArchiveUnavailable."""
    footer = _footers.get(file.id)
    if footer is None:
        import pyarrow as pa  # noqa: PLC0415
        import pyarrow.parquet as pq  # noqa: PLC0415

        require_installed()
        kept = fetch(FOOTER, {"file": file.id})
        with _told_if_damaged():
            if kept:
                footer = pq.read_metadata(pa.BufferReader(kept[0][0]))
            else:
                footer = pq.read_metadata(_opened(file))
        _footers.put(file.id, footer)
    return footer


def footer_of(data: bytes) -> bytes:
    """The end of a Parquet file: its footer, the length of that in 4 bytes, and a mark of 4."""
    length = int.from_bytes(data[-8:-4], "little")
    return data[-8 - length :]


def stored_footer(file: StoredFile) -> bytes:
    """The same, read from the storage. Raises ArchiveUnavailable."""
    with told_if_away():
        end = file_storage().read_range(file.key, file.size - 8, 8)
        length = 8 + int.from_bytes(end[:4], "little")
        return file_storage().read_range(file.key, file.size - length, length)


def _group(file: StoredFile, group: int) -> Any:
    """A row group as a table. Raises ArchiveUnavailable."""
    table = _row_groups.get((file.id, group))
    metrics.ARCHIVE_READS.labels("miss" if table is None else "hit").inc()
    if table is None:
        import pyarrow.parquet as pq  # noqa: PLC0415

        footer = _footer(file)
        with _told_if_damaged():
            source = _opened(file, _extent(footer.row_group(group)))
            parquet = pq.ParquetFile(source, metadata=footer, page_checksum_verification=True)
            table = parquet.read_row_group(group, use_threads=False).combine_chunks()
        _row_groups.put((file.id, group), table)
    return table


def _extent(row_group: Any) -> tuple[int, int]:
    """Where its bytes begin and end: its columns stand one after the other."""
    columns = [row_group.column(place) for place in range(row_group.num_columns)]
    starts = [it.dictionary_page_offset or it.data_page_offset for it in columns]
    ends = [start + it.total_compressed_size for start, it in zip(starts, columns, strict=True)]
    return min(starts), max(ends)


@contextmanager
def _told_if_damaged() -> Iterator[None]:
    """Turns what pyarrow raises of bytes that are not as they were written into
    ArchiveUnavailable, and what the storage raises."""
    import pyarrow as pa  # noqa: PLC0415

    with told_if_away():
        try:
            yield
        except pa.ArrowException as error:
            raise ArchiveUnavailable from error


def _opened(file: StoredFile, extent: tuple[int, int] | None = None) -> Any:
    """The file for pyarrow; the bytes of `extent` are fetched at once."""
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
