"""Blanks the metadata of recordings in place, the location above all.

MP4, 3GP and QuickTime store metadata in the boxes `udta`, `meta` and `uuid` of their `moov`
(ISO/IEC 14496-12). Renamed to `free` they are padding that every player skips, and no byte moves,
so the sample tables stay valid. Their content is overwritten with zeros.
"""

from collections.abc import Iterator
from typing import IO, NamedTuple

# A recording of several hours in fragments of a second has some 10,000. Each costs a read.
MAX_BOXES = 20_000
# Players look for metadata in `moov` and `trak`, and no deeper.
MAX_DEPTH = 4

_METADATA_BOXES = {b"udta", b"meta", b"uuid"}
_CONTAINER_BOXES = {b"moov", b"trak"}
_ZEROS = bytes(64 * 1024)


class TooManyBoxes(ValueError):
    """The file has more boxes, or deeper ones, than any recording."""


class Box(NamedTuple):
    """Offsets in bytes: of the head, of the content, and of what follows the box."""

    name: bytes
    start: int
    content: int
    stop: int


def blank_metadata(file: IO[bytes], size: int) -> None:
    """Blanks the metadata of a recording of `size` bytes; stops at the first malformed box.

    Raises TooManyBoxes, before anything is written.
    """
    for box in _boxes_with_metadata(file, size):
        file.seek(box.start + 4)
        file.write(b"free")
        overwrite(file, box.content, box.stop)
    file.flush()


def overwrite(file: IO[bytes], start: int, stop: int) -> None:
    """Writes zeros from `start` to before `stop`."""
    file.seek(start)
    for at in range(start, stop, len(_ZEROS)):
        file.write(_ZEROS[: stop - at])


def boxes_of(file: IO[bytes], at: int, stop: int) -> Iterator[Box]:
    """The boxes between two offsets, up to the first malformed one."""
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


def _boxes_with_metadata(file: IO[bytes], size: int) -> list[Box]:
    found: list[Box] = []
    waiting = [(0, size, 1)]  # offsets, and how deep they are
    seen = 0
    while waiting:
        start, stop, depth = waiting.pop()
        for box in boxes_of(file, start, stop):
            seen += 1
            if seen > MAX_BOXES:
                raise TooManyBoxes
            if box.name in _METADATA_BOXES:
                found.append(box)
            elif box.name in _CONTAINER_BOXES:
                if depth == MAX_DEPTH:
                    raise TooManyBoxes
                waiting.append((box.content, box.stop, depth + 1))
    return found
