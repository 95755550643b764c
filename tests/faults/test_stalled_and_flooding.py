"""One client that takes nothing, one that sends without end: the others hardly notice."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from statistics import quantiles
from typing import Self

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chatproject.client import ChatClient
from tests.faults.figures import record
from tests.journeys.stage import Person, Stage, holds
from tests.journeys.test_slow_clients import LONG_TEXT, frozen_socket, holds_connection
from tests.servers import ServerProcess

MIB = 1024**2
LARGE = "\U0001f600" * 8_000  # the longest text, 32 kB
FLOOD = 200 * MIB


class Pace:
    """Somebody who sends two messages a second and waits for each; the milliseconds it took."""

    def __init__(self, chat: ChatClient, group: str) -> None:
        self._chat, self._group = chat, group
        self._took: list[float] = []

    async def __aenter__(self) -> Self:
        self._sending = asyncio.create_task(self._send())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._sending.cancel()
        await asyncio.gather(self._sending, return_exceptions=True)

    async def _send(self) -> None:
        while True:
            begun = time.monotonic()
            await self._chat.send(self._group, "steady")
            self._took.append((time.monotonic() - begun) * 1000)
            await asyncio.sleep(0.02)

    def p99(self) -> float:
        """Of what was sent since the last call."""
        took, self._took = self._took, []
        return quantiles(took, n=100)[98]


class Memory:
    """The most that the server has used beyond what it did at the start."""

    def __init__(self, server: ServerProcess) -> None:
        assert server.process is not None
        self._process = psutil.Process(server.process.pid)
        self._before = self._process.memory_info().rss
        self.grown = 0

    @asynccontextmanager
    async def watched(self) -> AsyncIterator["Memory"]:
        watching = asyncio.create_task(self._watch())
        try:
            yield self
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        while True:
            self.grown = max(self.grown, self._process.memory_info().rss - self._before)
            await asyncio.sleep(0.05)


async def large_sends(sender: ChatClient, group: str, count: int, mib_each_second: float) -> None:
    """16 kB each, at a steady pace."""
    pause = 16 / 1024 / mib_each_second
    for _ in range(count):
        begun = time.monotonic()
        await sender.send(group, LONG_TEXT)
        await asyncio.sleep(max(0.0, pause - (time.monotonic() - begun)))


@pytest.mark.faults_long
@pytest.mark.timeout(600)
async def test_a_reader_stalled_at_6_megabytes_a_second(folder: Path) -> None:
    with ServerProcess(folder / "data", env={"RATE_LIMITS": "off"}) as server:
        async with Stage(server) as stage:
            ann, bob, slow = await stage.people("Ann", "Bob", "Slow")
            steady = await stage.group(ann)
            swamp = await stage.group(bob, slow)
            chats = [(await stage.connect(person)).chat for person in (ann, bob)]
            async with Pace(chats[0], steady) as pace:
                await large_sends(chats[1], swamp, 1_000, 6)  # with a reader there to compare
                before = pace.p99()
                begun = time.monotonic()
                async with (
                    frozen_socket(stage, slow) as (_, port),
                    Memory(server).watched() as memory,
                ):
                    sending = asyncio.create_task(large_sends(chats[1], swamp, 1_000, 6))

                    async def is_gone() -> bool:
                        return not holds_connection(server, port)

                    await holds(is_gone, "the server holds on to it", seconds=120)
                    gone = time.monotonic() - begun
                    await sending
                    during = pace.p99()
    record(
        "one reader stalled at 6 MB/s",
        "memory +20 MiB at most; the others' p99 +20 % at most; gone within 15 s",
        f"+{memory.grown / MIB:.0f} MiB; p99 {before:.1f} ms before, {during:.1f} ms beside it; "
        f"gone after {gone:.1f} s",
    )
    assert memory.grown < 20 * MIB
    assert gone < 15


@pytest.mark.faults_long
@pytest.mark.timeout(600)
async def test_200_megabytes_of_inbound_flood(folder: Path) -> None:
    """With the limits as they are by default."""
    with ServerProcess(folder / "data") as server:
        async with Stage(server) as stage:
            ann, mallory = await stage.people("Ann", "Mallory")
            steady, swamp = await stage.group(ann), await stage.group(mallory)
            chat = (await stage.connect(ann)).chat
            async with Pace(chat, steady) as pace:
                await asyncio.sleep(10)
                before = pace.p99()
                begun = time.monotonic()
                async with Memory(server).watched() as memory:
                    sent, closed = await flood(stage, mallory, swamp)
                    during = pace.p99()
                took = time.monotonic() - begun
    record(
        "200 MB of inbound flood from one person",
        "memory +20 MiB at most; the others' p99 +20 % at most",
        f"{sent / MIB:.0f} MiB read within {took:.0f} s, closed {closed} times; "
        f"+{memory.grown / MIB:.0f} MiB; p99 {before:.1f} ms before, {during:.1f} ms beside it",
    )
    assert memory.grown < 20 * MIB


async def flood(stage: Stage, person: Person, group: str) -> tuple[int, int]:
    """As much as the line takes, over a new socket whenever one is closed: (bytes, closes)."""
    sent = closed = 0
    frame = {"type": "message.send", "conversationId": group, "content": LARGE}
    while sent < FLOOD:
        with suppress(InvalidStatus):
            async with stage.raw(person) as socket:
                try:
                    while sent < FLOOD:
                        text = json.dumps({**frame, "ref": sent}, ensure_ascii=False)
                        await socket.send(text)
                        sent += len(text.encode())
                except ConnectionClosed:
                    closed += 1
    return sent, closed
