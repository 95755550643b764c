"""Removes metadata from pictures: location, names, camera, comments.

Nothing is re-encoded, so the picture loses no quality. Data after the picture's end, where another
kind of file could hide, is dropped too. Colour profiles and what an animation needs stay. Each
function raises ValueError for a malformed file.
"""

import re
from collections.abc import Iterator

# A scan ends at 0xFF and a byte that is neither a stuffed zero, a restart marker nor fill.
_JPEG_MARKER = re.compile(rb"\xff(?=[^\x00\xd0-\xd7\xff])")
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}
_PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT"),
    *(b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT"),
}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"}
_WEBP_METADATA_FLAGS = 0x0C
_GIF_KEPT_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def without_metadata(data: bytes, content_type: str) -> bytes:
    return b"".join(_PARTS[content_type](data))


def frames_in(data: bytes, content_type: str) -> int:
    """How many frames the container lists, without decoding one; 1 for a still picture."""
    counter = _FRAMES.get(content_type)
    return max(1, counter(data)) if counter else 1


def _png_frames(data: bytes) -> int:
    return sum(part[4:8] == b"fcTL" for part in _png(data))


def _webp_frames(data: bytes) -> int:
    stop = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    return sum(part[:4] == b"ANMF" for part in _webp_chunks(data, stop))


def _gif_frames(data: bytes) -> int:
    """Of the parts that `_gif` yields those are frames that begin with an image separator."""
    parts = _gif(data)
    next(parts)
    return sum(part[:1] == b"," for part in parts)


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield b"\xff\xd8"
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if len(data) < at + 4 or data[at] != 0xFF:
            yield b"\xff\xd9"  # cut off after the last scan, which decoders allow
            return
        marker = data[at + 1]
        if marker == 0xD9:
            yield b"\xff\xd9"
            return
        end = at + 2
        if marker not in _JPEG_ALONE:
            end += int.from_bytes(data[end : end + 2], "big")
        if marker == 0xDA:
            found = _JPEG_MARKER.search(data, end)
            end = found.start() if found else len(data)
        if _keeps_segment(marker, data[at + 4 : at + 16]):
            yield data[at:end]
        at = end


def _keeps_segment(marker: int, begins: bytes) -> bool:
    """Keeps everything but comments and the application segments that decoding does not need."""
    if marker == 0xE0:
        return begins.startswith(b"JFIF\0")
    if marker == 0xE2:
        return begins.startswith(b"ICC_PROFILE\0")
    if marker == 0xEE:
        return begins.startswith(b"Adobe")
    return marker != 0xFE and not 0xE0 <= marker <= 0xEF


def _png(data: bytes) -> Iterator[bytes]:
    yield data[:8]
    at, name = 8, b""
    while name != b"IEND":
        name = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if len(name) < 4 or end > len(data):
            raise ValueError("a chunk is cut off")
        if name in _PNG_KEPT:
            yield data[at:end]
        at = end


def _webp(data: bytes) -> Iterator[bytes]:
    stop = 8 + int.from_bytes(data[4:8], "little")
    if stop > len(data):
        raise ValueError("it is cut off")
    body = b"".join(_webp_chunks(data, stop))
    yield b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def _webp_chunks(data: bytes, stop: int) -> Iterator[bytes]:
    at = 12
    while at + 8 <= stop:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if end > stop + 1:
            raise ValueError("a chunk is cut off")
        chunk = data[at:end]
        if chunk[:4] == b"VP8X":
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_METADATA_FLAGS]) + chunk[9:]
        if chunk[:4] in _WEBP_KEPT:
            yield chunk
        at = end


def _gif(data: bytes) -> Iterator[bytes]:
    at = 13 + _colours(data[10])
    yield data[:at]
    while at < len(data) and data[at] != 0x3B:
        if data[at] == 0x21:
            end = _after_blocks(data, at + 2)
            if _keeps_extension(data[at + 1], data[at + 3 : at + 14]):
                yield data[at:end]
        elif data[at] == 0x2C:
            end = _after_blocks(data, at + 11 + _colours(data[at + 9]))
            yield data[at:end]
        else:
            raise ValueError("there is no such block")
        at = end
    yield b"\x3b"


def _keeps_extension(label: int, application: bytes) -> bool:
    return label == 0xF9 or (label == 0xFF and application in _GIF_KEPT_APPLICATIONS)


def _colours(flags: int) -> int:
    """The size of the colour table that the flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


_PARTS = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp, "image/gif": _gif}
_FRAMES = {"image/png": _png_frames, "image/webp": _webp_frames, "image/gif": _gif_frames}
