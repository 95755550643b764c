"""The files of an export of another system: one file, a folder, or a zip of it."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from messaging.imports.slack.archive import (
    DAMAGE,
    MAX_FILE_SIZE,
    ExportRefused,
    Unreadable,
    checked_members,
    open_zip,
)

MAX_LINE = 16 * 2**20


class Source:
    """Opens an export; raises ExportRefused when it cannot be read or is dangerous."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._files: dict[str, Path] = {}
        if path.is_dir():
            self._files = {
                each.relative_to(path).as_posix(): each
                for each in sorted(path.rglob("*"))
                if each.is_file() and not each.is_symlink()
            }
        elif zipfile.is_zipfile(path):
            self._zip = open_zip(path)
            self._members = checked_members(self._zip)
        elif path.is_file():
            self._files = {path.name: path}
        else:
            raise ExportRefused(f"{path} cannot be read (no such file).")

    @property
    def names(self) -> list[str]:
        return [*self._files, *self._members]

    def named(self, *endings: str) -> list[str]:
        """The files whose names end so, in order."""
        return sorted(name for name in self.names if name.lower().endswith(endings))

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Raises Unreadable, also while it is read."""
        try:
            if self._zip is not None:
                with self._zip.open(self._members[name]) as file:
                    yield file
            else:
                with self._files[name].open("rb") as file:
                    yield file
        except DAMAGE as error:
            raise Unreadable(f"damaged or not to be read ({error})") from error

    def read_json(self, name: str) -> dict[str, Any]:
        """The JSON object in a file; raises Unreadable."""
        with self.open(name) as file:
            data = file.read(MAX_FILE_SIZE + 1)
        if len(data) > MAX_FILE_SIZE:
            raise Unreadable(f"larger than {MAX_FILE_SIZE:,} bytes")
        return parse_json(data)

    def read_lines(self, name: str) -> Iterator[tuple[str, bytes]]:
        """Each line with its position; raises Unreadable."""
        with self.open(name) as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise Unreadable(f"line {number} is longer than {MAX_LINE:,} bytes")
                yield f"{name}:{number}", line

    def read_text(self, name: str) -> Iterator[tuple[str, str]]:
        """Each line of a text in UTF-8 with its position, without its end; raises Unreadable."""
        try:
            with self.open(name) as file:
                text = io.TextIOWrapper(file, encoding="utf-8-sig", newline=None)
                for number, line in enumerate(text, 1):
                    yield f"{name}:{number}", line.rstrip("\n")
        except UnicodeDecodeError as error:
            raise Unreadable(f"not UTF-8 ({error.reason})") from error


def parse_json(data: bytes) -> dict[str, Any]:
    """Raises Unreadable for what is no JSON object."""
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 ({error.reason})") from error
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    except ValueError as error:
        raise Unreadable(f"not JSON ({error})") from error
    if not isinstance(value, dict):
        raise Unreadable("no object")
    return value
