"""Files that appear when they are whole, and files that processes lock."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO


def open_lock(path: Path) -> TextIOWrapper:
    """Opens it for nobody else: whoever can open a lock file can also hold the lock."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file for our eyes alone, which takes its name when the block has ended well.

    By then it is on the disk. Nothing is left of one that fails; what stands at `path` is replaced.
    Raises OSError.
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
