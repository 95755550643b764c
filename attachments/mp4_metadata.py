"""Makes unreadable, in place, where a recording was made, which phones write into it.

MP4, 3GP and QuickTime keep such things in the boxes `udta`, `meta` and `uuid` of their `moov`
(ISO/IEC 14496-12). Renamed to `free` they are padding that every player skips, and not a byte
moves: the tables of samples stay right. What was in them is overwritten by zeros.
"""

from collections.abc import Iterator
from typing import IO, NamedTuple

# A recording of hours in fragments of a second has some 10,000; each costs a read of the file.
MAX_BOXES = 20_000
# Players read moov/trak and no deeper for what is blanked here.
MAX_DEPTH = 4

_TELLING = {b"udta", b"meta", b"uuid"}
_PARENTS = {b"moov", b"trak"}
_ZEROS = bytes(64 * 1024)


class TooManyBoxes(ValueError):
    """More boxes, or deeper ones, than any recording has."""


class Box(NamedTuple):
    """Offsets in bytes: of the head, of the content, and of what follows the box."""

    name: bytes
    start: int
    content: int
    stop: int


def blank_metadata(file: IO[bytes], size: int) -> None:
    """Writes to a recording of `size` bytes; a box that makes no sense ends the search.

    Raises TooManyBoxes, before anything is written.
    """
    for box in _telling_boxes(file, size):
        file.seek(box.start + 4)
        file.write(b"free")
        overwrite(file, box.content, box.stop)
    file.flush()


def overwrite(file: IO[bytes], start: int, stop: int) -> None:
    """Zeros from `start` to before `stop`, a piece at a time."""
    file.seek(start)
    for at in range(start, stop, len(_ZEROS)):
        file.write(_ZEROS[: stop - at])


def boxes_of(file: IO[bytes], at: int, stop: int) -> Iterator[Box]:
    """The boxes between two offsets, up to the first that makes no sense."""
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


def _telling_boxes(file: IO[bytes], size: int) -> list[Box]:
    found: list[Box] = []
    waiting = [(0, size, 1)]  # offsets, and how deep they are
    seen = 0
    while waiting:
        start, stop, depth = waiting.pop()
        for box in boxes_of(file, start, stop):
            seen += 1
            if seen > MAX_BOXES:
                raise TooManyBoxes
            if box.name in _TELLING:
                found.append(box)
            elif box.name in _PARENTS:
                if depth == MAX_DEPTH:
                    raise TooManyBoxes
                waiting.append((box.content, box.stop, depth + 1))
    return found
