"""Databases on the cluster that a test has for itself."""

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests import database
from tests.citus import cluster

_numbers = count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with the mark need a cluster."""
    if not cluster.is_there():
        for item in items:
            if item.get_closest_marker("citus"):
                item.add_marker(pytest.mark.skip(reason="CITUS_URL names no cluster"))


@pytest.fixture
def undistributed() -> Iterator[str]:
    """The address of a migrated database whose nodes know each other, with nothing distributed."""
    name = f"server_{os.environ['TEST_SESSION']}_{os.getpid()}_plain{next(_numbers)}"
    with database.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {database.template_name()}")
    cluster.add_nodes(database.url(name), name)
    yield database.url(name)
    database.drop(name)


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="chat-citus-") as name:
        yield Path(name).resolve()
