"""A client that does not read slows nobody else, and is sent away to resume."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import quantiles
from typing import Any

import psutil
import pytest
from websockets.asyncio.client import connect

from tests.journeys.stage import ABNORMAL, Person, Raw, Stage, history, holds, texts
from tests.servers import ServerProcess

RESUME = 4001
LONG_TEXT = "🐌" * 4_000  # 16 kB
FLOOD = 700  # of those are more than the queue and the kernel's buffers hold
SENT_AWAY = 60.0


@asynccontextmanager
async def frozen_socket(stage: Stage, person: Person) -> AsyncIterator[tuple[Raw, int]]:
    """A socket that takes little and then nothing, and its port."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.connect(("127.0.0.1", stage.server.port))
    headers = {"Authorization": f"Bearer {await person.token()}"}
    async with connect(
        stage.server.ws_url,
        sock=plain,
        additional_headers=headers,
        compression=None,
        max_size=None,
        max_queue=None,
        ping_interval=None,
        close_timeout=1,
    ) as connection:
        raw = Raw(connection)
        await raw.next_of("hello")
        connection.transport.pause_reading()
        yield raw, plain.getsockname()[1]


def holds_connection(server: ServerProcess, port: int) -> bool:
    assert server.process is not None
    connections = psutil.Process(server.process.pid).net_connections("tcp")
    return any(it.raddr and it.raddr.port == port for it in connections)


async def flood(person: Any, conversation: str) -> None:
    """More than a client can leave lying, from one who sends as fast as acks come."""
    for _ in range(FLOOD // 50):
        await asyncio.gather(*(person.chat.send(conversation, LONG_TEXT) for _ in range(50)))


@pytest.mark.faults
async def test_a_frozen_client_is_sent_away_and_the_others_hear_everything(stage: Stage) -> None:
    sender, slow, *quick = await stage.people("Sender", "Slow", *(f"Quick{n}" for n in range(5)))
    swamp = await stage.group(sender, slow)
    room = await stage.group(sender, slow, *quick)
    sender_client = await stage.connect(sender)
    listeners = await stage.connect_all(*quick)
    async with frozen_socket(stage, slow) as (frozen, port):
        await flood(sender_client, swamp)
        for number in range(20):
            await sender_client.chat.send(room, f"message {number}")
        for client in listeners:
            await client.reads("message 19")
            assert client.contents(room) == [f"message {number}" for number in range(20)]

        async def is_away() -> bool:
            return not holds_connection(stage.server, port)

        await holds(is_away, "the server holds on to it", seconds=SENT_AWAY)
        frozen.connection.transport.resume_reading()
        assert await frozen.close_code() in (RESUME, ABNORMAL)
    assert len(texts(await history(slow, swamp))) == FLOOD


# -- the long form


class Heartbeat:
    """One socket of many, and how long each message took to it, in milliseconds."""

    def __init__(self, raw: Raw, room: str) -> None:
        self._raw, self._room = raw, room
        self.took: list[float] = []

    async def listen(self) -> None:
        while True:
            frame = await self._raw.next()
            if frame.get("conversationId") == self._room and frame["type"] == "message.created":
                sent = float(frame["message"]["content"])
                self.took.append((time.monotonic() - sent) * 1000)


async def talk(sender: Any, room: str, seconds: float, pulses: list[Heartbeat]) -> float:
    """Says the time twice a second; the p99 of all deliveries, each of which came."""
    for heartbeat in pulses:
        heartbeat.took.clear()
    said = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        await sender.chat.send(room, str(time.monotonic()))
        said += 1
        await asyncio.sleep(0.5)

    async def all_came() -> bool:
        return all(len(heartbeat.took) == said for heartbeat in pulses)

    await holds(all_came, "not everything came")
    return quantiles([one for heartbeat in pulses for one in heartbeat.took], n=100)[98]


@pytest.mark.faults_long
@pytest.mark.timeout(600)
async def test_a_client_frozen_for_a_minute_beside_a_thousand(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    sender, slow, *people = await stage.people("Sender", "Slow", *(f"P{n}" for n in range(50)))
    swamp = await stage.group(sender, slow)
    room = await stage.group(sender, slow, *people)
    client = await stage.connect(sender)
    pulses = []
    for number in range(1_000):
        raw = await stage.closing.enter_async_context(stage.raw(people[number % 50]))
        await raw.next_of("hello")
        pulses.append(Heartbeat(raw, room))
    listening = [asyncio.create_task(heartbeat.listen()) for heartbeat in pulses]
    before = await talk(client, room, 30, pulses)
    async with frozen_socket(stage, slow):
        await flood(client, swamp)
        during = await talk(client, room, 60, pulses)
    for task in listening:
        task.cancel()
    with capsys.disabled():
        print(f"\np99 of 1,000 quick clients: {before:.1f} ms, beside a frozen one {during:.1f} ms")
