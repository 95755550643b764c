"""Attacks a server of the tree in the current folder on loopback, and prints what each one costs.

    .venv/bin/python tests/abuse/measure.py [ATTACK …]

A line for each attack: the bytes of the largest answer, how far the server's memory has grown (at
most, while it lasted), and what an innocent person's acks and pages of history took meanwhile.
Limits are as they are by default. It needs nothing of the tree but `manage.py`, so that the same
file measures an older one.
"""

import asyncio
import contextlib
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
import psutil
import websockets
from PIL import Image

PASSWORD = "take-a-seat-7"
WARM_UP = 200  # messages and pages of the innocent person, before memory is compared
LARGE = "\U0001f600" * 8_000
MARKS = "a" + "\u0301\u0316" * 3_999
MIB = 1024**2
LONGEST = 45.0  # seconds that an attack lasts

FILTER = (
    "from messaging.moderation.models import WordFilter as F;"
    "f = {x.name for x in F._meta.get_fields()};"
    "F.objects.create(**{'word' if 'word' in f else 'pattern': 'forbidden'})"
)


class Server:
    """`manage.py serve` in the current folder, with a database of its own. It begins without rate
    limits, so that what an attack needs is there soon."""

    def __init__(self, data_dir: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **os.environ,
            "DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "chatproject.settings",
        }
        self.env.pop("DATABASE_URL", None)
        self.log = (data_dir / "server.log").open("wb")

    def manage(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.env,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    async def __aenter__(self) -> Self:
        self.manage("migrate", "--verbosity=0")
        await self._start({"RATE_LIMITS": "off"})
        return self

    async def limit(self) -> None:
        """Starts it again as it is in production."""
        self._stop()
        await self._start({})

    async def _start(self, env: dict[str, str]) -> None:
        self.process = subprocess.Popen(  # noqa: ASYNC220 (nothing else runs yet)
            [sys.executable, "manage.py", "serve"],
            env=self.env | env,
            stdout=self.log,
            stderr=self.log,
        )
        async with httpx.AsyncClient() as client:
            for _ in range(600):
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.1)
        raise RuntimeError("The server did not become ready.")

    async def __aexit__(self, *exc: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def rss(self) -> int:
        """Bytes of the server and of the processes that it started for pictures and recordings."""
        server = psutil.Process(self.process.pid)
        helpers = [it for it in server.children(recursive=True) if "postgres" not in it.name()]
        total = 0
        for process in [server, *helpers]:
            with contextlib.suppress(psutil.Error):
                total += int(process.memory_info().rss)
        return total


class Person:
    """Somebody with a token, who calls the API and opens sockets."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        limits = httpx.Limits(max_connections=200)
        self.http = httpx.AsyncClient(base_url=server.url, timeout=120, limits=limits)
        self.largest = 0

    async def begin(self) -> "Person":
        email = f"{self.name.lower()}-{uuid4().hex[:8]}@example.org"
        about = {"name": self.name, "email": email, "password": PASSWORD}
        self.id = (await self.http.post("/v1/users/register", json=about)).json()["id"]
        answer = await self.http.post("/v1/users/login", json=about)
        self.token = answer.json()["access"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        return self

    async def get(self, path: str) -> Any:
        answer = await self.http.get(f"/v1/{path}")
        self.largest = max(self.largest, len(answer.content))
        return answer

    async def post(self, path: str, body: Any) -> Any:
        answer = await self.http.post(f"/v1/{path}", json=body)
        self.largest = max(self.largest, len(answer.content))
        return answer

    async def upload(self, body: bytes, name: str) -> Any:
        return await self.http.post("/v1/attachments", files={"file": (name, body)})

    async def group(self, *others: "Person") -> str:
        body = {"kind": "group", "name": "Group", "memberIds": [it.id for it in others]}
        return str((await self.post("conversations", body)).json()["id"])

    @contextlib.asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator[Any]:
        async with websockets.connect(
            f"ws://127.0.0.1:{self.server.port}/v1/ws",
            additional_headers={"Authorization": f"Bearer {self.token}"},
            compression=None,
            max_size=None,
            max_queue=None,
            ping_interval=None,
            close_timeout=0.1,
            **options,
        ) as found:
            await found.recv()
            yield found

    async def frames(self, frames: list[dict[str, Any]], at_once: int = 32) -> None:
        """Sends frames and awaits their answers, some at a time."""
        async with self.socket() as found:
            waiting = 0
            for number, frame in enumerate(frames):
                await found.send(json.dumps({**frame, "ref": number}))
                waiting += 1
                while waiting >= at_once or (number == len(frames) - 1 and waiting):
                    waiting -= json.loads(await found.recv())["type"] in ("ack", "error")


def send(conversation: str, content: str) -> dict[str, Any]:
    return {"type": "message.send", "conversationId": conversation, "content": content}


class Innocent:
    """Sends a message and reads a page, over and over."""

    def __init__(self, ann: Person, room: str) -> None:
        self.ann, self.room = ann, room
        self.acks: list[float] = []
        self.pages: list[float] = []
        self.has_warmed_up = asyncio.Event()

    async def live(self) -> None:
        async with self.ann.socket() as found:
            while True:
                began = time.perf_counter()
                await found.send(json.dumps({**send(self.room, "hello"), "ref": began}))
                while json.loads(await found.recv()).get("ref") != began:
                    pass
                self.acks.append(time.perf_counter() - began)
                began = time.perf_counter()
                await self.ann.get(f"conversations/{self.room}/messages?limit=50")
                self.pages.append(time.perf_counter() - began)
                if len(self.pages) == WARM_UP:
                    self.has_warmed_up.set()
                await asyncio.sleep(0.02)


def percentiles(times: list[float]) -> str:
    if len(times) < 2:
        return "none was answered"
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return f"{cuts[49] * 1000:.0f} / {cuts[98] * 1000:.0f} ms of {len(times)}"


# -- the attacks; each gets a person, and is given up after LONGEST

Attack = Callable[[Person], Awaitable[str]]
ATTACKS: dict[str, tuple[Callable[[Person], Awaitable[Any]], Callable[..., Awaitable[str]]]] = {}


def attack(prepare: Callable[[Person], Awaitable[Any]]) -> Callable[[Any], Any]:
    """Names an attack by its function; `prepare` fills the database before it is measured."""

    def register(function: Any) -> Any:
        ATTACKS[function.__name__] = (prepare, function)
        return function

    return register


async def nothing(_mallory: Person) -> None:
    pass


async def large_messages(mallory: Person) -> str:
    group = await mallory.group()
    await mallory.frames([send(group, LARGE)] * 300)
    return group


@attack(large_messages)
async def sync_without_reading(mallory: Person, group: str) -> str:
    """60 sockets ask 'sync' five times each and read nothing."""
    frame = json.dumps({"type": "sync", "ref": 1, "conversations": {group: 0}})
    ranged = json.dumps({"type": "sync", "ref": 1, "conversations": {group: 120}})
    async with contextlib.AsyncExitStack() as held:
        for _ in range(60):
            plain = socket.create_connection(("127.0.0.1", mallory.server.port))
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            found = await held.enter_async_context(mallory.socket(sock=plain))
            found.transport.pause_reading()
            for _ in range(5):
                await found.send(ranged)
                await found.send(frame)
        await asyncio.sleep(25)
        return "60 sockets"


@attack(large_messages)
async def history_and_changes(mallory: Person, group: str) -> str:
    """24 pages and changes at once, four times."""
    paths = [
        f"conversations/{group}/messages?limit=200&after=1",
        f"conversations/{group}/changes?since=0&limit=500",
    ]
    told = []
    for _ in range(4):
        told += await asyncio.gather(*(mallory.get(path) for path in paths * 12))
    return statuses(told)


async def many_versions(mallory: Person) -> str:
    group = await mallory.group()
    await mallory.frames([send(group, "first")])
    edit = {"type": "message.edit", "conversationId": group, "seq": 2}
    await mallory.frames([{**edit, "content": LARGE[:-1] + str(n % 10)} for n in range(600)], 8)
    return group


@attack(many_versions)
async def revisions(mallory: Person, group: str) -> str:
    """12 times the versions of a message that was edited 600 times, ten times over."""
    told = []
    for _ in range(10):
        path = f"conversations/{group}/messages/2/revisions"
        told += await asyncio.gather(*(mallory.get(path) for _ in range(12)))
    return statuses(told)


async def large_pages(mallory: Person) -> list[str]:
    groups = [await mallory.group() for _ in range(60)]
    for group in groups:
        await mallory.frames([send(group, LARGE)] * 20 + [send(group, "small")] * 31)
    return groups


@attack(large_pages)
async def latest_pages(mallory: Person, groups: list[str]) -> str:
    """Reads the last page of 60 conversations, of which 20 messages are large."""
    told = [await mallory.get(f"conversations/{group}/messages?limit=50") for group in groups]
    return statuses(told)


@attack(nothing)
async def unfinished_bodies(mallory: Person, _: Any) -> str:
    """150 bodies of 2.5 MB, but for the last byte; how many are open after 35 s."""
    head = b"POST /v1/users/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2500001\r\n"
    head += b"Content-Type: application/json\r\n\r\n"
    pairs = []
    for _ in range(150):
        pair = await asyncio.open_connection("127.0.0.1", mallory.server.port)
        pair[1].write(head)
        with contextlib.suppress(ConnectionError, TimeoutError):
            pair[1].write(b" " * 2_500_000)
            async with asyncio.timeout(5):
                await pair[1].drain()
        pairs.append(pair)
    await asyncio.sleep(35)
    left = sum(not (reader.at_eof() or reader._buffer) for reader, _ in pairs)
    for _, writer in pairs:
        writer.transport.abort()
    return f"{left} open after 35 s"


@attack(nothing)
async def endless_headers(mallory: Person, _: Any) -> str:
    """Up to 100 MB of one header, ten times."""
    sent = 0
    for _ in range(10):
        _, writer = await asyncio.open_connection("127.0.0.1", mallory.server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(1_600):
                writer.write(b"a" * 65_536)
                await writer.drain()
                sent += 65_536
        writer.transport.abort()
        await asyncio.sleep(0.2)
    return f"{sent / MIB:.0f} MiB taken"


@attack(nothing)
async def log_ins(mallory: Person, _: Any) -> str:
    """60 log-ins at once with made-up addresses, three times."""

    async def log_in() -> Any:
        body = {"email": f"{uuid4().hex}@example.org", "password": "wrong-and-long"}
        return await mallory.post("users/login", body)

    told = []
    for _ in range(3):
        told += await asyncio.gather(*(log_in() for _ in range(60)))
    return statuses(told)


async def many_conversations(mallory: Person) -> dict[str, int]:
    groups = [await mallory.group() for _ in range(200)]
    for group in groups:
        await mallory.frames([send(group, "hello " * 20)] * 5)
    return dict.fromkeys(groups, 0)


@attack(many_conversations)
async def parallel_syncs(mallory: Person, revs: dict[str, int]) -> str:
    """20 syncs of 200 conversations at once, six times."""
    told = []
    for _ in range(6):
        body = {"conversations": revs}
        told += await asyncio.gather(*(mallory.post("sync", body) for _ in range(20)))
    return statuses(told)


async def with_a_filter(mallory: Person) -> str:
    mallory.server.manage("shell", "-c", FILTER)
    group = await mallory.group()
    await asyncio.sleep(8)  # until the process has taken it up
    return group


@attack(with_a_filter)
async def combining_marks(mallory: Person, group: str) -> str:
    """200 messages of one letter with 7,998 marks, while a word is filtered."""
    await mallory.frames([send(group, MARKS)] * 200, at_once=8)
    return "200 sent"


@attack(nothing)
async def boxes_of_a_recording(mallory: Person, _: Any) -> str:
    """4 MP4 files of 3 million boxes at once; how long a small upload beside them waits."""
    boxes = b"\0\0\0\x14ftypisom\0\0\2\0isom" + b"\0\0\0\x08free" * 3_000_000
    files = [asyncio.create_task(mallory.upload(boxes, "a.mp4")) for _ in range(4)]
    await asyncio.sleep(0.5)
    ann = await Person(mallory.server, "Ann").begin()
    began = time.perf_counter()
    small = await ann.upload(b"hello", "a.txt")
    waited = time.perf_counter() - began
    told = await asyncio.gather(*files)
    return f"{statuses(told)}; a small one {small.status_code} after {waited:.1f} s"


def picture(kind: str, width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, kind)
    return file.getvalue()


@attack(nothing)
async def large_pictures(mallory: Person, _: Any) -> str:
    """A WebP of 64 million pixels in some 300 KB, twice at once; what decoding takes is that of
    the server's child processes."""
    body = picture("WEBP", 8_000, 8_000)
    told = await asyncio.gather(*(mallory.upload(body, "a.webp") for _ in range(2)))
    await asyncio.sleep(6)
    return statuses(told)


async def larger_pages(mallory: Person) -> list[str]:
    groups = [await mallory.group() for _ in range(250)]
    for group in groups:
        await mallory.frames([send(group, LARGE)] * 27)
    return groups


@attack(larger_pages)
async def full_cache(mallory: Person, groups: list[str]) -> str:
    """Reads the last page of 250 conversations, each of 27 large messages."""
    told = []
    for group in groups:
        told.append(await mallory.get(f"conversations/{group}/messages?limit=50"))
        if len(told) % 20 == 0:  # as an app that obeys 429
            await asyncio.sleep(0.2)
    return statuses(told)


def bomb(path: Path) -> None:
    """A Slack export of a few MB that unpacks to some 2 GB."""
    day = json.dumps([{"type": "message", "text": "spam " * 200, "ts": "1.2"}] * 20_000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("users.json", "[]")
        file.writestr("channels.json", '[{"id": "C1", "name": "general", "members": []}]')
        for number in range(100):
            file.writestr(f"general/2020-{number // 28 + 1:02}-{number % 28 + 1:02}.json", day)


@attack(nothing)
async def import_of_a_bomb(mallory: Person, _: Any) -> str:
    """What `import_slack` makes of it."""
    with tempfile.TemporaryDirectory(prefix="bomb-") as folder:
        path = Path(folder) / "export.zip"
        bomb(path)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "manage.py",
            "import_slack",
            str(path),
            env=mallory.server.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            told, _ = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            raise
        size = path.stat().st_size / MIB
        return f"{size:.0f} MB: ended with {process.returncode}, {told.decode()[-80:].strip()!r}"


def statuses(answers: list[Any]) -> str:
    counts: dict[int, int] = {}
    for answer in answers:
        counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
    return ", ".join(f"{number} x {status}" for status, number in sorted(counts.items()))


# -- measuring


async def watch(server: Server, peaks: list[int]) -> None:
    while True:
        peaks.append(server.rss())
        await asyncio.sleep(0.1)


async def measure(name: str) -> None:
    prepare, function = ATTACKS[name]
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        async with Server(Path(folder)) as server:
            mallory, ann = [await Person(server, who).begin() for who in ("Mallory", "Ann")]
            room = await ann.group()
            given = await prepare(mallory)
            await server.limit()
            innocent = Innocent(ann, room)
            tasks = [asyncio.create_task(innocent.live())]
            await innocent.has_warmed_up.wait()
            innocent.acks.clear()
            innocent.pages.clear()
            mallory.largest, before, peaks = 0, server.rss(), [0]
            tasks.append(asyncio.create_task(watch(server, peaks)))
            began = time.perf_counter()
            try:
                async with asyncio.timeout(LONGEST):
                    outcome = await function(mallory, given)
            except TimeoutError:
                outcome = "given up"
            took = time.perf_counter() - began
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            print(
                f"| {name} | {outcome}, {took:.0f} s | {mallory.largest / MIB:.1f} MiB "
                f"| +{(max(peaks) - before) / MIB:.0f} MiB | {percentiles(innocent.acks)} "
                f"| {percentiles(innocent.pages)} |",
                flush=True,
            )


def main() -> None:
    print("| attack | outcome | largest answer | memory | ack p50 / p99 | history p50 / p99 |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    for name in sys.argv[1:] or ATTACKS:
        asyncio.run(measure(name))


if __name__ == "__main__":
    main()
