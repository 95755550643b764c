"""Encodes columns of values as binary PostgreSQL arrays, which it reads without parsing."""

from collections.abc import Collection, Iterable
from struct import Struct
from uuid import UUID

_HEAD = Struct(">iiIii")  # dimensions, whether there are nulls, type, length, first index
_EMPTY = Struct(">iiI")

# Types by their numbers in pg_type.
_BOOL, _BYTEA, _INT, _TEXT, _UUID = 16, 17, 23, 25, 2950


def uuids(values: Iterable[UUID]) -> bytes:
    return _of_one_size(_UUID, [value.bytes for value in values])


def digests(values: Collection[bytes]) -> bytes:
    """For `bytea[]`, of values that are all of one length."""
    return _of_one_size(_BYTEA, values)


def bools(values: Iterable[bool]) -> bytes:
    return _of_one_size(_BOOL, [b"\1" if value else b"\0" for value in values])


def ints(values: Iterable[int]) -> bytes:
    """For `int[]`."""
    return _of_one_size(_INT, [value.to_bytes(4, "big", signed=True) for value in values])


def texts(values: Iterable[str]) -> bytes:
    encoded = [value.encode() for value in values]
    parts = [part for text in encoded for part in (len(text).to_bytes(4, "big"), text)]
    return _head(_TEXT, len(encoded)) + b"".join(parts)


def _of_one_size(kind: int, items: Collection[bytes]) -> bytes:
    size = len(next(iter(items), b"")).to_bytes(4, "big")
    return _head(kind, len(items)) + b"".join([size + item for item in items])


def _head(kind: int, length: int) -> bytes:
    return _HEAD.pack(1, 0, kind, length, 1) if length else _EMPTY.pack(0, 0, kind)
