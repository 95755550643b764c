"""The zip file that an export becomes: there when it is whole, and not before."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from attachments.models import Attachment
from chatproject.core.files import new_file
from chatproject.core.storage import file_storage

PIECE = 1024 * 1024
NEVER = (1980, 1, 1, 0, 0, 0)  # the first time that a zip file can tell


class Archive:
    """Entries are written one after the other, piece by piece."""

    def __init__(self, file: ZipFile, scratch: Path) -> None:
        self._file = file
        self.scratch = scratch

    @contextmanager
    def entry(self, name: str) -> Iterator[IO[bytes]]:
        info = ZipInfo(name, NEVER)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        with self._file.open(info, "w", force_zip64=True) as entry:
            yield entry

    def add_folder(self, name: str) -> None:
        info = ZipInfo(f"{name}/", NEVER)
        info.external_attr = (0o40700 << 16) | 0x10  # a folder, as POSIX and as MS-DOS tell it
        self._file.writestr(info, b"")

    def add_attachment(self, name: str, attachment: Attachment) -> bool:
        return self.add_object(name, attachment.shown_key)

    def add_object(self, name: str, key: str) -> bool:
        """False when the store does not have it (any more)."""
        with NamedTemporaryFile(dir=self.scratch) as copy:
            try:
                file_storage().fetch(key, Path(copy.name))
            except FileNotFoundError:
                return False
            info = ZipInfo(name, NEVER)
            info.compress_type = ZIP_STORED  # mostly pictures and archives
            info.external_attr = 0o600 << 16
            with (
                Path(copy.name).open("rb") as source,
                self._file.open(info, "w", force_zip64=True) as entry,
            ):
                shutil.copyfileobj(source, entry, PIECE)
        return True


@contextmanager
def new_archive(path: Path) -> Iterator[Archive]:
    """As `new_file`."""
    with new_file(path) as partial, ZipFile(partial, "w", allowZip64=True) as file:
        yield Archive(file, path.parent)
