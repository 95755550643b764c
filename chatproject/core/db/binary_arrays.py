"""Encodes columns of values as binary PostgreSQL arrays, which it reads without parsing."""

from collections.abc import Collection, Iterable, Sequence
from struct import Struct
from uuid import UUID

_HEAD = Struct(">iiIii")  # dimensions, whether there are nulls, type, length, first index
_EMPTY = Struct(">iiI")

# Types by their numbers in pg_type.
_BOOL, _BYTEA, _BIGINT, _INT, _TEXT, _TIMESTAMPTZ, _UUID = 16, 17, 20, 23, 25, 1184, 2950

_NULL = b"\xff\xff\xff\xff"  # in place of a value's length
_EPOCH = 946_684_800_000_000  # 2000-01-01, where PostgreSQL's times begin, in µs since 1970


def uuids(values: Iterable[UUID]) -> bytes:
    return _of_one_size(_UUID, [value.bytes for value in values])


def optional_uuids(values: Iterable[UUID | None]) -> bytes:
    return _optional(_UUID, [None if value is None else value.bytes for value in values])


def digests(values: Collection[bytes]) -> bytes:
    """For `bytea[]`, of values that are all of one length."""
    return _of_one_size(_BYTEA, values)


def bools(values: Iterable[bool]) -> bytes:
    return _of_one_size(_BOOL, [b"\1" if value else b"\0" for value in values])


def ints(values: Iterable[int]) -> bytes:
    """For `int[]`."""
    return _of_one_size(_INT, [value.to_bytes(4, "big", signed=True) for value in values])


def bigints(values: Iterable[int]) -> bytes:
    return _of_one_size(_BIGINT, [value.to_bytes(8, "big", signed=True) for value in values])


def optional_bigints(values: Iterable[int | None]) -> bytes:
    return _optional(
        _BIGINT,
        [None if value is None else value.to_bytes(8, "big", signed=True) for value in values],
    )


def timestamps(microseconds: Iterable[int]) -> bytes:
    """For `timestamptz[]`, of microseconds since 1970."""
    items = [(value - _EPOCH).to_bytes(8, "big", signed=True) for value in microseconds]
    return _of_one_size(_TIMESTAMPTZ, items)


def optional_timestamps(microseconds: Iterable[int | None]) -> bytes:
    return _optional(
        _TIMESTAMPTZ,
        [
            None if value is None else (value - _EPOCH).to_bytes(8, "big", signed=True)
            for value in microseconds
        ],
    )


def bigint(value: int) -> bytes:
    """One value, for `bigint`."""
    return value.to_bytes(8, "big", signed=True)


def timestamp(microseconds: int) -> bytes:
    """One value, for `timestamptz`, of microseconds since 1970."""
    return bigint(microseconds - _EPOCH)


def texts(values: Iterable[str]) -> bytes:
    encoded = [value.encode() for value in values]
    parts = [part for text in encoded for part in (len(text).to_bytes(4, "big"), text)]
    return _head(_TEXT, len(encoded)) + b"".join(parts)


def _of_one_size(kind: int, items: Collection[bytes]) -> bytes:
    size = len(next(iter(items), b"")).to_bytes(4, "big")
    return _head(kind, len(items)) + b"".join([size + item for item in items])


def _optional(kind: int, items: Sequence[bytes | None]) -> bytes:
    parts = [_NULL if item is None else len(item).to_bytes(4, "big") + item for item in items]
    return _head(kind, len(items), has_nulls=None in items) + b"".join(parts)


def _head(kind: int, length: int, *, has_nulls: bool = False) -> bytes:
    return _HEAD.pack(1, has_nulls, kind, length, 1) if length else _EMPTY.pack(0, 0, kind)
