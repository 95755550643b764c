"""Inputs that a fuzzer has found, by target, each with what went wrong once."""

import io
import zipfile


def zip_of(name: str) -> bytes:
    """A zip whose one entry has this name, which zipfile would not write by itself."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        archive.writestr(entry, b"[]")
    return file.getvalue()


REGRESSIONS: dict[str, tuple[bytes, ...]] = {
    # A name that begins with NUL is read as an empty one, at which `ZipInfo.is_dir` raises.
    "export_zip": (zip_of("\0x"),),
    # Controls went into the address of a picture.
    "page": (b'<meta property="og:image" content="/a\0b.png">',),
}
