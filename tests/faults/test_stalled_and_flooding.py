"""One client that takes nothing, one that sends without end: the others hardly notice."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles

import psutil
import pytest

from chatproject.client import ChatClient
from tests.faults.figures import record
from tests.faults.flood import Flood
from tests.faults.load import Load
from tests.faults.system import System
from tests.journeys.stage import Stage, holds
from tests.journeys.test_slow_clients import LONG_TEXT, frozen_socket, holds_connection
from tests.servers import ServerProcess

MIB = 1024**2
FLOOD = 200 * MIB
RATE = 200  # messages a second of the others
ROUNDS = 4  # of one with the fault and one without it, so that a slow minute falls on both


class Others:
    """How long the others waited for their acknowledgements; seconds."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._before: list[float] = []
        self._beside: list[float] = []

    def begin(self) -> None:
        self._load.seconds.clear()

    def end(self, *, beside: bool) -> None:
        (self._beside if beside else self._before).extend(self._load.seconds)

    def __str__(self) -> str:
        before, beside = (quantiles(it, n=100)[98] for it in (self._before, self._beside))
        return (
            f"p99 of {len(self._before):,} {1_000 * before:.1f} ms without and of "
            f"{len(self._beside):,} {1_000 * beside:.1f} ms with it, ratio {beside / before:.2f}"
        )


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
@pytest.mark.timeout(900)
async def test_a_reader_stalled_at_6_megabytes_a_second(folder: Path) -> None:
    with System(folder) as system:
        server = system.servers[0]
        async with Load(system.servers, folder, rate=RATE) as load, Stage(server) as stage:
            bob, slow = await stage.people("Bob", "Slow")
            swamp = await stage.group(bob, slow)
            chat = (await stage.connect(bob)).chat
            others = Others(load)
            load.begin()
            await large_sends(chat, swamp, 1_000, 6)  # a server that has run for a while
            grown, gone = 0, 0.0
            for _ in range(ROUNDS):
                others.begin()
                await large_sends(chat, swamp, 1_000, 6)
                others.end(beside=False)
                async with (
                    frozen_socket(stage, slow) as (_, port),
                    Memory(server).watched() as memory,
                ):
                    others.begin()
                    begun = time.monotonic()
                    sending = asyncio.create_task(large_sends(chat, swamp, 1_000, 6))

                    async def is_gone(port: int = port) -> bool:
                        return not holds_connection(server, port)

                    await holds(is_gone, "the server holds on to it", seconds=120)
                    gone = max(gone, time.monotonic() - begun)
                    await sending
                    others.end(beside=True)
                grown = max(grown, memory.grown)
            await load.end()
            await load.converge()
        verdict = load.verdict(system.database_url)
    record(
        "one reader stalled at 6 MB/s",
        "memory +20 MiB at most; the others' p99 +20 % at most; gone within 15 s",
        f"+{grown / MIB:.0f} MiB; {others}; gone after {gone:.1f} s",
    )
    assert grown < 20 * MIB
    assert gone < 15
    assert verdict.is_clean, str(verdict)


@pytest.mark.faults_long
@pytest.mark.timeout(900)
async def test_200_megabytes_of_inbound_flood(folder: Path) -> None:
    """With the limits as they are by default, over as many sockets as a person may have."""
    taken = closed = grown = 0
    with System(folder, env={"RATE_LIMITS": "on"}) as system:
        server = system.servers[0]
        async with Load(system.servers, folder, rate=RATE) as load, Stage(server) as stage:
            mallory = await stage.person("Mallory")
            swamp = await stage.group(mallory)
            others = Others(load)
            load.begin()
            await asyncio.sleep(10)  # a server that has run for a while
            for _ in range(ROUNDS):
                others.begin()
                await asyncio.sleep(30)
                others.end(beside=False)
                async with (
                    Memory(server).watched() as memory,
                    Flood(server, mallory, swamp, size=FLOOD, sockets=100) as flood,
                ):
                    others.begin()
                    await asyncio.sleep(30)
                    others.end(beside=True)
                taken, closed = taken + flood.taken, closed + flood.closed
                grown = max(grown, memory.grown)
                await asyncio.sleep(10)  # until what was read of it is stored and indexed
            await load.end()
            await load.converge()
        verdict = load.verdict(system.database_url)
    record(
        "200 MB of inbound flood from one person",
        "memory +20 MiB at most; the others' p99 +20 % at most",
        f"{ROUNDS} times {taken / ROUNDS / MIB:.0f} MiB over 100 sockets within 30 s, "
        f"closed {closed} times; +{grown / MIB:.0f} MiB; {others}",
    )
    assert taken >= ROUNDS * FLOOD * 0.9
    assert grown < 20 * MIB
    assert verdict.is_clean, str(verdict)
