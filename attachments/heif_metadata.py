"""Blanks the metadata of HEIC and AVIF pictures in place.

Such a file is a list of items; those of the types `Exif` and `mime` (XMP) hold location, time and
camera (ISO/IEC 23008-12, annex A). `iinf` names the items, `iloc` says where their bytes are. These
bytes are overwritten, no byte moves, and the picture stays the same.
"""

import io
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import IO

from attachments.mp4_metadata import Box, TooManyBoxes, boxes_of, overwrite

# A tiled picture has some hundred items, and `meta` holds only their names and offsets.
MAX_META = 4 * 1024 * 1024  # bytes
MAX_ITEMS = 10_000
MAX_EXTENTS = 20_000

_EXIF = b"Exif"
_METADATA_TYPES = {_EXIF, b"mime", b"uri "}
# Some decoders refuse a picture with malformed Exif, so it becomes an empty list of entries. The
# first four bytes are the offset of the TIFF header, as the format demands.
_NO_EXIF = b"\0\0\0\0" + b"MM\0*\0\0\0\x08" + b"\0\0" + b"\0\0\0\0"


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a part of an item is: `method` 0 counts from the file's start, 1 within `idat`."""

    method: int
    offset: int
    length: int


class _Reader:
    """Big-endian numbers of a box, one after the other. Raises ValueError past its end."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def take(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise ValueError("a box is cut off")
        return data

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")


def blank_metadata(file: IO[bytes], size: int) -> None:
    """Writes to a picture of `size` bytes.

    Raises ValueError for one that is not formed as the format asks, TooManyBoxes among them, before
    anything is written.
    """
    meta = next((box for box in boxes_of(file, 0, size) if box.name == b"meta"), None)
    if meta is None:
        raise ValueError("there is no list of items")
    if meta.stop - meta.content > MAX_META:
        raise TooManyBoxes
    parts = {box.name: box for box in boxes_of(file, meta.content + 4, meta.stop)}
    metadata_items = _metadata_items(_content(file, parts.get(b"iinf")))
    spans: list[tuple[int, int, bytes]] = []
    room = size  # extents do not overlap, so together they are no longer than the file
    for number, extent in _extents(_content(file, parts.get(b"iloc")), metadata_items):
        start = extent.offset
        if extent.method == 1:
            start += _required(parts.get(b"idat")).content
        room -= extent.length
        if start + extent.length > size or room < 0:
            raise ValueError("an item lies outside of the file")
        is_exif = metadata_items[number] == _EXIF and extent.length >= len(_NO_EXIF)
        spans.append((start, start + extent.length, _NO_EXIF if is_exif else b""))
    for start, stop, beginning in spans:
        overwrite(file, start, stop)
        file.seek(start)
        file.write(beginning)
    file.flush()


def _required(box: Box | None) -> Box:
    if box is None:
        raise ValueError("a box is missing")
    return box


def _content(file: IO[bytes], box: Box | None) -> _Reader:
    box = _required(box)
    file.seek(box.content)
    return _Reader(file.read(box.stop - box.content))


def _metadata_items(iinf: _Reader) -> dict[int, bytes]:
    """The types of the items that hold metadata, by item number."""
    version = iinf.number(1)
    iinf.take(3)
    count = iinf.number(2 if version == 0 else 4)
    if count > MAX_ITEMS:
        raise TooManyBoxes
    metadata_items = {}
    for _ in range(count):
        size = iinf.number(4)
        if size < 8:
            raise ValueError("an item's entry makes no sense")
        entry = _Reader(iinf.take(size - 4))
        entry.take(4)  # `infe`
        entry_version = entry.number(1)
        entry.take(3)
        if entry_version < 2:  # before HEIF; it has no type
            continue
        number = entry.number(2 if entry_version == 2 else 4)
        entry.take(2)
        item_type = entry.take(4)
        if item_type in _METADATA_TYPES:
            metadata_items[number] = item_type
    return metadata_items


def _extents(iloc: _Reader, wanted: Container[int]) -> Iterator[tuple[int, Extent]]:
    version = iloc.number(1)
    iloc.take(3)
    sizes = iloc.number(2)
    of_offset, of_length, of_base = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
    of_index = sizes & 15 if version else 0
    count = iloc.number(2 if version < 2 else 4)
    if count > MAX_ITEMS:
        raise TooManyBoxes
    extents = 0
    for _ in range(count):
        number = iloc.number(2 if version < 2 else 4)
        method = iloc.number(2) & 15 if version else 0
        iloc.take(2)
        base = iloc.number(of_base)
        parts = iloc.number(2)
        extents += parts
        if extents > MAX_EXTENTS:
            raise TooManyBoxes
        for _ in range(parts):
            iloc.take(of_index)
            offset, length = iloc.number(of_offset), iloc.number(of_length)
            if number in wanted:
                yield number, Extent(method, base + offset, length)
