"""Files on the real server: live previews, cut lines, and what a hundred megabytes cost it."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.utils.module_loading import import_string

from chatproject.environment import Environment
from tests.attachments import samples
from tests.conftest import SERVER
from tests.journeys.stage import PASSWORD, Person, Stage, holds
from tests.servers import ServerProcess
from tests.waiting import eventually

MEGABYTE = 1024**2
LARGE = 100 * MEGABYTE


@pytest.fixture(scope="module", params=["folder", "bucket"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """The real server, on each kind of store."""
    env = {"RATE_LIMITS": "off"}
    if request.param == "bucket":
        env["STORAGE_URL"] = request.getfixturevalue("new_bucket")()
    with ServerProcess(tmp_path_factory.mktemp("files"), env=env) as process:
        request.node.stash[SERVER] = process
        yield process


@pytest.fixture
async def stage(server: ServerProcess) -> AsyncIterator[Stage]:
    async with Stage(server) as stage:
        yield stage


async def client_of(person: Person) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {await person.token()}"}
    base = str(person.rest._http.base_url).removesuffix("/v1/")
    return httpx.AsyncClient(base_url=base, headers=headers, timeout=60, follow_redirects=False)


async def upload(client: httpx.AsyncClient, file: Any, name: str = "a.jpg") -> dict[str, Any]:
    answer = await client.post("/v1/attachments", files={"file": (name, file)})
    assert answer.status_code == 201, answer.text
    shape: dict[str, Any] = answer.json()
    return shape


async def download(client: httpx.AsyncClient, url: str, **headers: str) -> httpx.Response:
    answer = await client.get(url, headers=headers)
    if answer.status_code == 302:
        async with httpx.AsyncClient() as anybody:  # the address says who may
            return await anybody.get(answer.headers["Location"], headers=headers)
    return answer


async def test_a_picture_comes_to_the_other_side_by_itself(stage: Stage) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    chat = await stage.group(ann, bob)
    recording = await stage.connect(bob)
    async with await client_of(ann) as of_ann, await client_of(bob) as of_bob:
        body = samples.picture(size=(2000, 1000), exif=samples.telling(6))
        shape = await upload(of_ann, body)
        async with stage.raw(ann) as socket_:
            ack = await socket_.asks(
                {"type": "message.send", "conversationId": chat, "attachmentIds": [shape["id"]]}
            )
        assert ack["type"] == "ack"
        assert ack["message"]["attachments"][0]["id"] == shape["id"]

        def is_ready(event: Any) -> bool:
            return any(it["state"] == "ready" for it in event.data["message"]["attachments"])

        seen = await recording.until(
            lambda: next((it for it in recording.heard if it.message and is_ready(it)), None),
            "the preview was not told of",
        )

        (attachment,) = seen.data["message"]["attachments"]
        assert (attachment["width"], attachment["height"]) == (1000, 2000)
        for thumbnail in attachment["thumbnails"]:
            answer = await download(of_bob, thumbnail["url"])
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
        whole = await download(of_bob, attachment["url"])
        assert b"Telltale" not in whole.content
        part = await download(of_bob, attachment["url"], Range="bytes=10-19")
        assert (part.status_code, part.content) == (206, whole.content[10:20])
        head = await of_bob.head(attachment["url"])
        assert head.status_code in (200, 302)
        assert head.content == b""


async def test_a_deleted_picture_is_gone_from_the_store(
    stage: Stage, server: ServerProcess
) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    chat = await stage.group(ann, bob)
    async with await client_of(ann) as client:
        shape = await upload(client, samples.picture())
        ack = await ann.rest.post(
            "conversations", chat, "messages", body={"attachmentIds": [shape["id"]]}
        )

        async def is_ready() -> bool:
            return (await download(client, shape["url"])).status_code == 200

        await holds(is_ready)
        (key,) = stored(server, shape["id"])
        assert key in kept(server)

        assert (await client.delete(f"/v1/conversations/{chat}/messages/{ack['seq']}")).is_success

        assert (await download(client, shape["url"])).status_code == 404
        await asyncio.to_thread(eventually, lambda: key not in kept(server))


async def test_an_upload_outlives_a_killed_server(tmp_path: Path) -> None:
    """What it had not come to is done by the next one."""
    env = {"RATE_LIMITS": "off", "TASKS": "off"}
    with ServerProcess(tmp_path / "killed", env=env) as server:
        async with Stage(server) as stage:
            ann, bob = await stage.people("Ann", "Bob")
            chat = await stage.group(ann, bob)
            async with await client_of(ann) as of_ann, await client_of(bob) as of_bob:
                shape = await upload(of_ann, samples.picture())
                ids = {"attachmentIds": [shape["id"]]}
                await ann.rest.post("conversations", chat, "messages", body=ids)
                assert (await of_bob.get(shape["url"])).status_code == 409
                server.kill()
                server.env["TASKS"] = "on"
                server.start()

                async def is_there() -> bool:
                    return (await of_bob.get(f"{shape['url']}/thumbnail")).status_code == 200

                await holds(is_there)


def stored(server: ServerProcess, attachment_id: str) -> list[str]:
    """The beginning of its objects' names, if it is on record."""
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute(
            "SELECT storage_key FROM attachments_attachment WHERE id = %s", [attachment_id]
        )
        return [key for (key,) in rows]


def kept(server: ServerProcess) -> set[str]:
    """The names of all objects, without their endings."""
    environment = Environment(server.env)
    place = environment.storage("STORAGE_URL", server.data_dir / "files")
    store = import_string(place["BACKEND"])(**place["OPTIONS"])
    return {each.key.partition(".")[0] for each in store.objects()}


def memory(server: ServerProcess, name: str) -> int:
    """`VmRSS`, or `VmHWM`, its highest since `forget_peak`, in bytes."""
    assert server.process is not None
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(rf"{name}:\s+(\d+) kB", text)
    assert found is not None
    return int(found[1]) * 1024


def forget_peak(server: ServerProcess) -> None:
    assert server.process is not None
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")


async def test_a_hundred_megabytes_cost_no_memory(
    stage: Stage, server: ServerProcess, tmp_path: Path
) -> None:
    source = tmp_path / "large.bin"
    with source.open("wb") as file:
        for _ in range(100):
            file.write(os.urandom(MEGABYTE))
    ann = await stage.person()
    async with await client_of(ann) as client:
        warm = await upload(client, os.urandom(10 * MEGABYTE), "warm.bin")
        await download(client, warm["url"])
        forget_peak(server)
        before = memory(server, "VmRSS")

        with source.open("rb") as file:
            shape = await upload(client, file, "large.bin")
        assert shape["size"] == LARGE
        assert memory(server, "VmHWM") - before < 50 * MEGABYTE

        size = 0
        async with client.stream("GET", shape["url"]) as answer:
            if answer.status_code == 200:
                async for piece in answer.aiter_raw():
                    size += len(piece)
                assert size == LARGE
        assert memory(server, "VmHWM") - before < 50 * MEGABYTE
        await client.delete(shape["url"])


async def test_downloads_that_nobody_reads_hold_nobody_up(
    stage: Stage, server: ServerProcess
) -> None:
    """Fifty of them, more than there are threads: what is sent meanwhile is acknowledged."""
    ann, bob = await stage.people("Ann", "Bob")
    chat = await stage.group(ann, bob)
    async with await client_of(ann) as client:
        shape = await upload(client, os.urandom(20 * MEGABYTE), "a.bin")
        if (await client.get(shape["url"], headers={"Range": "bytes=0-0"})).status_code == 302:
            return  # the store sends it, not we
        with ExitStack() as lines:
            for _ in range(50):
                line = lines.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                line.sendall(
                    f"GET {shape['url']} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    f"Authorization: Bearer {await ann.token()}\r\n\r\n".encode()
                )
                assert (await asyncio.to_thread(line.recv, 12)) == b"HTTP/1.1 200"

            for n in range(5):
                await ann.rest.post("conversations", chat, "messages", body={"content": f"{n}"})
            small = await upload(client, b"x", "small.txt")
            assert (await download(client, small["url"])).content == b"x"
        again = await download(client, shape["url"])
        assert len(again.content) == 20 * MEGABYTE


FORM = samples.form("a.bin", "x" * 1000)
KIND = "multipart/form-data; boundary=b"


async def count_of(server: ServerProcess) -> int:
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute("SELECT count(*) FROM attachments_attachment").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("part", [0, 100, len(FORM) - 1])
async def test_a_line_that_is_cut_leaves_nothing(
    stage: Stage, server: ServerProcess, part: int
) -> None:
    ann = await stage.person()
    before = await count_of(server)
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(
            f"POST /v1/attachments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {KIND}\r\n"
            f"Authorization: Bearer {await ann.token()}\r\n"
            f"Content-Length: {len(FORM)}\r\n\r\n".encode()
            + FORM[:part]
        )
    async with await client_of(ann) as client:
        await upload(client, b"x", "after.txt")
    assert await count_of(server) == before + 1
    folder = server.data_dir / "uploads"
    eventually(lambda: not list(folder.iterdir()))


async def test_a_length_that_is_too_short_is_refused(stage: Stage, server: ServerProcess) -> None:
    """What comes after it is no part of the body, and so the form is not whole."""
    ann = await stage.person()
    before = await count_of(server)
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(
            f"POST /v1/attachments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {KIND}\r\n"
            f"Authorization: Bearer {await ann.token()}\r\nConnection: close\r\n"
            f"Content-Length: {20}\r\n\r\n".encode()
            + FORM[:20]
        )
        answer = await asyncio.to_thread(line.recv, 12)
    assert answer == b"HTTP/1.1 400"
    assert await count_of(server) == before


@pytest.mark.parametrize(("path", "code"), [("attachments", "file_too_large")])
async def test_more_than_may_be_sent_is_refused_and_not_kept(
    stage: Stage, server: ServerProcess, path: str, code: str
) -> None:
    ann = await stage.person()
    async with await client_of(ann) as client:

        async def endless() -> AsyncIterator[bytes]:
            yield FORM[:100]
            for _ in range(101):
                yield bytes(MEGABYTE)

        answer = await client.post(f"/v1/{path}", content=endless(), headers={"Content-Type": KIND})

    assert (answer.status_code, answer.json()["code"]) == (413, code)


async def test_one_person_sends_only_so_much_at_once(stage: Stage, server: ServerProcess) -> None:
    ann, bob = await stage.people("Ann", "Bob")
    head = (
        f"POST /v1/attachments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {KIND}\r\n"
        f"Authorization: Bearer {await ann.token()}\r\nContent-Length: {len(FORM)}\r\n\r\n"
    )
    async with await client_of(ann) as of_ann, await client_of(bob) as of_bob:

        async def status_of(client: httpx.AsyncClient) -> int:
            files = {"file": ("a", b"")}  # which is refused for itself, and takes no room
            return (await client.post("/v1/attachments", files=files)).status_code

        with ExitStack() as lines:

            def begin() -> None:
                line = lines.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                line.sendall(head.encode() + FORM[:100])

            async def is_full() -> bool:
                if await status_of(of_ann) == 429:
                    return True
                begin()  # the question itself may have taken the last place from one of them
                return False

            for _ in range(8):
                begin()
            await holds(is_full)
            assert await status_of(of_bob) == 400

        async def is_free() -> bool:
            return await status_of(of_ann) == 400

        await holds(is_free)


@pytest.mark.parametrize("token", ["", "Bearer x"])
async def test_a_strangers_file_is_refused_before_it_is_kept(
    server: ServerProcess, token: str
) -> None:
    async with httpx.AsyncClient(base_url=server.base_url, timeout=60) as client:
        answer = await client.post(
            "/v1/attachments",
            content=FORM + bytes(5 * MEGABYTE),
            headers={"Content-Type": KIND} | ({"Authorization": token} if token else {}),
        )

    assert answer.status_code == 401
    assert answer.json()["code"] in ("not_authenticated", "invalid_token")


async def test_a_browser_uploads_by_its_session(stage: Stage, server: ServerProcess) -> None:
    ann = await stage.person()
    async with httpx.AsyncClient(base_url=server.base_url, timeout=60) as browser:
        await browser.get("/login")
        token = browser.cookies["csrftoken"]
        form = {"username": ann.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
        entered = await browser.post("/login", data=form)
        assert entered.status_code == 302, entered.text
        files = {"file": ("a.txt", b"x")}
        headers = {"X-CSRFToken": browser.cookies["csrftoken"]}

        assert (await browser.post("/v1/attachments", files=files)).status_code == 403
        answer = await browser.post("/v1/attachments", files=files, headers=headers)

    assert answer.status_code == 201


async def test_another_body_is_not_as_large_as_a_file(stage: Stage) -> None:
    ann = await stage.person()
    async with await client_of(ann) as client:
        answer = await client.patch(
            "/v1/users/me",
            content=b" " * (3 * MEGABYTE),
            headers={"Content-Type": "application/json"},
        )

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
