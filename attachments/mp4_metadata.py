"""Where a recording was made, which phones write into it, made unreadable in place.

An MP4 keeps such things in the boxes `udta` and `meta` of its `moov`. Renamed to `free` they are
padding that every player skips, and not a byte moves: the tables of samples stay right. What was in
them is overwritten by zeros.
"""

from collections.abc import Iterator
from typing import IO, NamedTuple

_TELLING = {b"udta", b"meta", b"uuid"}
_INSIDE = {b"moov", b"trak"}
_ZEROS = bytes(64 * 1024)


class Box(NamedTuple):
    name: bytes
    start: int
    content: int
    stop: int


def blank_metadata(file: IO[bytes], size: int) -> None:
    """Of an MP4 of `size` bytes, which is written to; a box that makes no sense ends the search."""
    for box in list(_telling(file, 0, size)):
        file.seek(box.start + 4)
        file.write(b"free")
        file.seek(box.content)
        for at in range(box.content, box.stop, len(_ZEROS)):
            file.write(_ZEROS[: box.stop - at])
    file.flush()


def _telling(file: IO[bytes], start: int, stop: int) -> Iterator[Box]:
    for box in _boxes(file, start, stop):
        if box.name in _TELLING:
            yield box
        elif box.name in _INSIDE:
            yield from _telling(file, box.content, box.stop)


def _boxes(file: IO[bytes], at: int, stop: int) -> Iterator[Box]:
    while at + 8 <= stop:
        file.seek(at)
        head = file.read(16)
        size, content = int.from_bytes(head[:4], "big"), at + 8
        if size == 1:  # it stands in the next eight bytes
            size, content = int.from_bytes(head[8:16], "big"), at + 16
        elif size == 0:  # it goes on to the end
            size = stop - at
        if size < content - at or at + size > stop:
            return
        yield Box(head[4:8], at, content, at + size)
        at += size
