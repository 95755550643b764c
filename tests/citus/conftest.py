"""Databases on the cluster that a test has for itself."""

import asyncio
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection

from chatproject.core.db.async_pool import AsyncPool
from chatproject.core.db.distributed.nodes import nodes
from chatproject.core.db.readings import Steps
from tests import database
from tests.citus import cluster

Ask = Callable[[Callable[[], Steps[Any]]], Any]

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


@pytest.fixture
def ask(transactional_db: None) -> Iterator[Ask]:
    """Carries out a reading in the event loop, over a connection to a worker."""
    # Those of before may lead to a coordinator that has lost a worker which a test has killed.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    nodes.renew()
    nodes._own.clear()
    nodes._asked_at.clear()
    assert nodes.are_several

    def run(steps_of: Callable[[], Steps[Any]]) -> Any:
        async def carry_out() -> Any:
            pool = AsyncPool()
            try:
                return await pool.read(steps_of, node=nodes.next())
            finally:
                await pool.close()

        return asyncio.run(carry_out())

    yield run
    connection.close()
