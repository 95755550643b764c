"""Connections whose headers never end, or that stop in the middle, are ended; others are served."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from chatproject.core.api.media_types import BodyTooLarge
from chatproject.server import http_protocol
from chatproject.server.http_protocol import MAX_HEADER_BYTES
from chatproject.server.request_bodies import read_body
from tests.serving import serving

Exchange = Callable[[bytes], Awaitable[bytes]]
HEAD = b"POST /echo HTTP/1.1\r\nHost: x\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers a request with the length of its body, and a WebSocket with its frames."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        return
    size, goes_on = 0, True
    while goes_on:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        goes_on = message.get("more_body", False)
    head = [(b"content-length", b"%d" % len(str(size)))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": str(size).encode()})


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEADER_SECONDS", 0.6)
    monkeypatch.setattr(http_protocol, "BODY_SPAN_SECONDS", 0.3)


async def answer_to(port: int, *pieces: bytes, pause: float = 0.0) -> bytes:
    """All that comes back until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    reading = asyncio.create_task(reader.read())
    with suppress(ConnectionError):
        for piece in pieces:
            if reading.done():
                break
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)
    try:
        async with asyncio.timeout(20):
            return await reading
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def is_served(port: int) -> bool:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"http://127.0.0.1:{port}/echo", content=b"x" * 1000)
    return answer.text == "1000"


async def test_headers_over_64_kib_are_answered_431() -> None:
    line = b"X: " + b"a" * 1000 + b"\r\n"
    async with serving(echo) as port:
        answer = await answer_to(port, HEAD + line * 70)
        assert answer.startswith(b"HTTP/1.1 431 ")
        assert await is_served(port)


async def test_a_header_without_end_is_not_read_on() -> None:
    async with serving(echo) as port:
        sent = 0

        async def flood() -> None:
            nonlocal sent
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HEAD + b"X: ")
            for _ in range(2000):  # 32 MiB
                writer.write(b"a" * 16_384)
                await writer.drain()
                sent += 16_384

        with pytest.raises(ConnectionError):
            await flood()
        assert sent < 16 * 1024**2  # what the buffers of the two ends hold
        assert await is_served(port)


async def test_headers_that_fit_are_taken_with_a_body_behind_them() -> None:
    head = HEAD + b"X: " + b"a" * (MAX_HEADER_BYTES - 2_000) + b"\r\n"
    body = b"b" * 500_000
    async with serving(echo) as port:
        answer = await answer_to(
            port, head + b"Content-Length: 500000\r\nConnection: close\r\n\r\n" + body
        )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"500000")


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ((b"",), b""),
        ((b"GET / HTTP/1.1\r\nX: a",), b"HTTP/1.1 408 "),
        ((HEAD + b"Content-Length: 100\r\n\r\nabc",), b"HTTP/1.1 408 "),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",), b"HTTP/1.1 408 "),
    ],
)
async def test_a_request_that_stalls_is_ended(pieces: tuple[bytes, ...], status: bytes) -> None:
    async with serving(echo) as port:
        answer = await answer_to(port, *pieces)
        assert answer[: len(status)] == status
        assert await is_served(port)


async def test_headers_that_trickle_are_ended() -> None:
    async with serving(echo) as port:
        answer = await answer_to(port, HEAD, *[b"X: a\r\n"] * 40, pause=0.05)
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_150_unfinished_bodies_hold_nobody_up() -> None:
    async with serving(echo) as port:
        stalled = [
            asyncio.create_task(answer_to(port, HEAD + b"Content-Length: 99999\r\n\r\n" + b"a" * n))
            for n in range(150)
        ]
        await asyncio.sleep(0)
        assert await is_served(port)
        answers = await asyncio.gather(*stalled)
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)


async def test_a_body_that_goes_on_coming_is_taken_however_long_it_takes() -> None:
    piece = b"a" * http_protocol.BODY_SPAN_BYTES
    head = HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % (len(piece) * 8)
    async with serving(echo) as port:
        answer = await answer_to(port, head, *[piece] * 8, pause=0.2)
    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_kept_connection_serves_request_after_request() -> None:
    async with serving(echo) as port, httpx.AsyncClient() as client:
        for n in range(4):
            answer = await client.post(f"http://127.0.0.1:{port}/", content=b"x" * n * 50_000)
            assert answer.text == str(n * 50_000)
            await asyncio.sleep(0.3)


async def test_a_kept_connection_without_a_request_is_closed() -> None:
    async with serving(echo) as port:
        answer = await answer_to(port, HEAD + b"Content-Length: 3\r\n\r\nabc")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert await is_served(port)


async def test_a_websocket_outlives_the_deadlines() -> None:
    async with serving(echo) as port, websockets.connect(f"ws://127.0.0.1:{port}/") as websocket:
        await asyncio.sleep(1.0)
        await websocket.send("there?")
        assert await websocket.recv() == "there?"


@pytest.mark.parametrize(("size", "on_disk"), [(64 * 1024, False), (2_000_000, True)])
async def test_a_body_above_64_kib_waits_on_disk(
    size: int, on_disk: bool, settings: Any, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    pieces = [b"x" * 16_384] * (size // 16_384) + [b"x" * (size % 16_384)]
    messages = iter([{"type": "http.request", "body": it, "more_body": True} for it in pieces])

    async def receive() -> Any:
        return next(messages, {"type": "http.request", "body": b"", "more_body": False})

    body = await read_body(receive, 3_000_000, BodyTooLarge)
    assert body._rolled is on_disk
    assert len(body.read()) == size
