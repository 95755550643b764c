"""All clients lose the server at once, and all reconnect and miss nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from chatproject.client import Backoff
from tests.conftest import SERVER
from tests.journeys.stage import Person, RecordingClient, Stage
from tests.servers import ServerProcess

SOCKETS_EACH = 50
MAX_SECONDS = 150.0  # seconds, on a machine that is busy; the long form says how many it took


@pytest.fixture
def server(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[ServerProcess]:
    env = {"RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY}
    with ServerProcess(data_dir, env=env) as process:
        request.node.getparent(pytest.Module).stash[SERVER] = process
        yield process


@pytest.fixture
async def stage(server: ServerProcess) -> AsyncIterator[Stage]:
    async with Stage(server) as stage:
        yield stage


async def reconnect_storm(stage: Stage, sockets: int) -> float:
    """Restarts the server under so many clients; the seconds until the last one had caught up."""
    sender = await stage.person("Sender")
    people: list[Person] = []
    while len(people) * SOCKETS_EACH < sockets:  # few at a time, since passwords are slow
        people += await stage.people(*(f"P{n}" for n in range(4)))
    group = await stage.group(sender, *people)
    everybody: list[RecordingClient] = []
    for start in range(0, sockets, SOCKETS_EACH):
        person = people[start // SOCKETS_EACH]
        count = min(SOCKETS_EACH, sockets - start)
        returning = Backoff(first=1.0, most=5.0)
        opening = (stage.connect(person, backoff=returning) for _ in range(count))
        everybody += await asyncio.gather(*opening)
    await asyncio.to_thread(stage.server.kill)
    await asyncio.to_thread(stage.server.start)
    begun = time.monotonic()
    body = {"content": "is everybody here?"}
    await sender.rest.post("conversations", group, "messages", body=body)
    async with asyncio.timeout(MAX_SECONDS):
        for client in everybody:
            await client.reads("is everybody here?", seconds=MAX_SECONDS)
    took = time.monotonic() - begun
    assert all(client.contents() == ["is everybody here?"] for client in everybody)
    return took


@pytest.mark.faults
async def test_some_hundred_clients_reconnect_and_catch_up(stage: Stage) -> None:
    await reconnect_storm(stage, 300)


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_five_thousand_clients_reconnect_and_catch_up(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    took = await reconnect_storm(stage, 5_000)
    with capsys.disabled():
        print(f"\n5,000 clients were back after {took:.1f} s")
