"""The process' writer: drafts of all sockets, stored in batches by a thread of its own.

Natural batching: whatever queued up while the last flush was in flight is the next flush. An idle
writer stores one draft at once, a busy one up to MAX_BATCH together; no timer decides.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db import connection

from chatproject.core.errors import Unavailable
from chatproject.core.realtime.bus import Publication
from messaging.actions.send import Outcome, store_messages
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
    """First in, first out for each conversation. `submit` and `room` belong to the event loop."""

    def __init__(self, publish: Callable[[Sequence[Publication]], None]) -> None:
        self._publish = publish
        self._submitted: list[Waiting] = []  # in this turn of the loop
        self._queue: deque[Waiting] = deque()
        self._parked: list[Waiting] = []  # of conversations that are locked elsewhere, in order
        self._retry_at = 0.0
        self._awake = threading.Condition()
        self._stopping = False
        self._waiting = 0  # submitted and not yet answered; touched by the loop alone
        self._room = asyncio.Event()
        self._room.set()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    @property
    def is_full(self) -> bool:
        return self._waiting >= MAX_WAITING

    async def room(self) -> None:
        """Returns when fewer than MAX_WAITING drafts wait; the sockets stop reading meanwhile."""
        await self._room.wait()

    def submit(self, draft: Draft, done: Done) -> None:
        """Queues the draft; `done` is called in the event loop, after the commit."""
        self._waiting += 1
        if self._waiting >= MAX_WAITING:
            self._room.clear()
        if not self._submitted:
            self._loop.call_soon(self._hand_over)
        self._submitted.append(Waiting(draft, done))

    def _hand_over(self) -> None:
        """What came in one turn of the loop goes to the writer's thread together."""
        with self._awake:
            self._queue.extend(self._submitted)
            self._awake.notify()
        self._submitted.clear()

    async def stop(self) -> None:
        """Stores and answers what is queued, then ends the thread."""
        self._hand_over()
        with self._awake:
            self._stopping = True
            self._awake.notify()
        await asyncio.to_thread(self._thread.join)

    # -- the writer's thread

    def _run(self) -> None:
        while batch := self._take():
            outcomes = self._store([item.draft for item in batch])
            pairs = list(zip(batch, outcomes, strict=True))
            busy = [item for item, outcome in pairs if outcome.is_busy]
            answered = [(item.done, outcome) for item, outcome in pairs if not outcome.is_busy]
            if answered:
                self._loop.call_soon_threadsafe(self._answer, answered)
            if busy:
                self._park(busy)
        connection.close()

    def _store(self, drafts: Sequence[Draft]) -> list[Outcome]:
        """Never raises: one bad flush must not end the writer."""
        try:
            return store_messages(drafts, wait=False)
        except Exception:
            log.exception("storing %d messages", len(drafts))
            return [Outcome(refusal=Unavailable()) for _ in drafts]

    def _take(self) -> list[Waiting]:
        """The next batch; empty when the writer is to stop and everything is stored."""
        with self._awake:
            while True:
                batch = self._due()
                if batch or (self._stopping and not self._parked):
                    return batch
                self._awake.wait(BUSY_PAUSE if self._parked else None)

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
        with self._awake:
            self._parked = busy + self._parked
            self._retry_at = time.monotonic() + BUSY_PAUSE

    # -- the event loop

    def _answer(self, answered: Sequence[tuple[Done, Outcome]]) -> None:
        for done, outcome in answered:
            try:
                done(outcome)
            except Exception:
                log.exception("answering a sender")
        self._publish([out.publication for _, out in answered if out.publication is not None])
        self._waiting -= len(answered)
        if self._waiting < MAX_WAITING:
            self._room.set()
