"""The bus of many processes, over Redis' publish and subscribe.

Each topic has a channel, so that a process gets only what its sockets listen to. A flush is one
write, whose replies nobody waits for, and Redis stores nothing. While Redis is away, a process
reaches only its own sockets. When it is back, every process reconciles with the database at once,
and events that no database query finds (`is_repeatable`) are published again.
"""

import asyncio
import contextlib
import logging
import os
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Sequence

from chatproject.core import metrics
from chatproject.realtime.bus import BusAway, Deliver, Publication
from chatproject.realtime.bus.encoding import MARK_BYTES, pack, sender_of, unpack
from chatproject.realtime.bus.redis_connection import Link, Messages, number_of, open_link

logger = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0  # seconds between tries to reach Redis
PING_EVERY = 2.0  # seconds
PING_PATIENCE = 4.0  # seconds without an answer after which the link is given up
SUBSCRIBE_PATIENCE = 1.0  # seconds; the reconciler finds what is lost before a late confirmation
CHUNK = 5_000  # topics in one command
REPEATABLE_SECONDS = (
    30.0  # for which another process may have been cut off from Redis while we were not
)
MAX_REPEATABLE = 10_000
REPEAT_DELAY = 0.5  # seconds for other processes that were cut off, too, to come back


class RedisBus:
    """See `bus.Bus` for the contract."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._mark = os.urandom(MARK_BYTES)
        # Redis' numbered databases share their channels.
        self._prefix = f"chat{number_of(url)}:".encode()
        self._gap_channel = self._prefix + b"look"  # on which a process says that it was cut off
        self._subscribers: Counter[str] = Counter()
        self._deliver: Deliver | None = None
        self._on_gap: Callable[[], None] | None = None
        self._link: Link | None = None
        self._confirmed: asyncio.Future[object] | None = None
        self._was_cut = False  # whether publications may have been lost, ours or others'
        self._repeatable: deque[tuple[float, Publication]] = deque(maxlen=MAX_REPEATABLE)
        self._repeating: asyncio.TimerHandle | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._first_try = asyncio.Event()

    async def start(self, deliver: Deliver, on_gap: Callable[[], None]) -> None:
        """Returns after the first try to reach Redis, which is followed by more without end."""
        self._deliver, self._on_gap = deliver, on_gap
        self._first_try.clear()
        metrics.sample(metrics.BUS_PROCESSES, lambda: 1)
        metrics.sample(metrics.BUS_LINKS, lambda: self.is_linked)
        self._keeping = asyncio.create_task(self._keep_linked())
        await self._first_try.wait()

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._repeating is not None:
            self._repeating.cancel()
        self._deliver = self._keeping = None
        self._subscribers.clear()

    async def subscribe(self, topics: Collection[str]) -> None:
        fresh = [topic for topic in topics if not self._subscribers[topic]]
        self._subscribers.update(topics)
        if self._link is None:
            return
        if fresh:
            self._listen(self._link, fresh)
        # Others may have just subscribed to the same topics: the last answer counts for all.
        await self._wait_confirmed()

    async def unsubscribe(self, topics: Collection[str]) -> None:
        self._subscribers.subtract(topics)
        gone = [topic for topic in set(topics) if self._subscribers[topic] <= 0]
        for topic in gone:
            del self._subscribers[topic]
        if gone and self._link is not None:
            self._link.send((b"UNSUBSCRIBE", *map(self._channel, gone)))

    def publish(self, publications: Sequence[Publication]) -> None:
        self._hand_over([item for item in publications if item.topic in self._subscribers])
        self._keep_repeatable(publications)
        if self._link is None:
            self._was_cut = True
            metrics.dropped_events[("bus_away",)].count += len(publications)
            return
        self._send(self._link, publications)

    def _send(self, link: Link, publications: Sequence[Publication]) -> None:
        by_topic: dict[str, list[Publication]] = {}
        for item in publications:
            by_topic.setdefault(item.topic, []).append(item)
        link.send(
            *(
                (b"PUBLISH", self._channel(topic), pack(self._mark, items))
                for topic, items in by_topic.items()
            )
        )

    @property
    def is_linked(self) -> bool:
        return self._link is not None

    async def ping(self) -> None:
        if self._deliver is None:
            raise ConnectionError("the bus is not started")
        if self._link is None:
            raise BusAway
        try:
            async with asyncio.timeout(SUBSCRIBE_PATIENCE):
                await self._link.ask(b"PING")
        except Exception as error:
            raise BusAway from error

    # -- what comes in

    def _hear(self, messages: Messages) -> None:
        heard: list[Publication] = []
        now = time.time()
        for channel, packed in messages:
            if packed.startswith(self._mark):
                continue
            if channel == self._gap_channel:
                self._report_gap()
                continue
            topic = channel.removeprefix(self._prefix).decode()
            if topic not in self._subscribers:
                continue  # left a moment ago
            try:
                sent_at, begun_at = sender_of(packed)
                if sent_at:
                    metrics.bus_lag_seconds.observe(max(0.0, now - sent_at))
                heard.extend(unpack(topic, packed, begun_at))
            except ValueError as error:
                metrics.dropped_events[("bus_unreadable",)].count += 1
                logger.warning("not understood on %s: %s", topic, error)
        self._hand_over(heard)

    def _hand_over(self, publications: list[Publication]) -> None:
        if publications and self._deliver is not None:
            self._deliver(publications)

    # -- gaps

    def _report_gap(self) -> None:
        """Handles that a process was cut off: reconciles, and repeats what no query finds."""
        if self._on_gap is not None:
            self._on_gap()
        if self._repeatable and self._repeating is None:
            loop = asyncio.get_running_loop()
            self._repeating = loop.call_later(REPEAT_DELAY, self._repeat)

    def _keep_repeatable(self, publications: Sequence[Publication]) -> None:
        now = time.monotonic()
        self._repeatable.extend((now, item) for item in publications if item.is_repeatable)
        if self._link is not None:
            self._forget_repeatable(now)

    def _forget_repeatable(self, now: float) -> None:
        while self._repeatable and self._repeatable[0][0] < now - REPEATABLE_SECONDS:
            self._repeatable.popleft()

    def _repeat(self) -> None:
        self._repeating = None
        if self._link is not None:
            self._forget_repeatable(time.monotonic())
            self._send(self._link, [item for _, item in self._repeatable])

    # -- the link

    def _channel(self, topic: str) -> bytes:
        return self._prefix + topic.encode()

    def _listen(self, link: Link, topics: Sequence[str]) -> None:
        for part in _chunks(topics):
            link.send((b"SUBSCRIBE", *map(self._channel, part)))
        self._confirmed = link.ask(b"PING")

    async def _listen_to_all(self, link: Link) -> None:
        """Subscribes in chunks, each confirmed before the next, so that little waits in memory."""
        for part in _chunks(list(self._subscribers)):
            if still := [topic for topic in part if self._subscribers[topic]]:
                self._listen(link, still)
            async with asyncio.timeout(PING_PATIENCE):
                await link.ask(b"PING")

    async def _wait_confirmed(self) -> None:
        if self._confirmed is None or self._confirmed.done():
            return
        with contextlib.suppress(Exception):  # then the reconciler finds it
            async with asyncio.timeout(SUBSCRIBE_PATIENCE):
                await asyncio.shield(self._confirmed)

    async def _keep_linked(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                link = await open_link(self._url, self._hear)
            except Exception as error:  # noqa: BLE001 (whatever it is, it is tried again)
                logger.warning("Redis does not answer: %s", error or type(error).__name__)
                self._was_cut = True
            else:
                pause = FIRST_PAUSE
                await self._use(link)
            self._first_try.set()
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 (no secret)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _use(self, link: Link) -> None:
        """Subscribes to everything again, reports the gap, and returns when the link is lost."""
        try:
            self._link = link  # from here on subscriptions go over it
            link.send((b"SUBSCRIBE", self._gap_channel))
            await self._listen_to_all(link)
            if self._was_cut:
                metrics.bus_reconnects.count += 1
                logger.info("Redis is back; every process reconciles with the database")
                link.send((b"PUBLISH", self._gap_channel, self._mark))
                # Others may come back later than we: all that was kept stays a while longer.
                now = time.monotonic()
                self._repeatable = deque(((now, it) for _, it in self._repeatable), MAX_REPEATABLE)
                self._report_gap()
                self._was_cut = False
            self._first_try.set()
            await self._tend(link)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is tried again)
            logger.warning("the link to Redis is lost: %r", error)
        finally:
            self._link = None
            self._was_cut = True
            link.give_up()

    async def _tend(self, link: Link) -> None:
        while not link.lost.done():
            try:
                async with asyncio.timeout(PING_PATIENCE):
                    await link.ask(b"PING")
                await asyncio.wait([link.lost], timeout=PING_EVERY)
            except Exception as error:  # noqa: BLE001 (in whatever way, the link is lost)
                link.give_up(error)
        logger.warning("the link to Redis is lost: %r", link.lost.result() or "it was closed")


def _chunks(topics: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(topics), CHUNK):
        yield topics[start : start + CHUNK]
