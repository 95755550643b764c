"""Programs that the server calls, over the real task queue: outgoing webhooks, slash commands."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.core.test_outbound import Server, reply
from tests.journeys.stage import Stage, holds
from tests.servers import ServerProcess


@pytest.fixture(scope="module")
def program() -> Iterator[Server]:
    program = Server()
    yield program
    program.close()


@pytest.fixture(scope="module")
def telling(program: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder: Path = tmp_path_factory.mktemp("telling")
    env = {"RATE_LIMITS": "off", "OUTBOUND_HOSTS": program.host}
    with ServerProcess(folder, env=env) as process:
        yield process


@pytest.fixture
async def stage(telling: ServerProcess) -> AsyncIterator[Stage]:
    async with Stage(telling) as stage:
        yield stage


async def test_a_program_is_told_and_answers(stage: Stage, program: Server) -> None:
    olga, mia = await stage.people("Olga", "Mia")
    group = await stage.group(olga, mia)
    kind = {"Content-Type": "application/json"}
    program.answer = lambda it: reply(it, 200, b'{"text": "*heard*"}', **kind)
    body = {"name": "Ear", "url": f"{program.url}/told", "words": ["build"]}
    await olga.rest.post("conversations", group, "outgoing-hooks", body=body)
    listener = await stage.connect(mia)
    await mia.rest.post("conversations", group, "messages", body={"content": "build it"})
    await listener.reads("**heard**")
    told = [json.loads(body) for path, _, body in program.asked if path == "/told"]
    assert [each["message"]["content"] for each in told] == ["build it"]


async def test_a_command_answers_the_caller_alone(stage: Stage, program: Server) -> None:
    olga, mia = await stage.people("Olga", "Mia")
    group = await stage.group(olga, mia)
    kind = {"Content-Type": "application/json"}
    program.answer = lambda it: reply(it, 200, b'{"text": "psst"}', **kind)
    body = {"name": "whisper", "url": f"{program.url}/whisper"}
    await olga.rest.post("conversations", group, "commands", body=body)
    hers, his = await stage.connect_all(mia, olga)
    await mia.rest.post("conversations", group, "commands", "calls", body={"name": "whisper"})
    event = await hers.hears("message.ephemeral")
    assert event.data["content"] == "psst"

    async def is_asked() -> bool:
        return any(path == "/whisper" for path, _, _ in program.asked)

    await holds(is_asked)
    assert "message.ephemeral" not in his.names
