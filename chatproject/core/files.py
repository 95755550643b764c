"""Atomic files, and lock files."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO


def open_lock(path: Path) -> TextIOWrapper:
    """Opens a lock file that only our account can open, and so lock."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that only our account can read, which replaces `path` when the block succeeds.

    By then it is synced to disk. A failed block leaves nothing. Raises OSError.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as partial:
        try:
            yield partial
            partial.flush()
            os.fsync(partial.fileno())
            Path(partial.name).replace(path)
        except BaseException:
            Path(partial.name).unlink(missing_ok=True)
            raise
