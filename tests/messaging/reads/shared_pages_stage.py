"""The cache's level in Redis, in an event loop of a thread of its own as in a server."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from redis import Redis

from messaging.reads.cache import shared_pages
from messaging.reads.cache.latest_page_cache import latest_pages
from messaging.reads.cache.sealed_pages import name_of
from messaging.reads.cache.shared_pages import SharedPages
from tests.waiting import eventually


class Stage:
    """Pages are written when a test says so, and a new process begins with nothing in memory."""

    def __init__(self, shared: SharedPages, loop: asyncio.AbstractEventLoop) -> None:
        self.shared = shared
        self._loop = loop

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    def write(self) -> None:
        """What is waiting; returns when every Redis that is there has it."""
        self.run(self._write())

    async def _write(self) -> None:
        await self.shared.write_waiting()
        await self.settle()

    async def settle(self) -> None:
        for link in self.shared._links:
            if link.is_linked:
                await link.ask(b"PING", seconds=60)

    def new_process(self) -> None:
        latest_pages.clear()

    def is_linked(self) -> bool:
        return all(link.is_linked for link in self.shared._links)

    def kept(self, client: "Redis", conversation_id: Any) -> bytes:
        """What Redis has of the conversation, empty where it has nothing."""
        self.run(self.settle())
        return client.get(name_of(conversation_id)) or b""  # type: ignore[return-value]


@contextmanager
def stage_of(urls: Sequence[str]) -> Iterator[Stage]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    shared = SharedPages(urls, latest_pages)
    stage = Stage(shared, loop)
    latest_pages.clear()
    try:
        stage.run(shared.start())
        eventually(stage.is_linked)
        shared_pages.install(shared)
        yield stage
    finally:
        shared_pages.install(None)
        stage.run(shared.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        latest_pages.clear()
