"""The bus of many processes, over Redis' publish and subscribe.

A channel a topic, so that a process gets what its sockets listen to and nothing else; a flush is
one write, whose answers nobody waits for. Redis keeps nothing of it. While it is away a process
tells its own sockets alone; when it is back, every process compares what its sockets stand at with
the database at once, and not only at the next round of its sweep.
"""

import asyncio
import contextlib
import logging
import os
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

from chatproject.realtime.bus import BusAway, Deliver, Publication
from chatproject.realtime.bus.encoding import MARK_BYTES, pack, unpack
from chatproject.realtime.bus.redis_connection import Link, Messages, number_of, open_link

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.0  # seconds between tries to reach Redis
PING_EVERY = 2.0  # seconds
PING_PATIENCE = 4.0  # seconds without an answer after which the link is given up
SUBSCRIBE_PATIENCE = 1.0  # seconds; what a late confirmation lets slip is found by the sweep
CHUNK = 5_000  # topics in one command


class RedisBus:
    """See `bus.Bus` for the contract."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._mark = os.urandom(MARK_BYTES)
        # Redis' numbered databases share their channels.
        self._prefix = f"chat{number_of(url)}:".encode()
        self._to_all = self._prefix + b"look"
        self._subscribers: Counter[str] = Counter()
        self._deliver: Deliver | None = None
        self._look: Callable[[], None] | None = None
        self._link: Link | None = None
        self._confirmed: asyncio.Future[object] | None = None
        self._was_cut = False  # whether something may have gone unsaid or unheard
        self._keeping: asyncio.Task[None] | None = None
        self._first_try = asyncio.Event()

    async def start(self, deliver: Deliver, look: Callable[[], None]) -> None:
        """Returns when Redis has answered, or has not: it is tried again and again."""
        self._deliver, self._look = deliver, look
        self._first_try.clear()
        self._keeping = asyncio.create_task(self._keep_linked())
        await self._first_try.wait()

    async def stop(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        self._deliver = self._keeping = None
        self._subscribers.clear()

    async def subscribe(self, topics: Collection[str]) -> None:
        fresh = [topic for topic in topics if not self._subscribers[topic]]
        self._subscribers.update(topics)
        if self._link is None:
            return
        if fresh:
            self._listen(self._link, fresh)
        # Others may have asked for the same topics a moment ago, so the last answer is waited for.
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
        if self._link is None:
            self._was_cut = True
            return
        by_topic: dict[str, list[Publication]] = {}
        for item in publications:
            by_topic.setdefault(item.topic, []).append(item)
        self._link.send(
            *(
                (b"PUBLISH", self._channel(topic), pack(self._mark, items))
                for topic, items in by_topic.items()
            )
        )

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
        for channel, packed in messages:
            if packed.startswith(self._mark):
                continue
            if channel == self._to_all:
                self._tell_to_look()
                continue
            topic = channel.removeprefix(self._prefix).decode()
            if topic not in self._subscribers:
                continue  # left a moment ago
            try:
                heard.extend(unpack(topic, packed))
            except ValueError as error:
                log.warning("not understood on %s: %s", topic, error)
        self._hand_over(heard)

    def _hand_over(self, publications: list[Publication]) -> None:
        if publications and self._deliver is not None:
            self._deliver(publications)

    def _tell_to_look(self) -> None:
        if self._look is not None:
            self._look()

    # -- the link

    def _channel(self, topic: str) -> bytes:
        return self._prefix + topic.encode()

    def _listen(self, link: Link, topics: Sequence[str]) -> None:
        for part in _chunks(topics):
            link.send((b"SUBSCRIBE", *map(self._channel, part)))
        self._confirmed = link.ask(b"PING")

    async def _listen_to_all(self, link: Link) -> None:
        """Part by part, each confirmed before the next: Redis reads no faster than it can."""
        for part in _chunks(list(self._subscribers)):
            if still := [topic for topic in part if self._subscribers[topic]]:
                self._listen(link, still)
            async with asyncio.timeout(PING_PATIENCE):
                await link.ask(b"PING")

    async def _wait_confirmed(self) -> None:
        if self._confirmed is None or self._confirmed.done():
            return
        with contextlib.suppress(Exception):  # then it is for the sweep
            async with asyncio.timeout(SUBSCRIBE_PATIENCE):
                await asyncio.shield(self._confirmed)

    async def _keep_linked(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                link = await open_link(self._url, self._hear)
            except Exception as error:  # noqa: BLE001 (whatever it is, it is tried again)
                log.warning("Redis does not answer: %s", error or type(error).__name__)
                self._was_cut = True
            else:
                pause = FIRST_PAUSE
                await self._use(link)
            self._first_try.set()
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 (no secret)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _use(self, link: Link) -> None:
        """Listens anew to everything, says so, and returns when the link is lost."""
        try:
            self._link = link  # from here on who subscribes or leaves says so over it
            link.send((b"SUBSCRIBE", self._to_all))
            await self._listen_to_all(link)
            if self._was_cut:
                log.info("Redis is back; everybody compares with the database")
                link.send((b"PUBLISH", self._to_all, self._mark))
                self._tell_to_look()
                self._was_cut = False
            self._first_try.set()
            await self._tend(link)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is tried again)
            log.warning("the link to Redis is lost: %r", error)
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
        log.warning("the link to Redis is lost: %r", link.lost.result())


def _chunks(topics: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(topics), CHUNK):
        yield topics[start : start + CHUNK]
