"""The process' writer: drafts of all sockets, stored in batches.

Natural batching (`chatproject.realtime.coalescer`): an idle writer stores one draft at once, a busy
one up to MAX_BATCH together. A second flush, of other conversations, sets out beside the first when
enough waits to be worth its cost.

It belongs to the event loop, which goes on while PostgreSQL works: a thread of its own was woken
twice a flush and fought over the interpreter's lock. What takes more than one round trip (retries,
changed filters, a lost connection) is done in a thread, by the code that requests use.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.db import connection

from chatproject.core.errors import Unavailable
from chatproject.realtime.bus import Publication
from chatproject.realtime.coalescer import Coalescer
from messaging.moderation.snapshots import picture_reports
from messaging.sending.drafts import Draft
from messaging.sending.send import Outcome, store_messages, store_messages_soon

log = logging.getLogger(__name__)

MAX_BATCH = 200
MAX_WAITING = 2_000
FLIGHTS = 2  # flushes at once, each over a connection of its own
WORTHWHILE = 50  # drafts that a second flush has at least
BUSY_PAUSE = 0.002  # seconds before a conversation that was locked elsewhere is tried again

Done = Callable[[Outcome], None]


class Waiting(NamedTuple):
    draft: Draft
    done: Done


class Writer:
    """First in, first out for each conversation. Everything belongs to the event loop."""

    def __init__(self, publish: Callable[[Sequence[Publication]], None]) -> None:
        self._publish = publish
        self._queues: dict[UUID, deque[Waiting]] = {}  # of each conversation that has any
        self._ready: deque[UUID] = deque()  # of those, the ones neither in flight nor paused
        self._waiting = 0  # queued or in flight
        self._room = asyncio.Event()
        self._room.set()
        self._is_draining = False
        self._is_empty = asyncio.Event()  # whether nothing is queued or in flight
        self._is_empty.set()
        self._coalescer = Coalescer(self._take, self._fly, flights=FLIGHTS, name="writer")
        self._in_threads = 0  # of the flushes
        self._free: list[psycopg.Connection[Any]] = []
        self._threads = ThreadPoolExecutor(max_workers=FLIGHTS, thread_name_prefix="writer")
        self._loop = asyncio.get_running_loop()

    @property
    def is_full(self) -> bool:
        return self._is_draining or self._waiting >= MAX_WAITING

    async def room(self) -> None:
        """Returns when fewer than MAX_WAITING drafts wait; the sockets stop reading meanwhile.

        Raises Unavailable when the process ends: the client sends the draft again elsewhere.
        """
        await self._room.wait()
        if self._is_draining:
            raise Unavailable

    def submit(self, draft: Draft, done: Done) -> None:
        """Queues the draft; `done` is called after the commit."""
        self._waiting += 1
        self._is_empty.clear()
        if self._waiting >= MAX_WAITING and not self._is_draining:
            self._room.clear()
        queue = self._queues.get(draft.conversation_id)
        if queue is None:
            queue = self._queues[draft.conversation_id] = deque()
            self._ready.append(draft.conversation_id)
        queue.append(Waiting(draft, done))
        self._coalescer.wake()

    async def drain(self) -> None:
        """Refuses further drafts, and returns when all queued ones are stored and answered."""
        self._is_draining = True
        self._room.set()
        await self._is_empty.wait()

    async def stop(self) -> None:
        """Stores and answers what is queued, then ends."""
        await self.drain()
        await self._coalescer.idle()
        for raw in self._free:
            raw.close()
        self._threads.shutdown(wait=False)

    # -- flush after flush

    def _is_worthwhile(self) -> bool:
        count = 0
        for conversation_id in self._ready:
            count += len(self._queues[conversation_id])
            if count >= WORTHWHILE:
                return True
        return False

    def _take(self, in_flight: int) -> list[Waiting]:
        """The next batch, all that waits of each of its conversations but for the last."""
        if in_flight > self._in_threads and not self._is_worthwhile():
            return []
        batch: list[Waiting] = []
        while self._ready and len(batch) < MAX_BATCH:
            queue = self._queues[self._ready.popleft()]
            batch += [queue.popleft() for _ in range(min(len(queue), MAX_BATCH - len(batch)))]
        return batch

    async def _fly(self, batch: Sequence[Waiting]) -> None:
        """Stores the batch and answers it; what takes a thread is answered when that is done."""
        outcomes = await self._store([item.draft for item in batch])
        pairs = list(zip(batch, outcomes, strict=True))
        undecided = {item.draft.conversation_id for item, outcome in pairs if outcome is None}
        left: list[Waiting] = []
        settled: list[tuple[Waiting, Outcome]] = []
        for item, outcome in pairs:
            if outcome is None or (outcome.is_busy and item.draft.conversation_id in undecided):
                left.append(item)
            else:
                settled.append((item, outcome))
        self._settle(settled, undecided)
        if not left and not any(outcome.is_reported for _, outcome in settled):
            return
        self._in_threads += 1
        self._coalescer.wake()
        try:
            if left:
                later = await self._store_in_thread([item.draft for item in left])
                self._settle(list(zip(left, later, strict=True)))
            else:
                await self._in_thread(picture_reports)
        finally:
            self._in_threads -= 1

    def _settle(
        self, pairs: Sequence[tuple[Waiting, Outcome]], still_in_flight: Collection[UUID] = ()
    ) -> None:
        busy: dict[UUID, list[Waiting]] = {}
        for item, outcome in pairs:
            if outcome.is_busy:
                busy.setdefault(item.draft.conversation_id, []).append(item)
        for conversation_id, items in busy.items():
            self._queues[conversation_id].extendleft(reversed(items))
            self._loop.call_later(BUSY_PAUSE, self._come_back, conversation_id)
        settled = {item.draft.conversation_id for item, _ in pairs} - busy.keys()
        for conversation_id in settled.difference(still_in_flight):
            self._come_back(conversation_id)
        self._answer([pair for pair in pairs if not pair[1].is_busy])

    def _come_back(self, conversation_id: UUID) -> None:
        """It is no longer in flight or paused."""
        if self._queues[conversation_id]:
            self._ready.append(conversation_id)
            self._coalescer.wake()
        else:
            del self._queues[conversation_id]

    # -- storing

    async def _store(self, drafts: Sequence[Draft]) -> list[Outcome | None]:
        """None for what is left to a thread, which finds what was stored before an error."""
        raw: psycopg.Connection[Any] | None = None
        try:
            raw = self._free.pop() if self._free else await self._in_thread(connect)
            outcomes = await store_messages_soon(raw, drafts)
        except Exception as error:  # noqa: BLE001 (whatever it is, the thread has the last word)
            log.warning("storing %d messages: %r; trying again", len(drafts), error)
            if raw is not None:
                raw.close()
            return [None] * len(drafts)
        self._free.append(raw)
        return outcomes

    async def _store_in_thread(self, drafts: Sequence[Draft]) -> list[Outcome]:
        outcomes: list[Outcome]
        try:
            outcomes = await self._in_thread(partial(store_messages, drafts, wait=False))
        except Exception:
            log.exception("storing %d messages", len(drafts))
            outcomes = [Outcome(refusal=Unavailable()) for _ in drafts]
        return outcomes

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        def call() -> Any:
            try:
                return work()
            finally:
                connection.close()

        return await self._loop.run_in_executor(self._threads, call)

    # -- answering

    def _answer(self, answered: Sequence[tuple[Waiting, Outcome]]) -> None:
        for item, outcome in answered:
            try:
                item.done(outcome)
            except Exception:
                log.exception("answering a sender")
        try:
            self._publish([out.publication for _, out in answered if out.publication is not None])
        except Exception:
            log.exception("publishing what was stored")
        self._waiting -= len(answered)
        if not self._waiting:
            self._is_empty.set()
        if self._waiting < MAX_WAITING:
            self._room.set()


def connect() -> psycopg.Connection[Any]:
    """A connection beside Django's own, to the same database."""
    params = connection.get_connection_params()
    return psycopg.connect(**{**params, "autocommit": True})
