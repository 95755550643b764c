"""Writes the Parquet files whole, and reads ranges of their rows.

Rows are sorted by (conversation, seq), in row groups of GROUP_ROWS.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from django.core.files import File

from chatproject.core.storage import file_storage
from messaging.archive.row_groups import StoredFile, read_footer, read_group
from messaging.archive.rows import COLUMNS, CREATED_AT, SEQ, Row, micros_of
from messaging.archive.store_reads import not_written_on_error, unavailable_on_error

GROUP_ROWS = 2_048
FOLDER = "archive"
RANDOM = ("id", "client_id")  # a dictionary of these would be as long as they are


def key_of(file_id: UUID) -> str:
    return f"{FOLDER}/{file_id.hex}.parquet"


def write_file(path: Path, rows: Sequence[Row]) -> None:
    """`rows` are sorted by conversation and seq. Raises ArchiveNotWritten."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    columns = zip(*rows, strict=True)
    arrays = [_array(column.kind, values) for column, values in zip(COLUMNS, columns, strict=True)]
    table = pa.table(arrays, names=[column.name for column in COLUMNS])
    with not_written_on_error():
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
    with not_written_on_error(), path.open("rb") as file:
        file_storage().put(key, File(file))


def remove_file(key: str) -> None:
    """Raises ArchiveUnavailable."""
    with unavailable_on_error():
        file_storage().remove([key])


def hash_stored(file: StoredFile) -> str:
    """SHA-256 of the stored bytes; raises ArchiveUnavailable."""
    found = hashlib.sha256()
    for start in range(0, file.size, 1 << 23):
        with unavailable_on_error():
            found.update(file_storage().read_range(file.key, start, 1 << 23))
    return found.hexdigest()


def read_rows(file: StoredFile, first_row: int, row_count: int) -> list[Row]:
    """So many rows from one on. Raises ArchiveUnavailable."""
    rows: list[Row] = []
    for part in _parts(file, first_row, row_count):
        rows += _rows(read_group(file, part.group).slice(part.start, part.end - part.start))
    return rows


def read_seqs(file: StoredFile, first_row: int, row_count: int, low: int, high: int) -> list[Row]:
    """Of those rows, which are of one conversation, the ones with a seq in [low, high]."""
    rows: list[Row] = []
    for part in _parts(file, first_row, row_count):
        if not _may_have(file, part, low, high):
            continue
        table = read_group(file, part.group)
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
        table = read_group(file, part.group)
        values = table.column(column).to_pylist()
        for place in range(part.start, part.end):
            if values[place] == value:
                yield from _rows(table.slice(place, 1))


def seq_at(file: StoredFile, first_row: int, row_count: int, low: int, micros: int) -> int | None:
    """Of those rows the seq of the first one from the seq `low` on that is not earlier."""
    for part in _parts(file, first_row, row_count):
        if not _may_have(file, part, low, 2**62) or _ends_before(file, part.group, micros):
            continue
        table = read_group(file, part.group)
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
    size = read_footer(file).row_group(0).num_rows
    for group in range(first_row // size, -(-(first_row + row_count) // size)):
        before = group * size
        end = min(first_row + row_count, before + size)
        yield _Part(group, max(first_row - before, 0), end - before)


def _ends_before(file: StoredFile, group: int, micros: int) -> bool:
    """Every row is earlier, whosever it is."""
    found = read_footer(file).row_group(group).column(CREATED_AT).statistics
    return found is not None and micros_of(found.max) < micros


def _may_have(file: StoredFile, part: _Part, low: int, high: int) -> bool:
    """By the footer, for a row group that is of this conversation alone."""
    stored = read_footer(file).row_group(part.group)
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
