"""Checks the zip file of an export, and reads its JSON files one at a time."""

import json
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

# Slack writes a file per day and channel; 256 MiB is a hundred times a busy channel's day.
MAX_FILE_SIZE = 256 * 2**20
# Real exports compress twentyfold; a file that compresses more than this is a zip bomb.
MAX_RATIO = 200
RATIO_FROM_SIZE = 16 * 2**20
# All files together: JSON is read at some 50 MB a second, so a small file must not cost minutes.
MAX_TOTAL_RATIO = 40
TOTAL_RATIO_FROM_SIZE = 64 * 2**20

# Where tools that fetch the files of an export put them, as ours does.
UPLOADS = "__uploads/"
# What zipfile raises of a damaged file; the last for compression that it does not know.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError)

_ENCRYPTED = 0x1
_UTF8 = 0x800
_TRICK = re.compile(r"^/|^[A-Za-z]:|\\|(?:^|/)\.\.(?:/|$)|[\x00-\x1f]")


class ExportRefused(Exception):
    """The whole import is refused before anything is written; the text is for the operator."""


class Unreadable(Exception):
    """One file of the export cannot be used; the text says why."""


class ExportFiles(Protocol):
    """What is read of an export: its index files, and a list of messages for each day."""

    @property
    def names(self) -> list[str]: ...

    @property
    def strangers(self) -> Sequence[str]:
        """Files that do not belong to it."""

    def __contains__(self, name: str) -> bool: ...

    def read_list(self, name: str) -> list[Any]:
        """The JSON list in a file; raises Unreadable."""

    def place(self, name: str, number: int, entry: Any) -> str:
        """The position of an entry of a list, for the report."""

    def has_file(self, path: str) -> bool:
        """Whether the file of a message is in the export."""

    def open_file(self, path: str) -> AbstractContextManager[IO[bytes]]:
        """Raises Unreadable, also while it is read."""


class Archive:
    """An opened export; raises ExportRefused when the zip is no export or dangerous."""

    def __init__(self, path: Path) -> None:
        self._zip = open_zip(path)
        members = checked_members(self._zip)
        prefix = _prefix(list(members))
        # Accepts a folder around the whole export, as file managers make it.
        self._members = {
            name.removeprefix(prefix): info
            for name, info in members.items()
            if name.startswith(prefix)
        }
        self.strangers: Sequence[str] = [name for name in members if not name.startswith(prefix)]

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def place(self, name: str, number: int, entry: Any) -> str:
        """The position of an entry of a list, for the report."""
        return f"{name}[{number}]"

    def read_list(self, name: str) -> list[Any]:
        """The JSON list in a file; raises Unreadable."""
        try:
            value = json.loads(self._read(name).decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise Unreadable(f"not UTF-8 ({error.reason})") from error
        except RecursionError as error:
            raise Unreadable("nested too deeply") from error
        except ValueError as error:
            raise Unreadable(f"not JSON ({error})") from error
        if not isinstance(value, list):
            raise Unreadable("not a list")
        return value

    def has_file(self, path: str) -> bool:
        return path.startswith(UPLOADS) and path in self._members

    @contextmanager
    def open_file(self, path: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(self._members[path]) as file:
                yield file
        except DAMAGE as error:
            raise Unreadable(f"damaged in the zip file ({error})") from error

    def _read(self, name: str) -> bytes:
        try:
            with self._zip.open(self._members[name]) as file:
                return file.read(MAX_FILE_SIZE)
        except DAMAGE as error:
            raise Unreadable(f"damaged in the zip file ({error})") from error


def open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except OSError as error:
        raise ExportRefused(f"{path} cannot be read ({error.strerror or error}).") from error
    except (*DAMAGE, ValueError) as error:
        raise ExportRefused(f"{path} is not a zip file that can be read ({error}).") from error


def checked_members(zip_file: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The files by their names; raises ExportRefused for a dangerous zip."""
    # Not `is_dir`, which raises for an empty name.
    infos = [info for info in zip_file.infolist() if not info.filename.endswith("/")]
    for info in infos:
        _check_member(info)
    _check_total(infos)
    return _by_name(infos)


def _by_name(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The entries by their names in NFC: macOS writes NFD, and Slack's JSON holds NFC."""
    names = [unicodedata.normalize("NFC", _name(info)) for info in infos]
    for name, count in Counter(names).items():
        if count > 1:
            raise ExportRefused(f"The zip file holds {name!r} twice.")
        if not name or _TRICK.search(name):
            raise ExportRefused(f"No export holds a file named {name!r}.")
    return dict(zip(names, infos, strict=True))


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant. Real exports hold UTF-8 and do not set the flag that says so; then
    zipfile reads it as code page 437."""
    if info.flag_bits & _UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode()
    except UnicodeError:
        return info.filename


def _check_member(info: zipfile.ZipInfo) -> None:
    # `orig_filename` is the name before zipfile cuts it at a NUL or turns separators round.
    if _TRICK.search(info.filename) or _TRICK.search(info.orig_filename):
        raise ExportRefused(f"No export holds a file named {info.orig_filename!r}.")
    if info.flag_bits & _ENCRYPTED:
        raise ExportRefused("The zip file is encrypted. Decrypt it first.")
    if info.file_size > MAX_FILE_SIZE:
        raise ExportRefused(
            f"{info.filename!r} unpacks to {info.file_size:,} bytes; "
            f"at most {MAX_FILE_SIZE:,} are taken."
        )
    if info.file_size > max(RATIO_FROM_SIZE, MAX_RATIO * info.compress_size):
        raise ExportRefused(
            f"{info.filename!r} unpacks to more than {MAX_RATIO} times its size, as in a zip bomb."
        )


def _check_total(members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(info.file_size for info in members)
    packed = sum(info.compress_size for info in members)
    if unpacked > max(TOTAL_RATIO_FROM_SIZE, MAX_TOTAL_RATIO * packed):
        raise ExportRefused(
            f"The zip file unpacks to {unpacked:,} bytes, more than {MAX_TOTAL_RATIO} times its "
            "size. No export compresses so well: it looks like a zip bomb."
        )


def _prefix(names: list[str]) -> str:
    """The path before `users.json`: empty, or one folder and a slash."""
    found = [n for n in names if n == "users.json" or re.fullmatch(r"[^/]+/users\.json", n)]
    if "users.json" in found:
        return ""
    if len(found) != 1:
        raise ExportRefused(
            "There is no users.json in the zip file: this is not a Slack workspace export."
        )
    return found[0].removesuffix("users.json")
