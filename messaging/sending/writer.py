"""The process' writer: stores the drafts of all sockets in batches.

Natural batching (`chatproject.realtime.coalescer`): an idle writer stores a draft at once, a busy
one stores up to MAX_BATCH together. A second flush, of other conversations, starts beside the first
when enough drafts wait to be worth it.

The writer runs in the event loop, which goes on while PostgreSQL works: a thread of its own was
woken twice per flush and competed for the interpreter's lock. Threads read the messages of retries,
and store what is left after an error, with the code that requests use.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from chatproject.core import metrics, traces
from chatproject.core.db.deadlines import answered_within
from chatproject.core.errors import Unavailable
from chatproject.realtime.bus import Publication
from chatproject.realtime.coalescer import Coalescer
from messaging.sending.connections import BorrowedConnections, Connections
from messaging.sending.drafts import Draft
from messaging.sending.lateness import Lateness
from messaging.sending.results import SendResult, SendStatus
from messaging.sending.send import store_messages, store_messages_async

logger = logging.getLogger(__name__)

MAX_BATCH = 200
MAX_WAITING = 2_000
FLIGHTS = 2  # concurrent flushes, each over its own connection
WORTHWHILE = 50  # the fewest drafts of a second flush, unless the first one is late
READERS = 2  # threads for drafts that wait for the archive's files
DEFERRED_PAUSE = 0.002  # seconds before a conversation that was locked elsewhere is tried again

Done = Callable[[SendResult], None]


class QueuedDraft(NamedTuple):
    draft: Draft
    done: Done
    taken_at: float  # by the monotonic clock
    via: str = "socket"
    span: traces.SendSpan | None = None


class Flight:
    """A batch in flight. `left` has its undecided drafts by number; `deferred` has those that are
    queued again once no other draft of their conversation is left."""

    def __init__(self, batch: Sequence[QueuedDraft]) -> None:
        self.left = dict(enumerate(batch))
        self.size = len(batch)
        self.begun_ns = traces.now_ns()
        self.waits_for_files = False  # `left` depends on archived messages
        self.deferred: dict[UUID, list[QueuedDraft]] = {}

    def take_decided(
        self, results: Mapping[int, SendResult]
    ) -> tuple[list[tuple[QueuedDraft, SendResult]], set[UUID]]:
        """The drafts to answer, and the conversations that have no draft left."""
        answered: list[tuple[QueuedDraft, SendResult]] = []
        touched: set[UUID] = set()
        for number, result in results.items():
            item = self.left.pop(number)
            touched.add(item.draft.conversation_id)
            if result.status is SendStatus.DEFERRED:
                self.deferred.setdefault(item.draft.conversation_id, []).append(item)
            else:
                answered.append((item, result))
        return answered, touched - {item.draft.conversation_id for item in self.left.values()}


class Writer:
    """First in, first out per conversation. All methods belong to the event loop's thread."""

    def __init__(self, publish: Callable[[Sequence[Publication]], None]) -> None:
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        self._queues: dict[UUID, deque[QueuedDraft]] = {}  # by conversation
        self._ready: deque[UUID] = deque()  # conversations neither in flight nor paused
        self._waiting = 0  # queued or in flight
        self._room = asyncio.Event()
        self._room.set()
        self._is_draining = False
        self._is_over = False  # whether all but the drafts in flight are refused
        self._is_empty = asyncio.Event()  # whether nothing is queued or in flight
        self._is_empty.set()
        self._coalescer = Coalescer(self._take, self._fly, flights=FLIGHTS, name="writer")
        self._lateness = Lateness(self._look_again)
        self._past_first = 0  # flights that have answered their first part
        self._connections = Connections(self._in_thread)
        self._threads = ThreadPoolExecutor(max_workers=FLIGHTS, thread_name_prefix="writer")
        self._readers = ThreadPoolExecutor(max_workers=READERS, thread_name_prefix="writer-files")
        self._reading: set[asyncio.Task[None]] = set()
        metrics.sample(metrics.WRITER_QUEUE, lambda: self._waiting)

    @property
    def is_full(self) -> bool:
        return self._is_draining or self._waiting >= MAX_WAITING

    @property
    def is_idle(self) -> bool:
        """Whether nothing is queued or in flight."""
        return not self._waiting

    async def room(self) -> None:
        """Waits until fewer than MAX_WAITING drafts wait; the sockets stop reading meanwhile.

        Raises Unavailable when the process ends: the client sends the draft again elsewhere.
        """
        await self._room.wait()
        if self._is_draining:
            raise Unavailable

    def submit(self, draft: Draft, done: Done, *, via: str = "socket") -> None:
        """Queues the draft; `done` is called after the commit. `via` is `socket` or `rest`."""
        metrics.sends[(via,)].count += 1
        self._waiting += 1
        self._is_empty.clear()
        if self._waiting >= MAX_WAITING and not self._is_draining:
            self._room.clear()
        queue = self._queues.get(draft.conversation_id)
        if queue is None:
            queue = self._queues[draft.conversation_id] = deque()
            self._ready.append(draft.conversation_id)
        span = traces.SendSpan(draft.conversation_id, via) if traces.is_on() else None
        queue.append(QueuedDraft(draft, done, time.monotonic(), via, span))
        self._coalescer.wake()

    async def send(self, draft: Draft, *, via: str) -> SendResult:
        """Submits the draft, waiting for room, and returns its result. Raises Unavailable."""
        if self.is_full:
            await self.room()
        answer: asyncio.Future[SendResult] = self._loop.create_future()
        self.submit(draft, partial(_tell, answer), via=via)
        return await answer

    async def drain(self) -> None:
        """Refuses further drafts, and returns when all queued ones are stored and answered."""
        self._is_draining = True
        self._room.set()
        await self._is_empty.wait()

    def refuse_waiting(self) -> None:
        """Refuses all drafts but those in flight, as unavailable, now and from now on."""
        self._is_over = True
        refusal = SendResult(SendStatus.REFUSED, refusal=Unavailable())
        left = [item for queue in self._queues.values() for item in queue]
        for queue in self._queues.values():
            queue.clear()
        while self._ready:
            del self._queues[self._ready.popleft()]
        self._answer([(item, refusal) for item in left])

    async def stop(self) -> None:
        """Stores and answers what is queued, then ends."""
        await self.drain()
        await self._coalescer.idle()
        await asyncio.gather(*self._reading)
        self._connections.close()
        self._threads.shutdown(wait=False)
        self._readers.shutdown(wait=False)

    # -- flush after flush

    def _look_again(self) -> None:
        if self._ready:
            self._coalescer.wake()

    def _is_worthwhile(self) -> bool:
        count = 0
        for conversation_id in self._ready:
            count += len(self._queues[conversation_id])
            if count >= WORTHWHILE:
                return True
        return False

    def _take(self, in_flight: int) -> list[QueuedDraft]:
        """The next batch, of up to MAX_BATCH: all that a conversation has queued, then the next."""
        if self._is_over:  # drafts that were in flight, and deferred
            self.refuse_waiting()
            return []
        if not self._ready:
            return []
        if in_flight > self._past_first and not (self._is_worthwhile() or self._lateness.is_late()):
            return []
        batch: list[QueuedDraft] = []
        self._lateness.set_out()
        while self._ready and len(batch) < MAX_BATCH:
            queue = self._queues[self._ready.popleft()]
            batch += [queue.popleft() for _ in range(min(len(queue), MAX_BATCH - len(batch)))]
        return batch

    async def _fly(self, batch: Sequence[QueuedDraft]) -> None:
        """Stores the batch and answers its drafts, each as soon as it is decided."""
        flight = Flight(batch)
        is_past_first = False
        begun_at = time.monotonic()
        try:
            async for results in self._store(flight):
                self._answer_and_requeue(flight, results)
                if flight.left and not is_past_first:
                    # The rest takes longer; it should not keep plain texts waiting.
                    is_past_first = True
                    self._past_first += 1
                    self._coalescer.wake()
            if flight.waits_for_files:
                self._finish_aside(flight)
            elif flight.left:
                found = await self._store_in_thread(flight, self._threads)
                self._answer_and_requeue(flight, found)
        finally:
            self._past_first -= is_past_first
            metrics.flush_drafts.observe(len(batch))
            seconds = time.monotonic() - begun_at
            self._lateness.landed(seconds)
            metrics.flush_seconds.observe(seconds)

    def _finish_aside(self, flight: Flight) -> None:
        """Stores drafts that need archive files outside the flight: files may be slow, and no other
        draft should wait for them."""

        async def finish() -> None:
            found = await self._store_in_thread(flight, self._readers)
            self._answer_and_requeue(flight, found)

        task = self._loop.create_task(finish())
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    def _answer_and_requeue(self, flight: Flight, results: Mapping[int, SendResult]) -> None:
        """Answers drafts that are decided, and queues the deferred ones again."""
        decided, finished = flight.take_decided(results)
        for conversation_id in finished:
            deferred = flight.deferred.pop(conversation_id, None)
            if deferred is None:
                self._come_back(conversation_id)
            else:
                self._queues[conversation_id].extendleft(reversed(deferred))
                self._loop.call_later(DEFERRED_PAUSE, self._come_back, conversation_id)
        for item, result in decided:
            if item.span is not None:
                item.span.stored(flight.begun_ns, result.label, flight.size)
        self._answer(decided)

    def _come_back(self, conversation_id: UUID) -> None:
        """The conversation is no longer in flight or paused."""
        if self._queues[conversation_id]:
            self._ready.append(conversation_id)
            self._coalescer.wake()
        else:
            del self._queues[conversation_id]

    # -- storing

    async def _store(self, flight: Flight) -> AsyncIterator[Mapping[int, SendResult]]:
        """Yields results until all drafts have one, or until an error."""
        drafts = [item.draft for item in flight.left.values()]
        connections = BorrowedConnections(self._connections)
        try:
            async for results in store_messages_async(connections.to, drafts, self._in_thread):
                yield results
        except Exception as error:  # noqa: BLE001 (the thread tries again and decides)
            logger.warning("storing %d messages: %r; trying again", len(flight.left), error)
            connections.throw_away()
            return
        connections.give_back()
        flight.waits_for_files = bool(flight.left)

    async def _store_in_thread(
        self, flight: Flight, threads: ThreadPoolExecutor
    ) -> Mapping[int, SendResult]:
        """The results of all drafts left. Those stored before an error are found by their keys."""
        drafts = [item.draft for item in flight.left.values()]
        results: Sequence[SendResult]
        try:
            results = await self._in_thread(partial(store_messages, drafts, wait=False), threads)
        except Exception:
            logger.exception("storing %d messages", len(drafts))
            refusal = SendResult(SendStatus.REFUSED, refusal=Unavailable())
            results = [refusal] * len(drafts)
        return dict(zip(flight.left, results, strict=True))

    async def _in_thread(
        self, work: Callable[[], Any], threads: ThreadPoolExecutor | None = None
    ) -> Any:
        def call() -> Any:
            try:
                with answered_within(settings.STATEMENT_SECONDS):
                    return work()
            finally:
                connection.close()

        return await self._loop.run_in_executor(threads or self._threads, call)

    # -- answering

    def _answer(self, answered: Sequence[tuple[QueuedDraft, SendResult]]) -> None:
        for item, result in answered:
            try:
                item.done(result)
            except Exception:
                logger.exception("answering a sender")
            if item.span is not None:
                item.span.answered(result.label)
        _count(answered)
        try:
            self._publish(_publications(answered))
        except Exception:
            logger.exception("publishing what was stored")
        self._waiting -= len(answered)
        if not self._waiting:
            self._is_empty.set()
        if self._waiting < MAX_WAITING:
            self._room.set()


def _tell(answer: "asyncio.Future[SendResult]", result: SendResult) -> None:
    if not answer.done():  # else its caller was cancelled
        answer.set_result(result)


def _count(answered: Sequence[tuple[QueuedDraft, SendResult]]) -> None:
    now = time.monotonic()
    for item, result in answered:
        metrics.ack_seconds.observe(now - item.taken_at)
        metrics.acks[item.via, result.label].count += 1


def _publications(answered: Sequence[tuple[QueuedDraft, SendResult]]) -> list[Publication]:
    """The publications, with the time by the wall clock at which their drafts were taken in."""
    ahead = time.time() - time.monotonic()
    return [
        publication._replace(
            begun_at=item.taken_at + ahead, trace=item.span.place if item.span else b""
        )
        for item, result in answered
        for publication in result.publications
    ]
