"""A process dies between the commit and the publication: others tell what it stored."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from chatproject.realtime.reconciler import ROUND_SECONDS
from tests.faults.figures import record
from tests.faults.system import System
from tests.journeys.stage import PATIENCE, Person, Stage, history, texts


class Crash:
    """One server that is made to crash, one whose socket has to hear of it."""

    def __init__(self, system: System, stage: Stage, group: str, sender: Person) -> None:
        self._dying = system.servers[0]
        self._armed = system.folder / "failpoint"
        self._stage, self._group, self._sender = stage, group, sender

    async def while_storing(self, text: str, *, by_socket: bool) -> str:
        """Sends, and returns when the process is dead; the key by which it can be sent again."""
        key = str(uuid4())
        await self._sender.rest.get("users", "me")  # renews the token when its time is over
        if by_socket:
            async with self._stage.raw(self._sender) as socket:
                await socket.next_of("hello")
                self._armed.touch()
                frame = {"type": "message.send", "conversationId": self._group, "ref": key}
                await socket.send({**frame, "clientId": key, "content": text})
                assert await socket.close_code() == 1006  # no answer, no goodbye
        else:
            self._armed.touch()
            with pytest.raises(httpx.TransportError):
                await self.send_again(text, key)
        assert self._dying.process is not None
        await asyncio.to_thread(self._dying.process.wait, PATIENCE)
        return key

    async def send_again(self, text: str, key: str) -> int:
        """By REST, without the client's own retries; the seq."""
        headers = {"Authorization": f"Bearer {await self._sender.token()}"}
        async with httpx.AsyncClient(base_url=self._dying.base_url, headers=headers) as http:
            path = f"/v1/conversations/{self._group}/messages"
            answer = await http.post(path, json={"content": text, "clientId": key})
            return int(answer.raise_for_status().json()["seq"])

    async def restart(self) -> None:
        with suppress(FileNotFoundError):
            self._armed.unlink()
        await asyncio.to_thread(self._dying.start)


async def crashes(folder: Path, count: int) -> list[float]:
    """The seconds from each crash until a socket of the other process had the message."""
    took = []
    env = {
        "DJANGO_SETTINGS_MODULE": "tests.faults.failpoint.settings",
        "FAILPOINT": str(folder / "failpoint"),
    }
    with System(folder, env=env) as system:
        async with Stage(system.servers[0]) as stage:
            owner, member = await stage.people("Olga", "Mia")
            group = await stage.group(owner, member)
            there = await stage.connect(member, url=system.servers[1].base_url)
            crash = Crash(system, stage, group, owner)
            for number in range(count):
                text = f"message {number}"
                key = await crash.while_storing(text, by_socket=number % 2 == 1)
                begun = time.monotonic()
                back = asyncio.create_task(crash.restart())
                heard = await there.reads(text)
                took.append(time.monotonic() - begun)
                await back
                assert heard.message is not None
                assert await crash.send_again(text, key) == heard.message["seq"]
            expected = [f"message {number}" for number in range(count)]
            assert there.contents() == texts(await history(member, group)) == expected
    return took


@pytest.mark.faults
async def test_what_was_committed_and_not_published_is_told_by_others(folder: Path) -> None:
    assert len(await crashes(folder, 2)) == 2


@pytest.mark.faults_long
@pytest.mark.timeout(3_600)
async def test_100_crashes_between_commit_and_publication(folder: Path) -> None:
    took = await crashes(folder, 100)
    record(
        "100 x crash between commit and publication, then no more traffic",
        "all delivered within the sweep's interval",
        f"100 delivered once and in order, the last after {max(took):.1f} s; sweep every "
        f"{ROUND_SECONDS:.0f} s",
    )
    assert max(took) < ROUND_SECONDS + 1
