"""The loop that updates inbox entries after messages are committed.

Once a second it takes the conversations that have moved since, and writes each of them once. Like
the relay it learns of moves by logical decoding, or else compares all heads with its cursors. It is
a task of the same process. As many do it side by side as INBOX_FOLLOWERS says, each a part of the
conversations; others stand by.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import DatabaseError, connection

from chatproject.core.db.distributed.distribution import is_distributed
from chatproject.core.db.distributed.nodes import nodes
from messaging.inbox.applying import (
    Applied,
    apply_changes,
    behind_after,
    database_clock,
    note_applied,
)
from messaging.inbox.worker_entries import WorkerEntries
from messaging.relay.leadership import Leadership, NotLeading
from messaging.relay.moved import DecodedLog, Sweep, decoded_log
from messaging.relay.parts import WHOLE, Part

log = logging.getLogger(__name__)

LOCK = 0x63686174_696E6278  # "chatinbx"
COALESCE = 1.0  # seconds from one writing to the next
# Looking for what has moved is followed by a pause of so many times what it took, up to a bound
# that leaves entries fresh: PostgreSQL has to read its log from some seconds back, or all heads.
REST, LONGEST_REST = 4.0, 3.0
AT_ONCE = 200  # conversations between two looks whether to stop
STAND_BY = 2.0
RETRY = 1.0
DECODE_AGAIN = 60.0


class Stopped(Exception):
    """The follower was told to stop."""


class InboxFollower:
    """One attempt after another to lead and write, until it is cancelled."""

    def __init__(self, parts: Sequence[Part] = (WHOLE,)) -> None:
        """It writes one of the parts at a time: whichever nobody else writes."""
        self._parts = {LOCK + part.number: part for part in parts}
        # Everything is done in one thread, on the thread's connection.
        self._thread = ThreadPoolExecutor(1, "inbox")
        self._is_over = False
        self._is_away = False

    async def run(self, *, until_idle: bool = False) -> None:
        """With `until_idle` it returns when all entries stand at their heads."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._lead_again, until_idle)
        finally:
            self._is_over = True
            self._thread.shutdown(wait=False)

    def _lead_again(self, until_idle: bool) -> None:
        while not self._is_over:
            try:
                with (
                    _leading(list(self._parts)) as leadership,
                    _workers(lambda: self._is_over) as workers,
                ):
                    part = self._parts[leadership.lock]
                    turn = Turn(leadership, workers, part, lambda: self._is_over)
                    self._lead(turn, until_idle=until_idle)
            except Stopped:
                break
            except NotLeading as error:
                log.debug("the inbox's follower stands by: %s", error)
                self._pause(STAND_BY)
            except (DatabaseError, psycopg.Error, OSError) as error:
                if not self._is_away:
                    log.warning("the inbox's follower tries again: %r", error)
                self._is_away = True
                connection.close()
                self._pause(RETRY)
            else:
                break
        connection.close()

    def _lead(self, turn: "Turn", *, until_idle: bool) -> None:
        while not self._is_over:
            begun = time.monotonic()
            turn.prove()
            is_idle = turn.go_on()
            self._is_away = False
            if until_idle and is_idle:
                return
            rest = min(turn.look_seconds * REST, LONGEST_REST)
            self._pause(max(COALESCE - (time.monotonic() - begun), rest))

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._is_over and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


@contextmanager
def _leading(locks: Sequence[int]) -> Iterator[Leadership]:
    """Raises NotLeading, psycopg.Error."""
    leadership = Leadership(locks)
    try:
        yield leadership
    finally:
        leadership.end()


@contextmanager
def _workers(is_over: Callable[[], bool]) -> Iterator[WorkerEntries | None]:
    """None where there are no workers to connect to."""
    if is_distributed():
        nodes.renew()
    if not is_distributed() or not nodes.are_several:
        yield None
        return
    workers = WorkerEntries(is_over)
    try:
        yield workers
    finally:
        workers.close()


class Turn:
    """The time for which one leads."""

    def __init__(
        self,
        leadership: Leadership,
        workers: WorkerEntries | None,
        part: Part,
        is_over: Callable[[], bool],
    ) -> None:
        self._leadership = leadership
        self._workers = workers
        self._part = part
        self._is_over = is_over
        # From here on a move is decoded; what was before is found by comparing.
        self._decoded: DecodedLog | None = decoded_log(leadership.connection)
        self._next_decoding = time.monotonic() + DECODE_AGAIN
        self._is_compared = False
        self._left: dict[UUID, None] = {}
        self.look_seconds = 0.0
        # Entries are kept with people's own actions from here on, before any is written here.
        note_applied(Applied(0, 0, []), None, part)

    def prove(self) -> None:
        """Raises NotLeading."""
        self._leadership.prove()

    def go_on(self) -> bool:
        """Writes what has moved until now; whether nothing is left. Raises Stopped."""
        self.look_seconds = 0.0
        now = database_clock()
        before, self._left = list(self._left), {}
        self._decode_again()
        self._apply([*before, *self._look()])
        if self._decoded is None or not self._is_compared:
            self._compare()
        self._note(Applied(0, 0, []), None if self._left else now)
        return not self._left

    def _look(self) -> list[UUID]:
        if self._decoded is None:
            return []
        begun = time.monotonic()
        found = self._decoded.read()
        while not self._decoded.is_through:
            found += self._decoded.read()
        self.look_seconds += time.monotonic() - begun
        return list(filter(self._part.has, dict.fromkeys(found)))

    def _decode_again(self) -> None:
        """Where decoding could not be had: a transaction that was open for long ends some time."""
        if self._decoded is None and time.monotonic() >= self._next_decoding:
            self._decoded = decoded_log(self._leadership.connection)
            self._is_compared = False
            self._next_decoding = time.monotonic() + DECODE_AGAIN

    def _compare(self) -> None:
        sweep = Sweep(self._behind_after, self._part)
        is_over = False
        while not is_over:
            begun = time.monotonic()
            behind, is_over = sweep.read()
            self.look_seconds += time.monotonic() - begun
            self._apply(behind)
            self.prove()
        self._is_compared = True

    def _behind_after(self, after: UUID, limit: int) -> tuple[list[UUID], UUID | None]:
        if self._workers is not None and settings.SHARD_READS:
            return self._workers.behind_after(after, limit)
        return behind_after(after, limit)

    def _apply(self, ids: list[UUID]) -> None:
        # Over the workers all at once: the more of a shard meet, the less each costs.
        workers = self._workers
        at_once = AT_ONCE if workers is None else len(ids) or 1
        for start in range(0, len(ids), at_once):
            if self._is_over():
                raise Stopped
            some = ids[start : start + at_once]
            done = apply_changes(some) if workers is None else workers.apply_changes(some)
            self._left.update(dict.fromkeys(done.left))
            self._note(done, None)

    def _note(self, applied: Applied, applied_at: datetime | None) -> None:
        if applied.written or applied.coalesced or applied_at:
            note_applied(applied, applied_at, self._part)
