"""Fixtures of the journeys: a real server without rate limits, and people on it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from django.conf import settings

from tests.conftest import SERVER
from tests.journeys.cable import Cable
from tests.journeys.stage import Stage
from tests.servers import ServerProcess


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """The real server, shared by all journeys that do it no harm.

    All their people come from one address, so there are no limits. The tests know its key.
    """
    folder = tmp_path_factory.mktemp("journeys")
    env = {"RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY}
    with ServerProcess(folder, env=env) as process:
        yield process


@pytest.fixture
async def stage(server: ServerProcess, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    request.node.getparent(pytest.Module).stash[SERVER] = server
    async with Stage(server) as stage:
        yield stage


@pytest.fixture
async def cable(server: ServerProcess) -> AsyncIterator[Cable]:
    """A line to the server that can be cut."""
    async with Cable(server.port) as cable:
        yield cable
