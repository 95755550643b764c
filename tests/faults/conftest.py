"""Options and folders of the campaigns."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """Outside of pytest's own, which bars it to the account that PostgreSQL runs as."""
    with TemporaryDirectory(prefix="chat-faults-") as name:
        path = Path(name).resolve()
        path.chmod(0o755)
        yield path
