"""REST in a closed loop: how many requests a core answers, and how long each takes.

The goals are those of docs/performance.md. `query` goes into the URL of each request; with
`format=json` the server answers in the ordinary way instead of on the hot path.
"""

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
PAGES_GOAL = 1_000  # a second and core of server and PostgreSQL together
FIRST_INBOX_PAGE_GOAL, WHOLE_INBOX_GOAL = 3.0, 8.0  # milliseconds, p50
SENDS_GOALS = {16: 2_000}  # a second, by connections
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


def history_pages(site: Site, query: str = "") -> NextRequest:
    """Pages of 50 from anywhere in the long history, as people scroll it."""
    world, chance = site.world, Random(3)
    path, token = f"/v1/conversations/{world.history}/messages", world.token(world.reader)

    def next_request() -> bytes:
        before = chance.randint(min(PAGE + 1, world.history_length), world.history_length)
        return get(f"{path}?limit={PAGE}&before={before}&{query}", token)

    return next_request


def last_page(site: Site, query: str = "") -> NextRequest:
    path = f"/v1/conversations/{site.world.history}/messages?limit={PAGE}&{query}"
    return _always(get(path, site.world.token(site.world.reader)))


def inbox(site: Site, limit: int, query: str = "") -> NextRequest:
    path = f"/v1/conversations?limit={limit}&{query}"
    return _always(get(path, site.world.token(site.world.reader)))


def _always(request: bytes) -> NextRequest:
    return lambda: request


def posts(site: Site, query: str = "") -> NextRequest:
    """A new message with each request, in the first pair's conversation."""
    path = f"/v1/conversations/{site.world.pairs[0]}/messages?{query}"
    token, run, numbers = site.world.token(0), secrets.token_hex(4), count()

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
    figures = []
    for kind, requests in (("from anywhere", history_pages), ("the last one", last_page)):
        for readers in plan.rest_connections:
            stage = f"history page of {PAGE} by REST, {kind}"
            read = await _closed_loop(site, plan, stage, readers, requests(site))
            figures.append(read)
        per_core = 1000 / _spent(read)
        name = f"{read.name}, a core of server and PostgreSQL"
        figures.append(Figure(stage, name, per_core, "/s", PAGES_GOAL))
    return figures


async def read_inbox(site: Site, plan: Plan) -> list[Figure]:
    stage = f"inbox of {plan.inbox} conversations by REST"
    figures = []
    for name, limit, goal in (
        (f"the first {PAGE}", PAGE, FIRST_INBOX_PAGE_GOAL),
        ("all", plan.inbox, WHOLE_INBOX_GOAL),
    ):
        read = await _closed_loop(site, plan, stage, 1, inbox(site, limit))
        p50 = read.details["ms"]["p50"]
        figures.append(replace(read, name=f"{name}, {read.name}"))
        figures.append(Figure(stage, f"{name}, p50", p50, "ms", goal, lower_is_better=True))
    return figures


async def open_in_browser(site: Site, plan: Plan) -> list[Figure]:
    """The page that a browser opens with: the shell, the inbox, and the last page of the long
    history, in one HTML document."""
    stage = f"first view of {plan.inbox} conversations, as HTML"
    request = page(f"/c/{site.world.history}", site.world.session_key)
    longer = replace(plan, rest_seconds=max(plan.rest_seconds, FIRST_VIEW_SECONDS))
    opened = await _closed_loop(site, longer, stage, 1, lambda: request)
    name = "CPU of server and PostgreSQL"
    return [opened, Figure(stage, name, _spent(opened), "ms", FIRST_VIEW_GOAL, True)]


async def send(site: Site, plan: Plan) -> list[Figure]:
    return [
        replace(
            await _closed_loop(site, plan, "send by REST", connections, posts(site)),
            goal=SENDS_GOALS.get(connections),
        )
        for connections in plan.rest_senders
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


def _spent(figure: Figure) -> float:
    """CPU of server and PostgreSQL for one request, in milliseconds."""
    cpu = figure.details["cpu_per_request"]
    return float(cpu["server_us"] + cpu["postgres_us"]) / 1000


def _all(callers: Sequence[Caller]) -> list[float]:
    return [value for caller in callers for value in caller.took]
