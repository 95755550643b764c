"""The loop of the relay: read what has changed, publish it, move the cursors.

At least once, in order per conversation: cursors move only after the broker has acknowledged, and a
batch that failed is published again as a whole. Nothing is open in PostgreSQL while a broker is
waited for.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import ParamSpec, TypeVar
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection
from django.utils import timezone

from messaging.relay.brokers import Broker, BrokerAway, broker_of
from messaging.relay.changes import TOGETHER, LogChanges, move_cursors, read_changes
from messaging.relay.cloud_events import Event, events_of, person_erased
from messaging.relay.leadership import LOCK, Leadership, NotLeading
from messaging.relay.models import ErasedPerson, RelayState
from messaging.relay.moved import DecodedLog, Sweep, decoded_log
from messaging.relay.parts import WHOLE, Part

log = logging.getLogger(__name__)

PAUSE = 0.2  # seconds between two looks
# What a look at decoded changes took, so many times, is the least pause after it: PostgreSQL reads
# its log from some seconds back on each time.
REST = 4.0
SWEEP_PAUSE = 1.0  # between two rounds, where nothing is decoded
STAND_BY = 2.0
DECODE_AGAIN = 60.0  # a transaction that was open for long, as of a backup, ends some time
FIRST_RETRY, LONGEST_RETRY = 0.5, 30.0
TEND_EVERY = 5.0
MOST_KNOWN = 100_000  # conversations that are known to have moved; the rest waits

P = ParamSpec("P")
T = TypeVar("T")


class Relay:
    """One attempt after another to lead and publish, until it is cancelled."""

    def __init__(self, url: str, parts: Sequence[Part] = (WHOLE,)) -> None:
        """It publishes one of the parts at a time: whichever nobody else publishes."""
        self._url = url
        self._parts = {LOCK + part.number: part for part in parts}
        self._database = ThreadPoolExecutor(1, "relay")
        self._retry = FIRST_RETRY
        self._is_away = False

    async def run(self, *, until_idle: bool = False) -> None:
        """With `until_idle` it returns when everything is published."""
        try:
            while True:
                try:
                    await self._lead(until_idle=until_idle)
                except NotLeading as error:
                    log.debug("the relay stands by: %s", error)
                    await asyncio.sleep(STAND_BY)
                except (BrokerAway, DatabaseError, psycopg.Error, OSError) as error:
                    await self._wait(error)
                else:
                    return
        finally:
            await self.in_database(_close_connection)
            self._database.shutdown(wait=False)

    async def _wait(self, error: Exception) -> None:
        if not self._is_away:
            log.warning("the relay cannot publish, and tries again: %r", error)
        self._is_away = True
        await self.in_database(_close_connection)
        await asyncio.sleep(random.uniform(self._retry / 2, self._retry))  # noqa: S311 (no secret)
        self._retry = min(2 * self._retry, LONGEST_RETRY)

    async def _lead(self, *, until_idle: bool) -> None:
        locks = random.sample(list(self._parts), len(self._parts))
        leadership = await self.in_database(Leadership, locks)
        part = self._parts[leadership.lock]
        broker = broker_of(self._url, part)
        try:
            await broker.open()
            # From here on a move is decoded; what was before is found by the sweep.
            decoded = await self.in_database(decoded_log, leadership.connection)
            turn = _Turn(self, leadership, broker, decoded, part)
            await turn.run(until_idle=until_idle)
        finally:
            await broker.close()
            await self.in_database(leadership.end)

    def published(self) -> None:
        """What was away is back."""
        if self._is_away:
            log.info("the relay publishes again")
        self._is_away, self._retry = False, FIRST_RETRY

    async def in_database(self, function: Callable[P, T], *args: P.args, **kw: P.kwargs) -> T:
        """Runs it in the one thread with the relay's connection."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._database, lambda: function(*args, **kw))


class _Turn:
    """The time for which one leads, with one connection to the broker."""

    def __init__(
        self,
        relay: Relay,
        leadership: Leadership,
        broker: Broker,
        decoded: DecodedLog | None,
        part: Part,
    ) -> None:
        self._ask = relay.in_database
        self._relay = relay
        self._leadership = leadership
        self._broker = broker
        self._decoded = decoded
        self._part = part
        self._sweep = Sweep(part=part)
        self._is_swept = False  # whether the cursors were compared with all heads once
        self._moved: dict[UUID, None] = {}
        self._next_sweep = self._next_tending = self._next_look = 0.0
        self._next_decoding = time.monotonic() + DECODE_AGAIN

    async def run(self, *, until_idle: bool) -> None:
        while True:
            await self._ask(self._leadership.prove)
            await self._look()
            is_busy = await self._publish()
            await self._tend()
            if until_idle and self._is_swept and not is_busy:
                return
            if not is_busy and self._is_swept:
                await asyncio.sleep(PAUSE)

    async def _look(self) -> None:
        """Learns which logs have moved."""
        now = time.monotonic()
        if len(self._moved) > MOST_KNOWN:  # it would only pile up here
            return
        if self._decoded is None and now >= self._next_decoding:
            self._decoded = await self._ask(decoded_log, self._leadership.connection)
            self._is_swept = False  # of what has moved until now
            self._next_decoding = time.monotonic() + DECODE_AGAIN
        if self._decoded is not None and now >= self._next_look:
            self._note(filter(self._part.has, await self._ask(self._decoded.read)))
            self._next_look = time.monotonic() + (time.monotonic() - now) * REST
        if not self._is_swept or (self._decoded is None and now >= self._next_sweep):
            behind, is_round_over = await self._ask(self._sweep.read)
            self._note(behind)
            self._is_swept = self._is_swept or is_round_over
            self._next_sweep = now + (SWEEP_PAUSE if is_round_over else 0)

    def _note(self, ids: Iterable[UUID]) -> None:
        self._moved.update(dict.fromkeys(ids))

    async def _publish(self) -> bool:
        """Publishes a batch; whether there was one."""
        taken = list(islice(self._moved, TOGETHER))
        if not taken:
            return False
        changes = await self._ask(read_changes, taken)
        events = [event for one in changes for event in events_of(one)]
        await self._send(events)
        await self._ask(move_cursors, changes)
        for conversation_id in taken:
            del self._moved[conversation_id]
        self._note(_unfinished(changes))
        return True

    async def _tend(self) -> None:
        """Now and then: tells of erased persons, and notes for the metrics that nothing stands
        still."""
        if time.monotonic() < self._next_tending:
            return
        self._next_tending = time.monotonic() + TEND_EVERY
        if self._part.is_first:
            await self._tell_of_erased()
        kind = "heads" if self._decoded is None else "decoding"
        await self._ask(note_seen, self._part, kind)

    async def _tell_of_erased(self) -> None:
        rows = await self._ask(lambda: list(ErasedPerson.objects.filter(published_at=None)[:1000]))
        await self._send([person_erased(row.user_id, row.erased_at) for row in rows])
        told = ErasedPerson.objects.filter(pk__in=[row.pk for row in rows])
        await self._ask(lambda: told.update(published_at=timezone.now()))

    async def _send(self, events: list[Event]) -> None:
        if events:
            await self._broker.publish(events)
            self._relay.published()


def note_seen(part: Part, follows_by: str) -> None:
    """That nothing stands still in the part; of the others, that they are waited for from now on,
    where they were never seen."""
    now = timezone.now()
    rows = [RelayState(pk=1 + n, seen_at=now, follows_by=follows_by) for n in range(part.of)]
    RelayState.objects.bulk_create(rows, ignore_conflicts=True)
    RelayState.objects.filter(pk=1 + part.number).update(seen_at=now, follows_by=follows_by)


def _close_connection() -> None:
    """Of the thread that calls it: `connection.close` would be that of the one that names it."""
    connection.close()


def _unfinished(changes: Iterable[LogChanges]) -> list[UUID]:
    return [one.head.id for one in changes if not one.is_whole]
