"""Keeps the index up with the log, in a server: by what is published here, and by a sweep.

What this process publishes names the conversations that have moved; they are handed to the process
that indexes, all that gathered while it was at work together. The sweep compares every log's head
with its cursor, a slice at a time, and so finds what a crash, an import or another machine left.
"""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection

from chatproject.realtime.bus import Bus, Publication
from chatproject.realtime.database_threads import in_database_thread
from messaging.search.indexer import BATCH, behind_after
from messaging.search.indexes import search_index

log = logging.getLogger(__name__)

FIRST = UUID(int=0)
PAUSE = 0.05  # seconds in which what follows gathers
# After each batch, a rest of so many times what it took. Where more is sent meanwhile than a batch
# holds, all cores are busy with sending: then the index waits, and catches up after.
REST, BUSY_REST = 1.0, 9.0
MOST_AT_ONCE = 200  # conversations of one line
SWEEP_PAUSE = 1.0
SLICE = 5_000  # conversations that the sweep compares at once
RESTART_AFTER = 1.0
STOP_SECONDS = 5.0

_TOPIC = "conversation:"


class FollowedBus:
    """A bus that tells its followers of what is published here. See Bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.followers: list[Callable[[Sequence[Publication]], None]] = []

    async def start(
        self, deliver: Callable[[Sequence[Publication]], None], look: Callable[[], None]
    ) -> None:
        await self._bus.start(deliver, look)

    async def stop(self) -> None:
        await self._bus.stop()

    async def subscribe(self, topics: Collection[str]) -> None:
        await self._bus.subscribe(topics)

    async def unsubscribe(self, topics: Collection[str]) -> None:
        await self._bus.unsubscribe(topics)

    async def ping(self) -> None:
        await self._bus.ping()

    def publish(self, publications: Sequence[Publication]) -> None:
        self._bus.publish(publications)
        for follower in self.followers:
            follower(publications)


class IndexFollower:
    """Everything belongs to the event loop."""

    def __init__(self) -> None:
        self._moved: dict[str, None] = {}
        self._came = 0  # changes since the last batch
        self._is_moved = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._process: asyncio.subprocess.Process | None = None

    def follow(self, publications: Sequence[Publication]) -> None:
        """Notes the conversations whose log has moved."""
        for publication in publications:
            if publication.rev and publication.topic.startswith(_TOPIC):
                self._moved[publication.topic[len(_TOPIC) :]] = None
                self._came += 1
        if self._moved:
            self._is_moved.set()

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._index()), loop.create_task(self._sweep())]

    async def stop(self) -> None:
        """What is not indexed yet is left to the next sweep."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._end_process()

    async def _index(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._is_moved.wait()
            await asyncio.sleep(PAUSE)
            begun, self._came = loop.time(), 0
            taken = list(self._moved)[:MOST_AT_ONCE]
            for conversation_id in taken:
                del self._moved[conversation_id]
            if not self._moved:
                self._is_moved.clear()
            try:
                self._note(await self._ask(taken))
            except Exception as error:  # noqa: BLE001 (whatever it is, it goes on)
                log.warning("the process that indexes for the search: %r; it starts again", error)
                await self._end_process()
                await asyncio.sleep(RESTART_AFTER)
            rest = BUSY_REST if self._came > BATCH else REST
            await asyncio.sleep((loop.time() - begun) * rest)

    def _note(self, conversation_ids: Iterable[str]) -> None:
        self._moved |= dict.fromkeys(conversation_ids)
        if self._moved:
            self._is_moved.set()

    async def _ask(self, conversation_ids: Sequence[str]) -> list[str]:
        """The conversations that have more. Raises OSError when the process has ended."""
        process = self._process = self._process or await _start_process()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{' '.join(conversation_ids)}\n".encode())
        await process.stdin.drain()
        answer = await process.stdout.readline()
        if not answer:
            raise ConnectionError("it has ended")
        return answer.decode().split()[1:]

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _sweep(self) -> None:
        after = FIRST
        while True:
            try:
                await in_database_thread(search_index().prepare)
                behind, last = await in_database_thread(behind_after, after, SLICE)
                self._note(map(str, behind))
                after = last or FIRST
            except Exception:
                log.exception("the sweep of the search's index; it goes on")
            await asyncio.sleep(SWEEP_PAUSE)


async def _start_process() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "messaging.search.index_process",
        connection.settings_dict["NAME"],
        cwd=settings.BASE_DIR,
        env=dict(os.environ),  # uvloop takes no other mapping
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
