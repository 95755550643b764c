"""Blanks the metadata of MP4 recordings in place, the location above all.

An MP4 stores metadata in the boxes `udta` and `meta` of its `moov`. Renamed to `free` they are
padding that every player skips, and no byte moves, so the sample tables stay valid. Their content
is overwritten with zeros.
"""

from collections.abc import Iterator
from typing import IO, NamedTuple

_METADATA_BOXES = {b"udta", b"meta", b"uuid"}
_CONTAINER_BOXES = {b"moov", b"trak"}
_ZEROS = bytes(64 * 1024)


class Box(NamedTuple):
    name: bytes
    start: int
    content: int
    stop: int


def blank_metadata(file: IO[bytes], size: int) -> None:
    """Blanks the metadata of an MP4 of `size` bytes; stops at the first malformed box."""
    for box in list(_boxes_with_metadata(file, 0, size)):
        file.seek(box.start + 4)
        file.write(b"free")
        file.seek(box.content)
        for at in range(box.content, box.stop, len(_ZEROS)):
            file.write(_ZEROS[: box.stop - at])
    file.flush()


def _boxes_with_metadata(file: IO[bytes], start: int, stop: int) -> Iterator[Box]:
    for box in _boxes(file, start, stop):
        if box.name in _METADATA_BOXES:
            yield box
        elif box.name in _CONTAINER_BOXES:
            yield from _boxes_with_metadata(file, box.content, box.stop)


def _boxes(file: IO[bytes], at: int, stop: int) -> Iterator[Box]:
    while at + 8 <= stop:
        file.seek(at)
        head = file.read(16)
        size, content = int.from_bytes(head[:4], "big"), at + 8
        if size == 1:  # a 64-bit size follows
            size, content = int.from_bytes(head[8:16], "big"), at + 16
        elif size == 0:  # the box extends to the end
            size = stop - at
        if size < content - at or at + size > stop:
            return
        yield Box(head[4:8], at, content, at + size)
        at += size
