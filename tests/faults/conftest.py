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


@pytest.fixture
def messages(request: pytest.FixtureRequest) -> int:
    """How many the longest campaign sends."""
    return int(request.config.getoption("--messages"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --long the longest campaign alone is run, and only then."""
    is_long = bool(config.getoption("--long"))
    chosen: dict[bool, list[pytest.Item]] = {True: [], False: []}
    for item in items:
        chosen[("test_million" in item.nodeid) == is_long].append(item)
    config.hook.pytest_deselected(items=chosen[False])
    items[:] = chosen[True]
