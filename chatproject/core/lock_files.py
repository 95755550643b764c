"""Files that processes lock to keep out of each other's way."""

import os
from io import TextIOWrapper
from pathlib import Path


def open_lock(path: Path) -> TextIOWrapper:
    """Opens it for nobody else: whoever can open a lock file can also hold the lock."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+")
