"""A server that starts finds the pages in Redis that another one has read or sent to."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.conf import settings

from messaging.reads.cache.sealed_pages import name_of
from tests.conftest import SERVER
from tests.journeys.stage import Person, Stage, holds
from tests.redis_server import RedisServer
from tests.servers import ServerProcess

TOKEN = "a-token-for-the-metrics-of-this-test"


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="module")
def servers(
    request: pytest.FixtureRequest, redis: RedisServer
) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """Two on one database; the second one is started again by each test."""
    with TemporaryDirectory(prefix="chat-test-") as folder:
        env = {"REDIS_URL": redis.url, "RATE_LIMITS": "off", "METRICS_TOKEN": TOKEN}
        env["SECRET_KEY"] = settings.SECRET_KEY
        with ServerProcess(Path(folder) / "one", env=env) as one:
            request.node.stash[SERVER] = one
            env["DATABASE_URL"] = one.database_url
            with ServerProcess(Path(folder) / "other", env=env) as other:
                yield one, other


async def page(server: ServerProcess, person: Person, group: str) -> Any:
    headers = {"Authorization": f"Bearer {await person.token()}"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as client:
        answer = await client.get(f"/v1/conversations/{group}/messages", params={"limit": 50})
    assert answer.status_code == 200
    return answer.json()


async def metrics(server: ServerProcess) -> dict[str, float]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as client:
        lines = (await client.get("/metrics")).text.splitlines()
    pairs = [line.rpartition(" ") for line in lines if line.startswith("chat_redis_page")]
    return {name: float(number) for name, _, number in pairs}


async def found(server: ServerProcess, *results: str) -> float:
    """How many pages that it had not in memory it looked for in Redis with one of the results."""
    told = await metrics(server)
    return sum(told.get(f'chat_redis_page_cache_total{{result="{it}"}}', 0.0) for it in results)


async def pages_after_restart(other: ServerProcess, person: Person, groups: list[str]) -> list[Any]:
    """What the one that was ended shows of each when it runs again. It is ended and asked anew
    where Redis took longer than a server waits for it, as on a machine that has much to do."""
    for _ in range(5):
        await asyncio.to_thread(other.start)
        pages = [await page(other, person, group) for group in groups]
        if not await found(other, "away"):
            return pages
        await asyncio.to_thread(other.kill)
    raise AssertionError("Redis never answered in time.")


async def test_a_restarted_server_finds_pages_of_itself_and_of_others(
    servers: tuple[ServerProcess, ServerProcess],
) -> None:
    one, other = servers
    async with Stage(one) as stage:
        owner, member, outsider = await stage.people("Olga", "Mia", "Otto")
        groups = [await stage.group(owner, member) for _ in range(3)]
        at_one = await stage.connect(owner)
        for group in groups:
            await at_one.chat.send(group, f"hello, {group}")
        first = [await page(other, member, group) for group in groups]
        assert await found(other, "miss", "away") == 3
        assert await asyncio.to_thread(other.stop) == 0  # when it writes what waits
        await at_one.chat.send(groups[0], "meanwhile")
        edited = first[1]["results"][-1]["seq"]
        await at_one.chat.edit(groups[1], edited, "other words")

        pages = await pages_after_restart(other, member, groups)

        assert pages == [await page(one, member, group) for group in groups]
        assert [each["results"][-1]["content"] for each in pages] == [
            "meanwhile",
            "other words",
            f"hello, {groups[2]}",
        ]
        # The first is completed with what was sent meanwhile, unless the other one has written it.
        assert await found(other, "completed", "hit") == 2
        headers = {"Authorization": f"Bearer {await outsider.token()}"}
        async with httpx.AsyncClient(base_url=other.base_url, headers=headers) as client:
            answer = await client.get(f"/v1/conversations/{groups[2]}/messages")
        assert answer.status_code == 404


async def test_a_killed_server_has_written_what_it_read_some_seconds_ago(
    servers: tuple[ServerProcess, ServerProcess], redis: RedisServer
) -> None:
    one, other = servers
    async with Stage(one) as stage:
        owner, member = await stage.people("Olga", "Mia")
        group = await stage.group(owner, member)
        at_one = await stage.connect(owner)
        await page(one, owner, group)
        await at_one.chat.send(group, "hello")
        with redis.client() as client:
            await holds(lambda: asyncio.to_thread(client.exists, name_of(UUID(group))))
        await asyncio.to_thread(other.kill)
        [told] = await pages_after_restart(other, member, [group])
        assert told["results"][-1]["content"] == "hello"
        assert await found(other, "hit", "completed") == 1
