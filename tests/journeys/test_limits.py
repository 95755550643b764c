"""What one client may take up of a server: sockets, frames, and its turn to come in."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests import database
from tests.conftest import SERVER
from tests.journeys.stage import Raw, Stage, holds
from tests.servers import ServerProcess

LATER, TOO_FAST = 4002, 4003


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[ServerProcess]:
    limits = {"SOCKETS_PER_PERSON": "2", "SOCKETS_PER_ADDRESS": "4", "FRAMES_PER_SECOND": "5"}
    with (
        TemporaryDirectory(prefix="chat-test-") as folder,
        ServerProcess(Path(folder) / "data", env=limits) as process,
    ):
        request.node.stash[SERVER] = process
        yield process


@pytest.fixture
async def stage(server: ServerProcess) -> AsyncIterator[Stage]:
    async with Stage(server) as stage:
        yield stage


async def test_sockets_of_a_person(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    async with stage.raw(ann) as one, stage.raw(ann) as two, stage.raw(ann) as three:
        assert (await one.next())["type"] == "hello"
        assert (await two.next())["type"] == "hello"
        assert (await three.next())["code"] == "too_many_sockets"
        assert await three.close_code() == LATER
        async with stage.raw(bob) as others:
            assert (await others.next())["type"] == "hello"
    # Those seats are free again, as soon as the server has seen that they were left.
    for _ in range(50):
        async with stage.raw(ann) as again:
            if (await again.next())["type"] == "hello":
                return
        await asyncio.sleep(0.1)
    pytest.fail("the seats were not given back")


async def test_sockets_of_an_address_even_of_nobody(stage: Stage) -> None:
    cat = await stage.person("Cat")
    async with stage.raw(), stage.raw(), stage.raw(), stage.raw(), stage.raw(cat) as fifth:
        assert (await fifth.next())["code"] == "too_many_sockets"
        assert await fifth.close_code() == LATER


async def test_frames_that_come_too_fast(stage: Stage) -> None:
    dan = await stage.person("Dan")
    async with stage.raw(dan) as socket:
        assert (await socket.next())["limits"]["framesPerSecond"] == 5
        for _ in range(300):
            await socket.send({"type": "ping"})
        answers = [await socket.next() for _ in range(50)]
        assert {answer["type"] for answer in answers} == {"pong"}
        assert (await socket.next_of("error"))["code"] == "too_many_frames"
        assert await socket.close_code() == TOO_FAST
    async with stage.raw(dan) as again:
        assert (await again.next())["type"] == "hello"


async def test_long_texts_of_all_sockets_of_a_person_are_read_at_a_pace(stage: Stage) -> None:
    """Of two sockets, neither of which alone sends more than may come at once."""
    fay, gil = await stage.people("Fay", "Gil")
    group, others = await stage.group(fay), await stage.group(gil)
    longest = {"type": "message.send", "conversationId": group, "content": "x" * 8_000}
    acks: list[int] = []

    async def read(socket: Raw) -> None:
        while True:
            acks.append((await socket.next_of("ack"))["message"]["seq"])

    async with stage.raw(fay) as one, stage.raw(fay) as two, stage.raw(gil) as socket:
        reading = [asyncio.create_task(read(one)), asyncio.create_task(read(two))]
        for number in range(15):
            await asyncio.gather(*(it.send({**longest, "ref": number}) for it in (one, two)))
        await socket.send({"type": "message.send", "conversationId": others, "content": "hello"})
        await socket.next_of("ack")
        assert len(acks) < 30

        async def all_are_stored() -> bool:
            return len(acks) == 30

        await holds(all_are_stored, "some were not answered", seconds=60)
        for each in reading:
            each.cancel()
    assert sorted(acks) == list(range(min(acks), min(acks) + 30))


async def test_who_comes_while_the_database_is_away_is_told_to_come_back(stage: Stage) -> None:
    eve = await stage.person("Eve")
    token = await eve.token()
    name = stage.server.database_url.partition("?")[0].rpartition("/")[2]
    with database.connect() as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            async with stage.raw(Authorization=f"Bearer {token}") as socket:
                assert (await socket.next())["code"] == "unavailable"
                assert await socket.close_code() == LATER
        finally:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    await asyncio.to_thread(stage.server.wait_until_ready)
