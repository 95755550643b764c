"""Files to upload, good and bad, made here."""

import io
import struct
import wave
import zipfile
import zlib
from typing import Any

from PIL import Image

GPS = 0x8825
ORIENTATION = 0x0112
MAKE = 0x010F


def picture(
    kind: str = "JPEG", size: tuple[int, int] = (640, 400), *, mode: str = "RGB", **options: Any
) -> bytes:
    """Its left half is red and its right half blue, so that one sees how it is turned."""
    image = Image.new(mode, size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def telling(orientation: int = 1) -> Image.Exif:
    """What a camera writes: the place, the make, and how it was held."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKE] = "Telltale"
    exif.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return exif


def animation(kind: str, frames: int = 3) -> bytes:
    images = [Image.new("RGB", (60, 40), (80 * n, 0, 255 - 80 * n)) for n in range(frames)]
    file = io.BytesIO()
    images[0].save(file, kind, save_all=True, append_images=images[1:], duration=80, loop=0)
    return file.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of_size(width: int, height: int) -> bytes:
    """A few bytes that claim to be so large, and hold nothing but white."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compressobj(9)
    line = b"\0" + b"\xff" * ((width + 7) // 8)
    data = b"".join(rows.compress(line) for _ in range(min(height, 2000))) + rows.flush()
    parts = chunk(b"IHDR", header), chunk(b"IDAT", data), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def form(file_name: str, body: str = "x") -> bytes:
    """A form with one file, sent as it is; its boundary is `b`."""
    head = f'Content-Disposition: form-data; name="file"; filename="{file_name}"'
    return f"--b\r\n{head}\r\n\r\n{body}\r\n--b--\r\n".encode()


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(4):
            archive.writestr(f"{n}.bin", bytes(8_000_000))
    return file.getvalue()


def webm(codec: bytes) -> bytes:
    return b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(40) + codec + bytes(200)


def wav(values: list[int]) -> bytes:
    """16-bit samples of one channel."""
    file = io.BytesIO()
    with wave.open(file, "wb") as target:
        target.setnchannels(1)
        target.setsampwidth(2)
        target.setframerate(8000)
        target.writeframes(struct.pack(f"<{len(values)}h", *values))
    return file.getvalue()


def box(name: bytes, *parts: bytes) -> bytes:
    """Of an MP4."""
    content = b"".join(parts)
    return struct.pack(">I", len(content) + 8) + name + content


def mp4(place: bytes = b"") -> bytes:
    """A head without a picture, and what a phone writes about the place."""
    told = box(b"udta", box(b"\xa9xyz", place)), box(b"meta", place)
    track = box(b"trak", box(b"tkhd", bytes(84)), *told[:1])
    moov = box(b"moov", box(b"mvhd", bytes(100)), track, *told)
    return box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41") + moov + box(b"mdat", b"frames" * 9)


SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
)
HTML = b"<!doctype html><html><body><script>alert(document.cookie)</script></body></html>"
