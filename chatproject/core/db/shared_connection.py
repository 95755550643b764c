"""A connection that pipelines the round trips of several callers.

Each who asks sends at once, and PostgreSQL answers in that order. Where several ask at the same
time it finds the next question when it has answered the last, so that neither side goes to sleep in
between and is woken, which costs as much as a small question.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count, islice

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from chatproject.core.db.deadlines import BoundedConnection, DatabaseTooSlow
from chatproject.core.db.pipeline import Statement, Step

# When the first in the queue has waited for so long, nobody else is sent to wait behind it.
STUCK_SECONDS = 0.005
# When PostgreSQL has been at one trip for so long, those behind it may ask elsewhere. Somewhat
# longer, since each is carried out twice then; on a busy machine a trip waits for its turn, too.
HELD_UP_SECONDS = 0.025
# So many statements a connection keeps prepared. On a distributed database each is prepared for
# each shard of the node; see docs/scaling.md for what they take of PostgreSQL's memory.
PREPARED_MAX = 200
OUTDATED = b"0A000"  # SQLSTATE of a prepared statement whose columns have changed

_numbers = count(1)


class HeldUp(Exception):
    """PostgreSQL does not come to the trip, for the one before it takes long."""


class _Trip:
    """What was asked at once, and is answered up to a sync of its own."""

    __slots__ = ("answers", "asked", "asked_at", "before", "fresh", "future", "may_move", "timer")

    def __init__(self, asked: Sequence[Statement], fresh: Sequence[Statement]) -> None:
        self.future: asyncio.Future[list[PGresult]] = asyncio.get_running_loop().create_future()
        self.answers: list[PGresult] = []
        self.asked = asked
        self.fresh = fresh  # those of them that are prepared with it
        self.before = 0  # how many answers come before those to the steps
        self.asked_at = time.monotonic()
        self.may_move = False
        self.timer: asyncio.TimerHandle | None = None


class SharedConnection:
    """Belongs to one event loop. It closes itself where an answer is late or the line is lost."""

    def __init__(self, raw: BoundedConnection) -> None:
        """Nobody else may use the connection, which is in no transaction."""
        self.raw = raw
        self._pgconn = raw.pgconn
        self._loop = asyncio.get_running_loop()
        self._trips: deque[_Trip] = deque()
        self._names: dict[Statement, bytes] = {}  # in the order of their last use
        self._is_watched = False
        self.transformer = raw.transformer
        self.made_at = time.monotonic()
        self.is_open = True
        # Is told again and again while trips wait behind one that takes long.
        self.on_held_up: Callable[[], None] = self.let_go
        self._socket = self._pgconn.socket
        self._pgconn.enter_pipeline_mode()
        self._loop.add_reader(self._socket, self._receive)

    @property
    def waiting(self) -> int:
        """How many trips are not answered yet."""
        return len(self._trips)

    @property
    def is_stuck(self) -> bool:
        first = self._trips[0] if self._trips else None
        return first is not None and time.monotonic() - first.asked_at > STUCK_SECONDS

    async def ask(
        self, steps: Sequence[Step], *, seconds: float | None, may_move: bool = False
    ) -> list[PGresult]:
        """The answer to each step. Each trip is for itself: after an error only its own later
        steps are not carried out.

        Raises psycopg's errors, and DatabaseTooSlow after `seconds`; then, and where the line is
        lost, all who wait here fail. HeldUp, only where the trip `may_move`, which is for one that
        writes nothing: it is carried out all the same when PostgreSQL comes to it.
        """
        if not self.is_open:
            raise psycopg.OperationalError("the connection is closed")
        asked = list(dict.fromkeys(step.statement for step in steps))
        trip = _Trip(asked, [statement for statement in asked if statement not in self._names])
        self._trips.append(trip)
        trip.may_move = may_move
        if may_move and not self._is_watched and len(self._trips) > 1:
            self._watch()
        if seconds is not None:
            trip.timer = self._loop.call_later(seconds, self._be_late, trip)
        try:
            self._send(trip, steps)
        except psycopg.Error as error:
            self._fail(error)
        return await trip.future

    def _send(self, trip: _Trip, steps: Sequence[Step]) -> None:
        pgconn, names = self._pgconn, self._names
        for statement in trip.asked:
            names[statement] = names.pop(statement, b"") or b"shared_%d" % next(_numbers)
        given_up = self._give_up_oldest(len(trip.asked))
        for name in given_up:
            pgconn.send_query_params(b"DEALLOCATE " + name, None)
        for statement in trip.fresh:
            pgconn.send_prepare(names[statement], statement.sql, statement.types)
        trip.before = len(given_up) + len(trip.fresh)
        for statement, values in steps:
            pgconn.send_query_prepared(
                names[statement], values, statement.formats, statement.answer
            )
        pgconn.pipeline_sync()
        if pgconn.flush():
            self._loop.add_writer(self._socket, self._go_on_sending)

    def _give_up_oldest(self, asked: int) -> list[bytes]:
        """The names of statements that are too many, those that were used longest ago, and none of
        the last, which are `asked` now."""
        number = len(self._names) - max(PREPARED_MAX, asked)
        oldest = list(islice(self._names, max(0, number)))
        return [self._names.pop(statement) for statement in oldest]

    def _go_on_sending(self) -> None:
        try:
            is_sent = not self._pgconn.flush()
        except psycopg.Error as error:
            self._fail(error)
            return
        if is_sent:
            self._loop.remove_writer(self._socket)

    def _receive(self) -> None:
        pgconn = self._pgconn
        try:
            pgconn.consume_input()
            while self._trips and not pgconn.is_busy():
                self._take(pgconn.get_result())
        except psycopg.Error as error:
            self._fail(error)
            return
        if pgconn.status == ConnStatus.BAD:  # also while nobody waits
            self._fail(psycopg.OperationalError("the connection was lost"))

    def _take(self, answer: PGresult | None) -> None:
        if answer is None:  # the end of one step's answer
            if self._pgconn.status == ConnStatus.BAD:
                raise psycopg.OperationalError("the connection was lost")
        elif answer.status == ExecStatus.PIPELINE_SYNC:
            self._answer(self._trips.popleft())
        else:
            self._trips[0].answers.append(answer)

    def _answer(self, trip: _Trip) -> None:
        if trip.timer is not None:
            trip.timer.cancel()
        failed = next((it for it in trip.answers if it.status == ExecStatus.FATAL_ERROR), None)
        if failed is not None:
            self._give_up(trip, failed)
        if trip.future.done():  # nobody waits for it any more
            return
        if failed is None:
            trip.future.set_result(trip.answers[trip.before :])
        else:
            trip.future.set_exception(error_from_result(failed, self.raw.info.encoding))

    def _give_up(self, trip: _Trip, failed: PGresult) -> None:
        """Prepares anew next time: what nobody knows to be prepared, and what a migration has given
        other columns ("cached plan must not change result type")."""
        is_outdated = failed.error_field(DiagnosticField.SQLSTATE) == OUTDATED
        for statement in trip.asked if is_outdated else trip.fresh:
            self._names.pop(statement, None)

    def _watch(self) -> None:
        self._is_watched = True
        self._loop.call_later(HELD_UP_SECONDS, self._look_after, self._trips[0])

    def _look_after(self, first: _Trip) -> None:
        """Whether PostgreSQL is still at the same trip. What it has answered by now was read before
        this is called."""
        self._is_watched = False
        if len(self._trips) < 2:
            return
        self._watch()
        if self._trips[0] is first:
            self.on_held_up()

    def let_go(self) -> None:
        """Those that may move, and are behind the first."""
        for trip in islice(self._trips, 1, None):
            if trip.may_move and not trip.future.done():
                trip.future.set_exception(HeldUp())

    def _be_late(self, trip: _Trip) -> None:
        if not trip.future.done():
            trip.future.set_exception(DatabaseTooSlow())
        self._fail(psycopg.OperationalError("an answer before this one was late"))

    def _fail(self, error: psycopg.Error) -> None:
        trips, self._trips = self._trips, deque()
        self.close()
        for trip in trips:
            if trip.timer is not None:
                trip.timer.cancel()
            if not trip.future.done():
                trip.future.set_exception(error)

    def close(self) -> None:
        """Nobody may wait for anything any more."""
        if self.is_open:
            self.is_open = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
            self.raw.close()
