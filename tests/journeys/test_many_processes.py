"""Two servers on one database, with a real Redis between them, are one system."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from django.conf import settings

from tests.conftest import SERVER
from tests.freezing import frozen
from tests.journeys.stage import Person, RecordingClient, Stage, history, holds, texts
from tests.journeys.test_durability import COMES_BACK, Senders
from tests.redis_server import RedisServer
from tests.servers import ServerProcess

SWEPT = 30.0  # seconds; the sweep takes 4, the machine may be busy


@dataclass
class Pair:
    redis: RedisServer
    one: ServerProcess
    other: ServerProcess


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    with RedisServer() as redis, TemporaryDirectory(prefix="chat-test-") as folder:
        env = {"REDIS_URL": redis.url, "RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY}
        with ServerProcess(Path(folder) / "one", env=env) as one:
            request.node.stash[SERVER] = one
            env["DATABASE_URL"] = one.database_url
            with ServerProcess(Path(folder) / "other", env=env) as other:
                yield Pair(redis, one, other)


@pytest.fixture
async def stage(pair: Pair) -> AsyncIterator[Stage]:
    async with Stage(pair.one) as stage:
        yield stage


@dataclass
class Cast:
    """The owner is at one server, the member at the other; an outsider is in no group."""

    group: str
    owner: Person
    member: Person
    owner_client: RecordingClient
    member_client: RecordingClient


@pytest.fixture
async def cast(stage: Stage, pair: Pair) -> Cast:
    owner, member = await stage.people("Olga", "Mia")
    group = await stage.group(owner, member)
    at_one = await stage.connect(owner)
    at_other = await stage.connect(member, url=pair.other.base_url)
    return Cast(group, owner, member, at_one, at_other)


async def test_events_cross(cast: Cast, pair: Pair) -> None:
    sent = await cast.owner_client.chat.send(cast.group, "over there")
    heard = await cast.member_client.reads("over there")
    assert heard.data["message"] == sent
    await cast.member_client.chat.mark_read(cast.group, sent["seq"])
    advanced = await cast.owner_client.hears("receipt.advanced")
    assert advanced.data["userId"] == cast.member.id
    body = {"content": "by REST"}
    await cast.member.rest.post("conversations", cast.group, "messages", body=body)
    await cast.owner_client.reads("by REST")


async def test_who_is_added_at_one_hears_at_the_other(cast: Cast, stage: Stage, pair: Pair) -> None:
    outsider = await stage.person("Otto")
    eve_client = await stage.connect(outsider, url=pair.other.base_url)
    await cast.owner.rest.post(
        "conversations", cast.group, "participants", body={"memberIds": [outsider.id]}
    )
    await eve_client.hears("conversation.joined")
    await cast.owner_client.chat.send(cast.group, "welcome")
    await eve_client.reads("welcome")
    await cast.owner.rest.delete("conversations", cast.group, "participants", outsider.id)
    await eve_client.hears("conversation.left")
    await cast.owner_client.chat.send(cast.group, "is she gone?")
    await cast.member_client.reads("is she gone?")
    assert "is she gone?" not in eve_client.contents()


async def test_signing_out_at_one_closes_sockets_at_the_other(stage: Stage, pair: Pair) -> None:
    owner = await stage.person("Olga")
    client = await stage.connect(owner, url=pair.other.base_url)
    await owner.rest.post("users", "logout", body={"everywhere": True})
    await client.until(lambda: client.ending, "the socket stayed open")


async def test_subscriptions_end_with_the_last_socket(cast: Cast, stage: Stage, pair: Pair) -> None:
    channel = f"conversation:{cast.group}"
    assert pair.redis.listened(channel)
    second = await stage.connect(cast.member, url=pair.other.base_url)
    for client in (cast.owner_client, cast.member_client):
        await client.close()
    await cast.owner.rest.post("conversations", cast.group, "messages", body={"content": "still"})
    await second.reads("still")
    await second.close()

    async def is_silent() -> bool:
        return not pair.redis.listened(channel)

    await holds(is_silent)


async def test_nothing_is_missed_over_a_redis_that_was_away(cast: Cast, pair: Pair) -> None:
    pair.redis.stop()
    try:
        sent = await cast.owner_client.chat.send(cast.group, "stored all the same")
        await cast.owner_client.reads("stored all the same")  # those of the same process
        assert texts(await history(cast.member, cast.group)) == [sent["content"]]
        for server in (pair.one, pair.other):
            assert server.is_ready()
    finally:
        pair.redis.start()
    await cast.member_client.reads("stored all the same", seconds=SWEPT)
    await holds(lambda: _listens(pair, cast.group), seconds=SWEPT)
    await cast.owner_client.chat.send(cast.group, "back")
    await cast.member_client.reads("back")
    assert cast.member_client.contents() == ["stored all the same", "back"]


async def test_a_frozen_redis_holds_no_send_up(cast: Cast, pair: Pair) -> None:
    await _freeze(cast, pair, seconds=2.0)


@pytest.mark.faults_long
async def test_a_redis_frozen_for_twenty_seconds(cast: Cast, pair: Pair) -> None:
    await _freeze(cast, pair, seconds=20.0)


async def _freeze(cast: Cast, pair: Pair, *, seconds: float) -> None:
    pair.redis.freeze()
    try:
        for number in range(20):
            await cast.owner_client.chat.send(cast.group, f"message {number}")
        await cast.owner_client.reads("message 19")
        await asyncio.sleep(seconds)  # how long it stands still is what is tried
    finally:
        pair.redis.thaw()
    await cast.member_client.reads("message 19", seconds=SWEPT)
    assert cast.member_client.contents() == [f"message {number}" for number in range(20)]


async def test_a_flushed_redis_loses_nothing(cast: Cast, pair: Pair) -> None:
    await cast.owner_client.chat.send(cast.group, "before")
    with pair.redis.client() as client:
        client.flushall()
    await cast.owner_client.chat.send(cast.group, "after")
    await cast.member_client.reads("after")
    assert cast.member_client.contents() == ["before", "after"]


async def _listens(pair: Pair, group: str) -> bool:
    with pair.redis.client() as client:
        ((_, count),) = client.pubsub_numsub(f"chat3:conversation:{group}")
    return bool(count == 2)


# -- processes that are killed


@pytest.fixture
def workers(pair: Pair, data_dir: Path) -> Iterator[ServerProcess]:
    """Two workers on one port."""
    server = ServerProcess(data_dir, env={"REDIS_URL": pair.redis.url, "RATE_LIMITS": "off"})
    server.spawn("serve", "--workers", "2")
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.close()


async def _kill_while_sending(server: ServerProcess, *, each: int, times: int) -> None:
    assert server.process is not None
    async with Stage(server) as stage:
        senders = Senders(stage)
        await senders.join(4)
        async with asyncio.timeout(COMES_BACK * times), asyncio.TaskGroup() as tasks:
            tasks.create_task(senders.send(each))
            await asyncio.sleep(0)  # it begins
            for number in range(1, times + 1):
                await senders.has_sent(number / (times + 2))
                psutil.Process(server.process.pid).children()[number % 2].kill()
        await senders.check()


@pytest.mark.faults
async def test_a_worker_killed_under_load_loses_nothing(workers: ServerProcess) -> None:
    await _kill_while_sending(workers, each=80, times=1)


@pytest.mark.faults_long
async def test_workers_killed_again_and_again_lose_nothing(workers: ServerProcess) -> None:
    await _kill_while_sending(workers, each=1_000, times=5)


@pytest.mark.faults
async def test_the_others_go_on_while_a_process_stands_still(cast: Cast, pair: Pair) -> None:
    assert pair.other.process is not None
    with frozen([pair.other.process.pid]):
        await cast.owner_client.chat.send(cast.group, "alone")
        await cast.owner_client.reads("alone")
    await cast.member_client.reads("alone", seconds=SWEPT)
