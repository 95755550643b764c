"""REST in a closed loop: how many requests a core answers, and how long each takes."""

import asyncio
import secrets
import time
from array import array
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from random import Random

from django.conf import settings

from tests.benchmarks.figures import Figure, cpu_per, latencies
from tests.benchmarks.plan import Plan
from tests.benchmarks.sends import CONTENT
from tests.benchmarks.system import Site

PAGE = 50
HISTORY_GOAL = 500  # requests a second and core
INBOX_GOAL = 5.0  # milliseconds
FIRST_VIEW_GOAL = 30.0  # milliseconds of CPU, of server and PostgreSQL
FIRST_VIEW_SECONDS = 2.0  # at least, since a page takes longer than other answers

NextRequest = Callable[[], bytes]


class Caller(asyncio.Protocol):
    """One kept HTTP connection that asks again as soon as it is answered."""

    def __init__(self, next_request: NextRequest) -> None:
        self.took = array("d")
        self.size = 0
        self.failure: str | None = None
        self.running = True
        self._next_request = next_request
        self._rest = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.running:
            self.failure = self.failure or f"connection lost: {exc}"

    def end(self) -> None:
        self.running = False
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._rest += data
        head, found, body = self._rest.partition(b"\r\n\r\n")
        if not found or len(body) < (size := _length_of(head)):
            return
        self._rest = b""
        self.size = size
        self.took.append(time.perf_counter() - self._asked)
        if not head.startswith(b"HTTP/1.1 200"):
            self.failure = (head + b"\n" + body[:500]).decode(errors="replace")
        elif self.running:
            self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(self._next_request())


def _length_of(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise AssertionError(f"an answer without a length: {head!r}")


def get(path: str, token: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    )


def page(path: str, session_key: str) -> bytes:
    cookie = f"{settings.SESSION_COOKIE_NAME}={session_key}"
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode()


def history_pages(site: Site, plan: Plan) -> NextRequest:
    """Pages of 50 from anywhere in the long history, as people scroll it."""
    token, chance = site.world.token(site.world.reader), Random(3)
    path = f"/v1/conversations/{site.world.history}/messages"

    def next_request() -> bytes:
        before = chance.randint(min(PAGE + 1, plan.history), plan.history)
        return get(f"{path}?limit={PAGE}&before={before}", token)

    return next_request


def inbox_page(site: Site, plan: Plan) -> NextRequest:
    request = get("/v1/conversations", site.world.token(site.world.reader))
    return lambda: request


def posts(site: Site, plan: Plan) -> NextRequest:
    """A new message with each request, in the first pair's conversation."""
    path, token = f"/v1/conversations/{site.world.pairs[0]}/messages", site.world.token(0)
    run, numbers = secrets.token_hex(4), count()

    def next_request() -> bytes:
        body = f'{{"clientId":"{run}-0000-4000-8000-{next(numbers):012x}","content":"{CONTENT}"}}'
        return (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    return next_request


@asynccontextmanager
async def calling(port: int, callers: int, ask: NextRequest) -> AsyncIterator[list[Caller]]:
    """Keeps `callers` connections busy; raises RuntimeError at any answer other than 200."""
    loop = asyncio.get_running_loop()
    made = [
        (await loop.create_connection(lambda: Caller(ask), "127.0.0.1", port))[1]
        for _ in range(callers)
    ]
    try:
        yield made
        for caller in made:
            if caller.failure:
                raise RuntimeError(caller.failure)
    finally:
        for caller in made:
            caller.end()


async def read_history(site: Site, plan: Plan) -> list[Figure]:
    figures = await _at_each(site, plan, f"history page of {PAGE} by REST", history_pages)
    best = max(figures, key=lambda figure: figure.value)
    per_core = 1e6 / best.details["cpu_per_request"]["server_us"]
    name = "requests a second and core of the server"
    figures.append(Figure(best.stage, name, per_core, "/s", HISTORY_GOAL))
    return figures


async def read_inbox(site: Site, plan: Plan) -> list[Figure]:
    stage = f"inbox of {plan.inbox} conversations by REST"
    figures = await _at_each(site, plan, stage, inbox_page)
    p50 = figures[0].details["ms"]["p50"]
    alone = Figure(stage, "p50 of one reader", p50, "ms", INBOX_GOAL, lower_is_better=True)
    return [*figures, alone]


async def open_in_browser(site: Site, plan: Plan) -> list[Figure]:
    """The page that a browser opens with: the shell, the inbox, and the last page of the long
    history, in one HTML document."""
    stage = f"first view of {plan.inbox} conversations, as HTML"
    request = page(f"/c/{site.world.history}", site.world.session_key)
    longer = replace(plan, rest_seconds=max(plan.rest_seconds, FIRST_VIEW_SECONDS))
    opened = await _closed_loop(site, longer, stage, 1, lambda: request)
    cpu = opened.details["cpu_per_request"]
    spent = (cpu["server_us"] + cpu["postgres_us"]) / 1000
    name = "CPU of server and PostgreSQL"
    return [opened, Figure(stage, name, spent, "ms", FIRST_VIEW_GOAL, lower_is_better=True)]


async def send(site: Site, plan: Plan) -> list[Figure]:
    return await _at_each(site, plan, "send by REST", posts)


async def _at_each(
    site: Site, plan: Plan, stage: str, requests: Callable[[Site, Plan], NextRequest]
) -> list[Figure]:
    return [
        await _closed_loop(site, plan, stage, callers, requests(site, plan))
        for callers in plan.rest_connections
    ]


async def _closed_loop(
    site: Site, plan: Plan, stage: str, callers: int, ask: NextRequest
) -> Figure:
    async with calling(site.port, callers, ask) as made:
        await asyncio.sleep(plan.warm_up)
        for caller in made:
            caller.took = array("d")
        with site.accounts.watch() as usage:
            await asyncio.sleep(plan.rest_seconds)
        took = _all(made)
    details = {
        "ms": latencies(took),
        "bytes": made[0].size,
        "cpu_per_request": cpu_per(usage, len(took)),
    }
    name = f"{callers} connection{'s' if callers > 1 else ''}"
    return Figure(
        stage, name, len(took) / usage.seconds, "/s", shares=usage.shares(), details=details
    )


def _all(callers: Sequence[Caller]) -> list[float]:
    return [value for caller in callers for value in caller.took]
