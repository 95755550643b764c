"""The system that faults are done to: server processes, a Redis, a PostgreSQL with fsync.

Everything is killed by a signal to its process and started again as an operator would.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from django.conf import settings

from chatproject.server.embedded_postgres.cluster import Cluster
from tests import database
from tests.freezing import frozen, with_children
from tests.redis_server import RedisServer
from tests.servers import ServerProcess

SETTINGS = {"RATE_LIMITS": "off"}


class System:
    """`own_postgres` is one that may be harmed; else the tests' own database server is used."""

    def __init__(
        self,
        folder: Path,
        *,
        servers: int = 2,
        own_postgres: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.redis = RedisServer()
        self.postgres = Cluster(folder / "postgres") if own_postgres else None
        env = {
            **SETTINGS,
            "SECRET_KEY": settings.SECRET_KEY,
            "REDIS_URL": self.redis.url,
            **(env or {}),
        }
        if self.postgres:
            env["DATABASE_URL"] = self.postgres.url()
        self.servers = [ServerProcess(folder / "server-0", env=env)]
        env.setdefault("DATABASE_URL", self.servers[0].database_url)
        for number in range(1, servers):
            self.servers.append(ServerProcess(folder / f"server-{number}", env=env))

    @property
    def database_url(self) -> str:
        return self.postgres.url() if self.postgres else self.servers[0].database_url

    def __enter__(self) -> Self:
        self.redis.start()
        if self.postgres:
            database.lend_cluster(self.postgres)
            self.start_postgres()
        for server in self.servers:
            server.spawn("serve", *server.arguments)
        for server in self.servers:
            server.wait_until_ready()
        return self

    def __exit__(self, *exc: object) -> None:
        for server in reversed(self.servers):
            server.close()
        if self.postgres:
            with self.postgres.lock():
                self.postgres.stop()
        self.redis.stop()

    # -- faults

    async def kill_server(self, number: int) -> None:
        """SIGKILL; returns when it serves again."""
        await asyncio.to_thread(self.servers[number].kill)
        await asyncio.to_thread(self.servers[number].start)

    async def kill_redis(self, seconds: float = 0.0) -> None:
        """SIGKILL; it comes back empty after so long."""
        self.redis.kill()
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.redis.start)

    async def kill_postgres(self) -> None:
        """SIGKILL of all its processes; returns when it takes connections again."""
        assert self.postgres is not None
        await asyncio.to_thread(self.postgres.kill)
        await asyncio.to_thread(self.start_postgres)

    def start_postgres(self) -> None:
        assert self.postgres is not None
        with self.postgres.lock():
            self.postgres.start()

    def postgres_processes(self) -> list[int]:
        assert self.postgres is not None
        pid = self.postgres.pid()
        assert pid is not None, "PostgreSQL does not run"
        return with_children(pid)

    @asynccontextmanager
    async def frozen_postgres(self) -> AsyncIterator[None]:
        """It holds its connections and answers nothing."""
        with frozen(self.postgres_processes()):
            yield

    @asynccontextmanager
    async def frozen_redis(self) -> AsyncIterator[None]:
        with frozen([self.redis.pid]):
            yield
