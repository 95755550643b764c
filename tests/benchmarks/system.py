"""The system under test: the real server, a PostgreSQL of its own with fsync, what is in it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import psycopg
from django.conf import settings

from tests.benchmarks.accounting import Accounts
from tests.benchmarks.plan import Plan
from tests.benchmarks.seed import World, seed
from tests.benchmarks.wire import Connection, handshake
from tests.redis_server import RedisServer
from tests.servers import PRODUCT, ServerProcess

C = TypeVar("C", bound=Connection)

CONNECTING_AT_ONCE = 32
CONNECT_SECONDS = 120
INDEX_SECONDS = 300

NOT_INDEXED = """
SELECT count(*) FROM conversations_conversation c
LEFT JOIN messaging_searchcursor s ON s.conversation_id = c.id WHERE c.last_rev > coalesce(s.rev, 0)
"""


@dataclass(frozen=True, slots=True)
class Site:
    server: ServerProcess
    database: psycopg.Connection[tuple[Any, ...]]
    world: World
    accounts: Accounts

    @property
    def port(self) -> int:
        return self.server.port

    def handshake(self, person: int) -> bytes:
        return handshake(self.port, "/v1/ws", self.world.token(person))

    def until_indexed(self) -> None:
        """Returns when the search's index has all messages. Raises RuntimeError."""
        deadline = time.monotonic() + INDEX_SECONDS
        while self.database.execute(NOT_INDEXED).fetchone() != (0,):
            if time.monotonic() > deadline:
                raise RuntimeError("the index never caught up")
            time.sleep(0.5)

    def heads(self, conversations: Sequence[UUID]) -> dict[UUID, int]:
        """How many messages are stored in each; raises when their seqs are not 1, 2, 3 ..."""
        rows = self.database.execute(HEADS, [list(conversations)]).fetchall()
        for conversation_id, last_seq, count, lowest, highest in rows:
            if count and (count, lowest, highest) != (last_seq, 1, last_seq):
                raise AssertionError(f"the log {conversation_id} has a hole: {count}, {last_seq}")
        return {row[0]: row[2] for row in rows}


HEADS = """
    SELECT c.id, c.last_seq, count(m.seq), min(m.seq), max(m.seq)
    FROM conversations_conversation c LEFT JOIN messaging_message m ON m.conversation_id = c.id
    WHERE c.id = ANY(%s) GROUP BY c.id"""


@contextmanager
def running(folder: Path, plan: Plan, workers: int = 1) -> Iterator[Site]:
    """Starts and fills everything in an empty folder; ends and keeps nothing running."""
    with ExitStack() as held:
        env = {**PRODUCT, "RATE_LIMITS": "off", "SECRET_KEY": settings.SECRET_KEY, "REDIS_URL": ""}
        redis = held.enter_context(RedisServer()) if workers > 1 else None
        if redis is not None:
            env["REDIS_URL"] = redis.url
        (folder / "static").mkdir()  # the server collects its own, apart from the tests' folder
        server = ServerProcess(folder, own_postgres=True, env=env)
        held.callback(server.close)
        if workers > 1:
            server.arguments = ("--workers", str(workers))
        server.manage("migrate", "--verbosity=0")
        assert server.postgres is not None
        with server.postgres.lock():
            server.postgres.start()
        with server.postgres.connect("chat") as database:
            world = seed(database, plan)
            server.start()
            site = Site(server, database, world, _accounts(server, redis))
            site.until_indexed()  # or the first stage would be measured beside the indexing
            yield site


def _accounts(server: ServerProcess, redis: RedisServer | None) -> Accounts:
    assert server.process is not None
    assert server.postgres is not None
    postmaster = server.postgres.pid()
    assert postmaster is not None
    processes, trees = {"server": server.process.pid}, {"postgres": postmaster}
    if redis is not None:  # then the workers are children of the process that was started
        processes, trees = {"redis": redis.pid}, {"server": server.process.pid} | trees
    return Accounts(processes=processes, trees=trees)


@asynccontextmanager
async def connected(
    port: int, make: Sequence[Callable[[], C]], *, at_once: int = CONNECTING_AT_ONCE
) -> AsyncIterator[list[C]]:
    """Opens all the sockets, so many at a time; raises Lost when one was refused or fails later."""
    loop = asyncio.get_running_loop()
    gate = asyncio.Semaphore(at_once)

    async def connect(factory: Callable[[], C]) -> C:
        async with gate:
            _, socket = await loop.create_connection(factory, "127.0.0.1", port)
            await socket.ready
            return socket

    async with asyncio.timeout(CONNECT_SECONDS):
        sockets = await asyncio.gather(*map(connect, make))
    try:
        yield sockets
        refuse_failures(sockets)
    finally:
        for socket in sockets:
            socket.end()


def refuse_failures(sockets: Sequence[Connection]) -> None:
    """Raises RuntimeError when a socket was lost, or got an error or a hint instead of an event."""
    for socket in sockets:
        if socket.failure or socket.errors:
            raise RuntimeError(socket.failure or f"{socket.errors[0]!r}")
