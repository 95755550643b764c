"""A third-party app's events reach who may see them, from a request, a task and a command, over two
servers and a real Redis."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from django.conf import settings

from tests.conftest import SERVER
from tests.journeys.stage import Person, RecordingClient, Stage
from tests.journeys.test_many_processes import Pair
from tests.redis_server import RedisServer
from tests.servers import ServerProcess

TICK = "acme.tick"


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """Two servers with the app."""
    with RedisServer() as redis, TemporaryDirectory(prefix="chat-test-") as folder:
        env = {"REDIS_URL": redis.url, "RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY}
        env["DJANGO_SETTINGS_MODULE"] = "tests.acme.settings"
        with ServerProcess(Path(folder) / "one", env=env) as one:
            request.node.stash[SERVER] = one
            env["DATABASE_URL"] = one.database_url
            with ServerProcess(Path(folder) / "other", env=env) as other:
                yield Pair(redis, one, other)


@pytest.fixture
async def stage(pair: Pair) -> AsyncIterator[Stage]:
    async with Stage(pair.one) as stage:
        yield stage


class Cast:
    """The owner is at one server, the member at the other; the outsider is at both."""

    group: str
    owner: Person
    member: Person
    outsider: Person
    insiders: list[RecordingClient]
    outsiders: list[RecordingClient]


@pytest.fixture
async def cast(stage: Stage, pair: Pair) -> Cast:
    cast = Cast()
    cast.owner, cast.member, cast.outsider = await stage.people("Olga", "Mia", "Otto")
    cast.group = await stage.group(cast.owner, cast.member)
    urls = (pair.one.base_url, pair.other.base_url)
    cast.insiders = [
        await stage.connect(cast.owner, url=urls[0]),
        await stage.connect(cast.member, url=urls[1]),
    ]
    cast.outsiders = [await stage.connect(cast.outsider, url=url) for url in urls]
    return cast


async def _settle(cast: Cast) -> None:
    """What was pushed before has come: each has read a message that was sent after it."""
    notes = await cast.insiders[0].chat.send(cast.group, "after the tick")
    for client in cast.insiders:
        await client.reads(notes["content"])


async def test_a_request_ticks_for_a_conversation(cast: Cast, pair: Pair) -> None:
    url = f"{pair.one.base_url}/acme/tick/{cast.group}"
    async with httpx.AsyncClient() as http:
        assert (await http.post(url)).status_code == 204
    for client in cast.insiders:
        event = await client.hears(TICK)
        assert event.data == {
            "type": TICK,
            "conversationId": cast.group,
            "payload": {"from": "request"},
        }
    await _settle(cast)
    for client in cast.outsiders:
        assert TICK not in client.names


async def test_a_command_in_another_process_ticks(cast: Cast, pair: Pair) -> None:
    pair.one.manage("acme_tick", "conversation", cast.group)
    for client in cast.insiders:
        event = await client.hears(TICK)
        assert event.data["payload"] == {"from": "command"}
    pair.one.manage("acme_tick", "user", cast.outsider.id)
    for client in cast.outsiders:
        event = await client.hears(TICK)
        assert event.data == {"type": TICK, "payload": {"from": "command"}}
    await _settle(cast)
    assert [client.names.count(TICK) for client in cast.insiders] == [1, 1]
    assert [client.names.count(TICK) for client in cast.outsiders] == [1, 1]


async def test_a_task_ticks_for_a_person(cast: Cast, pair: Pair) -> None:
    pair.one.manage(
        "shell",
        "--verbosity=0",
        "--command",
        f"from tests.acme.tasks import tick; tick.defer(user_id='{cast.outsider.id}')",
    )
    for client in cast.outsiders:
        event = await client.hears(TICK)
        assert event.data["payload"] == {"from": "task"}
    assert all(TICK not in client.names for client in cast.insiders)


async def test_who_was_removed_gets_no_tick(cast: Cast, pair: Pair) -> None:
    await cast.owner.rest.delete("conversations", cast.group, "participants", cast.member.id)
    pair.one.manage("acme_tick", "conversation", cast.group)
    await cast.insiders[0].hears(TICK)
    await cast.insiders[1].hears("conversation.left")
    pair.one.manage("acme_tick", "user", cast.member.id)
    event = await cast.insiders[1].hears(TICK)
    assert "conversationId" not in event.data  # the first that he got is the one to himself
