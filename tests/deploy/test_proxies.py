"""The chat behind nginx and behind Caddy, as deploy/ sets them up, in production mode."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.asyncio.client import connect

from chatproject.realtime.websocket import CLOSE_GOING_AWAY
from tests.conftest import SERVER
from tests.deploy.proxies import Proxy
from tests.journeys.stage import PASSWORD, PATIENCE
from tests.servers import ServerProcess, free_port

LARGE = 100 * 1024**2  # MAX_FILE_SIZE
# What systemd does with the socket of chat.socket: it is number 3, and named in two variables.
ACTIVATED = """
import os, sys
os.dup2({}, 3)
os.environ |= {{"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}}
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxy(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    """A proxy before a server whose listening socket is held for it."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as held:
        upstream = held.getsockname()[1]
        folder = tmp_path_factory.mktemp(request.param)
        front = Proxy(request.param, folder, free_port(), upstream)
        settings = {
            "PUBLIC_URL": front.url,
            "TRUSTED_PROXIES": "127.0.0.1",
            "SECRET_KEY": "b7Rz" * 20 + "0123456789abcdef",
            "METRICS_TOKEN": "a-token-for-the-tests-of-proxies",
        }
        server = ServerProcess(tmp_path_factory.mktemp("server"), env=settings)
        server.port, server.base_url = upstream, f"http://127.0.0.1:{upstream}"
        server.pass_fds = (held.fileno(),)
        program = ACTIVATED.format(held.fileno())
        server.program = (sys.executable, "-c", program, "manage.py")
        request.node.stash[SERVER] = server
        front.server = server
        with server, front.running():
            yield front


@pytest.fixture
async def ann(proxy: Proxy) -> AsyncIterator[httpx.AsyncClient]:
    """A new person's client, with a token."""
    async with httpx.AsyncClient(base_url=proxy.url, verify=proxy.trust, timeout=60) as client:
        body = {"name": "Ann", "email": f"{uuid4()}@example.org", "password": PASSWORD}
        (await client.post("/v1/users/register", json=body)).raise_for_status()
        answer = await client.post("/v1/users/login", json=body)
        client.headers["Authorization"] = f"Bearer {answer.json()['access']}"
        yield client


async def new_group(person: httpx.AsyncClient) -> str:
    body = {"name": "Group", "isGroup": True, "memberIds": []}
    answer = await person.post("/v1/conversations", json=body)
    return str(answer.raise_for_status().json()["id"])


async def test_https_is_seen_through(proxy: Proxy, ann: httpx.AsyncClient) -> None:
    page = await ann.get("/", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert "strict-transport-security" in page.headers
    inner = (
        "/readyz",
        "/metrics",
        "/readyz/",
        "/metrics/",
        "/%72eadyz",
        "/x/../metrics",
    )
    for path in inner:
        answer = await ann.get(path)
        assert answer.status_code == 404, path
        assert "database" not in answer.text


async def test_the_largest_file(proxy: Proxy, ann: httpx.AsyncClient, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(os.urandom(LARGE // 100))
    with path.open("rb") as file:
        sent = await ann.post("/v1/attachments", files={"file": ("large.bin", file)})
    assert (sent.status_code, sent.json()["size"]) == (201, LARGE)
    got = 0
    async with ann.stream("GET", f"/v1/attachments/{sent.json()['id']}") as answer:
        async for part in answer.aiter_bytes():
            got += len(part)
    assert (answer.status_code, got) == (200, LARGE)


async def test_what_is_too_large_is_refused_with_a_reason(
    proxy: Proxy, ann: httpx.AsyncClient, tmp_path: Path
) -> None:
    path = tmp_path / "larger.bin"
    with path.open("wb") as file:
        file.truncate(LARGE + 1)
    with path.open("rb") as file:
        answer = await ann.post("/v1/attachments", files={"file": ("larger.bin", file)})
    assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


async def test_websocket(proxy: Proxy, ann: httpx.AsyncClient) -> None:
    group = await new_group(ann)
    async with socket_of(proxy, ann) as ws, asyncio.timeout(PATIENCE):
        assert (await frame_of(ws, "hello"))["type"] == "hello"
        frame = {"type": "message.send", "ref": "1", "conversationId": group, "content": "Hello"}
        await ws.send(json.dumps(frame))
        assert (await frame_of(ws, "ack"))["message"]["content"] == "Hello"


async def test_a_restart_fails_no_request(proxy: Proxy, ann: httpx.AsyncClient) -> None:
    group = await new_group(ann)
    answers: list[int] = []
    is_back = asyncio.Event()

    async def use() -> None:
        """Reads and writes, until what began after the restart was answered as well."""
        while not is_back.is_set():
            sent = await ann.post(
                f"/v1/conversations/{group}/messages",
                json={"content": "still here", "clientId": str(uuid4())},
            )
            read = await ann.get(f"/v1/conversations/{group}/messages?limit=1")
            answers.extend((sent.status_code, read.status_code))
            await asyncio.sleep(0.05)  # a person's pace: throttles hold in production
        answers.append((await ann.get("/v1/users/me")).status_code)

    async with socket_of(proxy, ann) as ws:
        await frame_of(ws, "hello")
        using = [asyncio.create_task(use()) for _ in range(4)]
        await asyncio.to_thread(proxy.server.restart)
        is_back.set()
        await asyncio.gather(*using)
        async with asyncio.timeout(PATIENCE):
            await ws.wait_closed()
    assert set(answers) <= {200, 201}
    assert ws.close_code == CLOSE_GOING_AWAY  # told so, not cut
    async with socket_of(proxy, ann) as ws:
        assert group in (await frame_of(ws, "hello"))["heads"]


@pytest.mark.parametrize("kind", ["nginx", "caddy"])
async def test_a_slow_answer_goes_on_as_it_comes(kind: str, tmp_path: Path) -> None:
    """As of a long poll or a large export: what is said comes through before the rest is there."""
    has_first = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await writer.drain()
        await has_first.wait()
        writer.write(b"4\r\nrest\r\n0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    proxy = Proxy(kind, tmp_path, free_port(), server.sockets[0].getsockname()[1])
    parts = []
    with ExitStack() as running:
        await asyncio.to_thread(running.enter_context, proxy.running())
        async with (
            asyncio.timeout(PATIENCE),
            server,
            httpx.AsyncClient(base_url=proxy.url, verify=proxy.trust) as client,
            client.stream("GET", "/slow") as slow,
        ):
            async for part in slow.aiter_bytes():
                parts.append(part)
                has_first.set()
    assert parts == [b"first", b"rest"]


def socket_of(proxy: Proxy, person: httpx.AsyncClient) -> connect:
    headers = {"Authorization": person.headers["Authorization"]}
    address = f"{proxy.url.replace('https', 'wss')}/v1/ws"
    return connect(
        address, additional_headers=headers, ssl=proxy.trust, compression=None, max_queue=None
    )


async def frame_of(ws: Any, name: str) -> dict[str, Any]:
    """The next frame of this type."""
    while True:
        frame: dict[str, Any] = json.loads(await ws.recv())
        if frame["type"] == name:
            return frame
