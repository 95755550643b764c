"""A server that is told to stop answers what it has taken in, even if that takes a while."""

import asyncio
import signal
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed

from chatproject.realtime.websocket import CLOSE_GOING_AWAY
from tests.journeys.stage import ABNORMAL, PATIENCE, Raw, Stage, history, texts
from tests.servers import ServerProcess

SENDS = 40


@pytest.mark.faults
async def test_what_waits_for_the_database_is_stored_and_acknowledged_before_the_close(
    data_dir: Path,
) -> None:
    with ServerProcess(data_dir, env={"RATE_LIMITS": "off"}) as server:
        async with Stage(server) as stage:
            owner, member = await stage.people("Olga", "Mia")
            group = await stage.group(owner, member)
            async with stage.raw(owner) as sender, stage.raw(member) as reader:
                await sender.next_of("hello")
                await reader.next_of("hello")
                acked, close_code = await _stop_while_locked(server, group, sender)
            assert close_code == CLOSE_GOING_AWAY
            assert acked == [f"message {number}" for number in range(SENDS)]
            assert server.process is not None
            assert await asyncio.to_thread(server.process.wait, PATIENCE) == 0
            server.start()
            assert texts(await history(member, group)) == acked


async def _stop_while_locked(
    server: ServerProcess, group: str, sender: Raw
) -> tuple[list[str], int]:
    """Locks the log, sends, stops the server, unlocks; the acknowledged texts and the close."""
    with psycopg.connect(server.database_url) as holder:
        holder.execute("SELECT FROM conversations_conversation WHERE id = %s FOR UPDATE", [group])
        for number in range(SENDS):
            frame = {"type": "message.send", "conversationId": group, "clientId": str(uuid4())}
            await sender.send({**frame, "ref": number, "content": f"message {number}"})
        # By its answer the server has taken in all that was sent before.
        assert (await sender.asks({"type": "ping"}))["type"] in ("pong", "error")
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(3)  # longer than the database usually takes, which is what is tried
    acked = []
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await sender.next()
                if frame["type"] == "ack":
                    acked.append(frame["message"]["content"])
    except ConnectionClosed:
        return acked, sender.connection.close_code or ABNORMAL
