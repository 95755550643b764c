"""The Parquet files: written whole, and read by ranges of rows.

Rows are sorted by (conversation, seq) in row groups of GROUP_ROWS. Of a file only the footer is
held, and the row groups that were read last: a page is one or two row groups, which are two
requests to a bucket.
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

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File

from chatproject.core import metrics
from chatproject.core.storage import file_storage
from messaging.archive.errors import ArchiveNotInstalled, ArchiveUnavailable
from messaging.archive.rows import COLUMNS, CREATED_AT, SEQ, Row, micros_of

GROUP_ROWS = 8_192
FOLDER = "archive"
FOOTERS_HELD = 500
GROUPS_HELD = 16  # some 2 MB each
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


@contextmanager
def told_if_away() -> Iterator[None]:
    """Turns what the storage raises into ArchiveUnavailable."""
    try:
        yield
    except (OSError, BotoCoreError, ClientError) as error:
        raise ArchiveUnavailable from error


def write_file(path: Path, rows: Sequence[Row]) -> None:
    """`rows` are sorted by conversation and seq."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    columns = zip(*rows, strict=True)
    arrays = [_array(column.kind, values) for column, values in zip(COLUMNS, columns, strict=True)]
    table = pa.table(arrays, names=[column.name for column in COLUMNS])
    pq.write_table(
        table,
        path,
        row_group_size=GROUP_ROWS,
        compression="zstd",
        compression_level=3,
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
    """Raises ArchiveUnavailable."""
    with told_if_away(), path.open("rb") as file:
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
    for group in _groups(first_row, row_count):
        table = _group(file, group)
        low = max(first_row - group * GROUP_ROWS, 0)
        high = min(first_row + row_count - group * GROUP_ROWS, table.num_rows)
        rows += _rows(table.slice(low, high - low))
    return rows


def read_seqs(file: StoredFile, first_row: int, row_count: int, low: int, high: int) -> list[Row]:
    """Of those rows, which are of one conversation, the ones with a seq in [low, high]."""
    rows: list[Row] = []
    for group in _groups(first_row, row_count):
        start = max(first_row - group * GROUP_ROWS, 0)
        end = min(first_row + row_count, (group + 1) * GROUP_ROWS) - group * GROUP_ROWS
        if not _may_have(file, group, start, end, low, high):
            continue
        table = _group(file, group)
        seqs = table.column(SEQ)
        first = _first_at(seqs, low, start, end)
        last = _first_at(seqs, high + 1, first, end)
        if first < last:
            rows += _rows(table.slice(first, last - first))
    return rows


def find_rows(
    file: StoredFile, first_row: int, row_count: int, column: str, value: bytes
) -> Iterator[Row]:
    """Of those rows the ones that have the value in the column. Raises ArchiveUnavailable."""
    for group in _groups(first_row, row_count):
        table = _group(file, group)
        start = max(first_row - group * GROUP_ROWS, 0)
        end = min(first_row + row_count, (group + 1) * GROUP_ROWS) - group * GROUP_ROWS
        values = table.column(column).to_pylist()
        for place in range(start, end):
            if values[place] == value:
                yield from _rows(table.slice(place, 1))


def seq_at(file: StoredFile, first_row: int, row_count: int, low: int, micros: int) -> int | None:
    """Of those rows the seq of the first one from the seq `low` on that is not earlier."""
    for group in _groups(first_row, row_count):
        start = max(first_row - group * GROUP_ROWS, 0)
        end = min(first_row + row_count, (group + 1) * GROUP_ROWS) - group * GROUP_ROWS
        if not _may_have(file, group, start, end, low, 2**62) or _ends_before(file, group, micros):
            continue
        table = _group(file, group)
        seqs = table.column(SEQ)
        times = table.column(CREATED_AT).cast("int64")
        place = _first_at(times, micros, _first_at(seqs, low, start, end), end)
        if place < end:
            return int(seqs[place].as_py())
    return None


def _ends_before(file: StoredFile, group: int, micros: int) -> bool:
    """Every row is earlier, whosever it is."""
    found = _footer(file).row_group(group).column(CREATED_AT).statistics
    return found is not None and micros_of(found.max) < micros


def _groups(first_row: int, row_count: int) -> range:
    return range(first_row // GROUP_ROWS, -(-(first_row + row_count) // GROUP_ROWS))


def _may_have(file: StoredFile, group: int, start: int, end: int, low: int, high: int) -> bool:
    """By the footer, for a row group that is of this conversation alone."""
    stored = _footer(file).row_group(group)
    if (start, end) != (0, stored.num_rows):
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
    _footers.clear()
    _row_groups.clear()


def _footer(file: StoredFile) -> Any:
    """Raises ArchiveUnavailable."""
    footer = _footers.get(file.id)
    if footer is None:
        import pyarrow.parquet as pq  # noqa: PLC0415

        require_installed()
        with _opened(file) as source:
            footer = pq.read_metadata(source)
        _footers.put(file.id, footer)
    return footer


def _group(file: StoredFile, group: int) -> Any:
    """A row group as a table. Raises ArchiveUnavailable."""
    table = _row_groups.get((file.id, group))
    metrics.ARCHIVE_READS.labels("miss" if table is None else "hit").inc()
    if table is None:
        import pyarrow.parquet as pq  # noqa: PLC0415

        footer = _footer(file)
        with _opened(file, _extent(footer.row_group(group))) as source:
            parquet = pq.ParquetFile(source, metadata=footer)
            table = parquet.read_row_group(group, use_threads=False)
            table = table.combine_chunks()
        _row_groups.put((file.id, group), table)
    return table


def _extent(row_group: Any) -> tuple[int, int]:
    """Where its bytes begin and end: its columns stand one after the other."""
    columns = [row_group.column(place) for place in range(row_group.num_columns)]
    starts = [it.dictionary_page_offset or it.data_page_offset for it in columns]
    ends = [start + it.total_compressed_size for start, it in zip(starts, columns, strict=True)]
    return min(starts), max(ends)


@contextmanager
def _opened(file: StoredFile, extent: tuple[int, int] | None = None) -> Iterator[Any]:
    """The file for pyarrow; the bytes of `extent` are fetched at once. Raises ArchiveUnavailable,
    also for a file that is no Parquet."""
    import pyarrow as pa  # noqa: PLC0415

    with told_if_away():
        try:
            yield pa.PythonFile(_Ranges(file, extent), mode="r")
        except pa.ArrowException as error:
            raise ArchiveUnavailable from error


class _Ranges(io.RawIOBase):
    """A stored file of which only ranges are fetched."""

    def __init__(self, file: StoredFile, extent: tuple[int, int] | None) -> None:
        self._file = file
        # The footer's length is in the last 8 bytes, and it is seldom longer than this.
        start, end = extent or (max(file.size - (1 << 16), 0), file.size)
        self._start = start
        self._ahead = file_storage().read_range(file.key, start, end - start)
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
            data = file_storage().read_range(self._file.key, self._place, size) if size else b""
        self._place += len(data)
        return data
