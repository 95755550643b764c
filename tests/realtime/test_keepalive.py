"""Who is gone is noticed by a missing pong, but not who is only not read: a server of uvicorn's in
this process, with pings that follow fast."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from chatproject.realtime.protocol import ShortCutProtocol
from tests.benchmarks.wire import CLOSE, PING, PONG, TEXT, client_frame, handshake
from tests.journeys.stage import PATIENCE
from tests.realtime.test_protocol import Line

INTERVAL, TIMEOUT = 0.05, 0.2  # seconds
LONG = 10 * (INTERVAL + TIMEOUT)
KEEPALIVE_FAILED = 1011


@asynccontextmanager
async def line_to(application: Callable[..., Awaitable[None]]) -> AsyncIterator[Line]:
    config = uvicorn.Config(
        application,
        ws=ShortCutProtocol,
        port=0,
        lifespan="off",
        log_config=None,
        ws_ping_interval=INTERVAL,
        ws_ping_timeout=TIMEOUT,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (it has no event to wait for)
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(handshake(port, "/", "token"))
    await reader.readuntil(b"\r\n\r\n")
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        server.should_exit = True
        await running


async def test_who_is_not_read_for_long_is_not_sent_away() -> None:
    goes_on, heard = asyncio.Event(), asyncio.Queue[str]()

    async def reads_one_and_waits(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            heard.put_nowait(message["text"])
            await goes_on.wait()

    async with asyncio.timeout(PATIENCE), line_to(reads_one_and_waits) as line:
        line.say(b"".join(client_frame(text) for text in (b"one", b"two", b"three")))
        assert await heard.get() == "one"
        answers = asyncio.create_task(answer_pings(line))
        await asyncio.sleep(LONG)
        assert not answers.done()
        goes_on.set()
        assert [await heard.get(), await heard.get()] == ["two", "three"]
        await asyncio.sleep(LONG)  # it is read again, so its pongs count
        assert not answers.done()
        answers.cancel()


async def test_who_says_nothing_more_is_sent_away() -> None:
    async def reads(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] == "websocket.receive":
            pass

    async with line_to(reads) as line:
        line.say(client_frame(b"one"))
        assert await line.close_code() == KEEPALIVE_FAILED


async def answer_pings(line: Line) -> None:
    """Returns when the server closes."""
    opcode = TEXT
    while opcode != CLOSE:
        opcode, payload = await line.next()
        if opcode == PING:
            line.say(client_frame(payload, PONG))
