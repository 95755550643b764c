"""Measures untrusted pictures and makes their previews.

`measure` reads the head of a picture. `python -m attachments.image_processing SOURCE TYPE FOLDER`
does the rest in a process of its own, with limits on memory, time and output, so that a malicious
picture harms nothing else. It imports no Django.
"""

import json
import os
import resource
import sys
import warnings
from pathlib import Path
from typing import IO, Any, NamedTuple

from PIL import Image, ImageOps, PngImagePlugin

from attachments.image_metadata import frames_in, without_metadata

MAX_PIXELS = 64_000_000
# libwebp keeps two canvases beside the two of Pillow: 16 bytes a pixel where others take four.
MAX_PIXELS_OF = {"image/webp": 24_000_000}
# Of an animation, all frames together: what a browser that shows it has to decode.
MAX_FRAMES = 5_000
MAX_PIXELS_OF_ALL_FRAMES = 2_000_000_000
BOXES = (1280, 320)
ORIENTATION = 0x0112
LARGEST_PLACEHOLDER = 32
# The only formats that are decoded, by content type.
FORMATS = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/gif": ("GIF",),
    "image/webp": ("WEBP",),
}

MEMORY = 1536 * 1024**2
CPU_SECONDS = 60
LARGEST_OUTPUT = 512 * 1024**2
NICENESS = 10  # sending messages has priority

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
PngImagePlugin.MAX_TEXT_MEMORY = 4 * 1024**2


class TooManyPixels(ValueError):
    pass


class Size(NamedTuple):
    """The size as displayed, after the rotation that the camera noted."""

    width: int
    height: int


def measure(file: IO[bytes], content_type: str) -> Size:
    """The size of a picture, from its head. Raises TooManyPixels, or ValueError for no picture."""
    file.seek(0)
    with _open(file, content_type) as image:
        width, height = image.size
        if _orientation(image) >= 5:
            width, height = height, width
        return Size(width, height)


def _open(file: IO[bytes] | Path, content_type: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(file, formats=FORMATS[content_type])
    except Image.DecompressionBombError as error:
        raise TooManyPixels from error
    except Exception as error:
        raise ValueError("it is no picture") from error
    if image.width * image.height > MAX_PIXELS_OF.get(content_type, MAX_PIXELS):
        raise TooManyPixels
    return image


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # noqa: BLE001 (malformed EXIF counts as none)
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


# ---- in a process of its own


def prepare(source: Path, content_type: str, folder: Path) -> dict[str, Any]:
    """Writes `clean` and the previews into the folder; returns size, placeholder and previews.

    Raises TooManyPixels, before anything is decoded, and ValueError for a broken picture.
    """
    data = source.read_bytes()
    image = _open(source, content_type)
    frames = frames_in(data, content_type)
    if frames > MAX_FRAMES or frames * image.width * image.height > MAX_PIXELS_OF_ALL_FRAMES:
        raise TooManyPixels
    orientation = _orientation(image)
    size, profile = image.size, image.info.get("icc_profile")
    if orientation > 1 and frames == 1:
        image = _turned(image)
        size = image.size
        _save_turned(image, content_type, folder / "clean")
    else:
        (folder / "clean").write_bytes(without_metadata(data, content_type))
        image.draft(None, (2 * BOXES[0], 2 * BOXES[0]))  # a JPEG is decoded no larger than needed
    del data
    shown = _plain(image)
    previews = []
    for box in BOXES:
        if box > BOXES[-1] and max(size) <= BOXES[-1]:
            continue  # the small preview has all pixels already
        shown.thumbnail((box, box), Image.Resampling.LANCZOS)
        shown.save(folder / f"{box}.webp", "WEBP", quality=80, icc_profile=profile)
        previews.append([box, *shown.size])
    return {
        "width": size[0],
        "height": size[1],
        "previews": previews[::-1],
        "placeholder": _placeholder(shown),
    }


def _turned(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    turned = ImageOps.exif_transpose(image)
    turned.info = {"icc_profile": profile} if profile else {}
    return turned


def _save_turned(image: Image.Image, content_type: str, target: Path) -> None:
    """Encodes the rotated picture again, at a quality without visible loss."""
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
    if content_type != "image/png":
        options["quality"] = 92
    image.save(target, FORMATS[content_type][0], **options)


def _plain(image: Image.Image) -> Image.Image:
    """The first frame in a colour mode that WebP supports."""
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    image.load()
    return image if image.mode == mode else image.convert(mode)


def _placeholder(image: Image.Image) -> str:
    import blurhash  # noqa: PLC0415 (the server measures only)

    small = image.copy()
    small.thumbnail((LARGEST_PLACEHOLDER, LARGEST_PLACEHOLDER))
    if small.mode == "RGBA":
        white = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(white, small).convert("RGB")
    width, height = small.size
    flat = list(small.tobytes())
    rows = [
        [flat[(y * width + x) * 3 : (y * width + x) * 3 + 3] for x in range(width)]
        for y in range(height)
    ]
    tall = height > width
    hash_: str = blurhash.encode(rows, 3 if tall else 4, 4 if tall else 3)
    return hash_


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_OUTPUT, LARGEST_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(NICENESS)


def main() -> None:
    """Prints the result as JSON and exits with 0, or exits with another code."""
    _bound()
    source, content_type, folder = sys.argv[1:]
    found = prepare(Path(source), content_type, Path(folder))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
