"""The process' writer: drafts of all sockets, stored in batches.

Natural batching: whatever queued up while the last flush was in flight is the next flush. An idle
writer stores one draft at once, a busy one up to MAX_BATCH together; no timer decides.

It belongs to the event loop, which goes on while PostgreSQL works: a thread of its own was woken
twice a flush and fought over the interpreter's lock. What takes more than one round trip (retries,
changed filters, a lost connection) is done in a thread, by the code that requests use.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import psycopg
from django.db import connection

from chatproject.core.errors import Unavailable
from chatproject.core.realtime.bus import Publication
from messaging.actions.send import Outcome, store_messages, store_messages_soon
from messaging.drafts import Draft

log = logging.getLogger(__name__)

MAX_BATCH = 200
MAX_WAITING = 2_000
BUSY_PAUSE = 0.002  # seconds before conversations that were locked elsewhere are tried again
MAX_RETRIED = 50  # of those, in one flush

Done = Callable[[Outcome], None]


class Waiting(NamedTuple):
    draft: Draft
    done: Done


class Writer:
    """First in, first out for each conversation. Everything belongs to the event loop."""

    def __init__(self, publish: Callable[[Sequence[Publication]], None]) -> None:
        self._publish = publish
        self._queue: deque[Waiting] = deque()
        self._parked: list[Waiting] = []  # of conversations that are locked elsewhere, in order
        self._retry_at = 0.0
        self._awake = asyncio.Event()
        self._stopping = False
        self._waiting = 0  # submitted and not yet answered
        self._room = asyncio.Event()
        self._room.set()
        self._raw: psycopg.Connection[Any] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._task = asyncio.create_task(self._run())

    @property
    def is_full(self) -> bool:
        return self._waiting >= MAX_WAITING

    async def room(self) -> None:
        """Returns when fewer than MAX_WAITING drafts wait; the sockets stop reading meanwhile."""
        await self._room.wait()

    def submit(self, draft: Draft, done: Done) -> None:
        """Queues the draft; `done` is called after the commit."""
        self._waiting += 1
        if self._waiting >= MAX_WAITING:
            self._room.clear()
        self._queue.append(Waiting(draft, done))
        self._awake.set()

    async def stop(self) -> None:
        """Stores and answers what is queued, then ends."""
        self._stopping = True
        self._awake.set()
        await self._task
        self._disconnect()
        self._thread.shutdown(wait=False)

    # -- flush after flush

    async def _run(self) -> None:
        while batch := await self._take():
            outcomes = await self._store([item.draft for item in batch])
            pairs = list(zip(batch, outcomes, strict=True))
            self._answer([(item, outcome) for item, outcome in pairs if not outcome.is_busy])
            self._park([item for item, outcome in pairs if outcome.is_busy])

    async def _take(self) -> list[Waiting]:
        """The next batch; empty when the writer is to stop and everything is stored."""
        while True:
            batch = self._due()
            if batch or (self._stopping and not self._parked):
                return batch
            self._awake.clear()
            if not self._parked:
                await self._awake.wait()
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BUSY_PAUSE):
                    await self._awake.wait()

    def _due(self) -> list[Waiting]:
        """Parked drafts whose pause is over, then queued ones that overtake no parked one."""
        batch: list[Waiting] = []
        if self._parked and time.monotonic() >= self._retry_at:
            batch, self._parked = self._parked[:MAX_RETRIED], self._parked[MAX_RETRIED:]
        parked = {item.draft.conversation_id for item in self._parked}
        while self._queue and len(batch) < MAX_BATCH:
            item = self._queue.popleft()
            (self._parked if item.draft.conversation_id in parked else batch).append(item)
        return batch

    def _park(self, busy: list[Waiting]) -> None:
        """Sets aside what waits for a lock, so that it does not hold up other conversations."""
        if busy:
            self._parked = busy + self._parked
            self._retry_at = time.monotonic() + BUSY_PAUSE

    # -- storing

    async def _store(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Never raises: one bad flush must not end the writer."""
        outcomes = await self._store_here(drafts)
        left = [n for n, outcome in enumerate(outcomes) if outcome is None]
        if left:
            later = await self._store_in_thread([drafts[n] for n in left])
            for n, outcome in zip(left, later, strict=True):
                outcomes[n] = outcome
        return [outcome for outcome in outcomes if outcome is not None]

    async def _store_here(self, drafts: Sequence[Draft]) -> list[Outcome | None]:
        """None for what is left to the thread, which finds what was stored before an error."""
        try:
            if self._raw is None:
                self._raw = await self._in_thread(connect)
            return await store_messages_soon(self._raw, drafts)
        except Exception as error:  # noqa: BLE001 (whatever it is, the thread has the last word)
            log.warning("storing %d messages: %r; trying again", len(drafts), error)
            self._disconnect()
            return [None] * len(drafts)

    async def _store_in_thread(self, drafts: Sequence[Draft]) -> list[Outcome]:
        def store() -> list[Outcome]:
            try:
                return store_messages(drafts, wait=False)
            finally:
                connection.close()

        outcomes: list[Outcome]
        try:
            outcomes = await self._in_thread(store)
        except Exception:
            log.exception("storing %d messages", len(drafts))
            outcomes = [Outcome(refusal=Unavailable()) for _ in drafts]
        return outcomes

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _disconnect(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    # -- answering

    def _answer(self, answered: Sequence[tuple[Waiting, Outcome]]) -> None:
        for item, outcome in answered:
            try:
                item.done(outcome)
            except Exception:
                log.exception("answering a sender")
        self._publish([out.publication for _, out in answered if out.publication is not None])
        self._waiting -= len(answered)
        if self._waiting < MAX_WAITING:
            self._room.set()


def connect() -> psycopg.Connection[Any]:
    """A connection beside Django's own, to the same database."""
    params = connection.get_connection_params()
    return psycopg.connect(**{**params, "autocommit": True})
