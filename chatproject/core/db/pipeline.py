"""Sends several prepared statements in one round trip, over libpq itself.

psycopg has a pipeline mode too, but its cursors cost some 100 µs of Python and a system call for
each statement. That is little compared with most queries, but a third of storing one message.
"""

import asyncio
import select
from collections.abc import Generator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple, TypeVar, cast
from weakref import WeakKeyDictionary

import psycopg
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from chatproject.core.db.deadlines import DatabaseTooSlow, seconds_to_wait

TEXT, BINARY = 0, 1


class Statement:
    """SQL with `$1`, `$2`, …, each with its format. PostgreSQL prepares it once per connection, and
    answers in text unless `answer` is BINARY. `types` are the oids of the parameters, 0 or absent
    for those that PostgreSQL infers.
    """

    def __init__(
        self, sql: str | bytes, *formats: int, types: Sequence[int] = (), answer: int = TEXT
    ) -> None:
        self.sql = sql.encode() if isinstance(sql, str) else sql
        self.formats = formats
        self.types = types or None
        self.answer = answer


class Step(NamedTuple):
    statement: Statement
    values: Sequence[bytes | None] = ()


_numbers = count(1)
_prepared: WeakKeyDictionary[psycopg.Connection[Any], dict[Statement, bytes]] = WeakKeyDictionary()

Result = TypeVar("Result")

# Work in one or more round trips: a generator that yields the steps of a trip, is sent their
# answers, and returns its result. It knows nothing of threads and event loops, so that both can run
# it.
Trips = Generator[Sequence[Step], list[PGresult], Result]


def one_trip(steps: Sequence[Step]) -> Trips[list[PGresult]]:
    """Returns the answer to each step."""
    return (yield steps)


def run(
    raw: psycopg.Connection[Any], trips: Trips[Result], *, ahead: Sequence[Statement] = ()
) -> Result:
    """Runs the trips and returns their result. Blocks the thread, for no longer than
    `deadlines.answered_within` allows; then it closes the connection and raises DatabaseTooSlow.

    After an error the later steps are not run. The caller handles transactions: BEGIN and COMMIT
    are steps like any other. `ahead` are the statements of later trips in the same transaction,
    which are prepared with the first trip. Raises psycopg's errors.
    """
    work, ready = _carry_out(raw, trips, ahead), select.poll()
    seconds = seconds_to_wait()
    milliseconds = None if seconds is None else seconds * 1000
    try:
        while True:
            ready.register(raw.pgconn.socket, next(work))
            # Waiting in libpq would hold the interpreter's lock.
            if not ready.poll(milliseconds):
                raw.pgconn.finish()
                raise DatabaseTooSlow
    except StopIteration as done:
        return cast(Result, done.value)


async def run_async(
    raw: psycopg.Connection[Any],
    trips: Trips[Result],
    *,
    ahead: Sequence[Statement] = (),
    seconds: float | None = None,
) -> Result:
    """`run` in the event loop, waiting at most `seconds` for each answer. Nobody else may use the
    connection meanwhile.
    """
    work = _carry_out(raw, trips, ahead)
    try:
        while True:
            events = next(work)
            async with asyncio.timeout(seconds):
                await _ready(raw.pgconn.socket, events)
    except StopIteration as done:
        return cast(Result, done.value)
    except TimeoutError:
        raw.pgconn.finish()
        raise DatabaseTooSlow from None


async def _ready(socket: int, events: int) -> None:
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not woken.done():
            woken.set_result(None)

    loop.add_reader(socket, wake)
    if events & select.POLLOUT:
        loop.add_writer(socket, wake)
    try:
        await woken
    finally:
        loop.remove_reader(socket)
        loop.remove_writer(socket)


# The functions below yield the events that they wait for; a thread or the event loop waits.
_Work = Generator[int, None, Result]


def _carry_out(
    raw: psycopg.Connection[Any], trips: Trips[Result], ahead: Sequence[Statement]
) -> _Work[Result]:
    # In a transaction of somebody else a statement may be prepared no longer, and the error would
    # end the transaction. In one that began here nobody has given statements up since.
    is_own = raw.info.transaction_status == TransactionStatus.IDLE
    try:
        steps = next(trips)
        answers = yield from _first(raw, steps, ahead) if is_own else _exchange(raw, {}, {}, steps)
        while True:
            steps = trips.send(answers)
            known = _prepared.get(raw, {}) if is_own else {}
            answers = yield from _exchange(raw, {}, known, steps)
    except StopIteration as done:
        return cast(Result, done.value)


def _first(
    raw: psycopg.Connection[Any], steps: Sequence[Step], ahead: Sequence[Statement]
) -> _Work[list[PGresult]]:
    try:
        return (yield from _run_prepared(raw, steps, ahead))
    except InvalidSqlStatementName:  # psycopg gives them all up after some of its ROLLBACKs
        _prepared.pop(raw, None)
        return (yield from _run_prepared(raw, steps, ahead))


def _run_prepared(
    raw: psycopg.Connection[Any], steps: Sequence[Step], ahead: Sequence[Statement]
) -> _Work[list[PGresult]]:
    known = _prepared.get(raw, {})
    fresh = {
        statement: b"pipelined_%d" % next(_numbers)
        for statement in (*(step.statement for step in steps), *ahead)
        if statement not in known
    }
    names = {**known, **fresh} if fresh else known
    answers = yield from _exchange(raw, fresh, names, steps)
    if fresh:
        _prepared[raw] = names
    return answers[len(fresh) :]


def _exchange(
    raw: psycopg.Connection[Any],
    fresh: Mapping[Statement, bytes],
    names: Mapping[Statement, bytes],
    steps: Sequence[Step],
) -> _Work[list[PGresult]]:
    """Prepares the `fresh` statements and runs the steps; those without a name run unprepared."""
    pgconn = raw.pgconn
    pgconn.enter_pipeline_mode()
    try:
        for statement, name in fresh.items():
            pgconn.send_prepare(name, statement.sql, statement.types)
        for statement, values in steps:
            if statement in names:
                pgconn.send_query_prepared(
                    names[statement], values, statement.formats, statement.answer
                )
            else:
                pgconn.send_query_params(
                    statement.sql, values, statement.types, statement.formats, statement.answer
                )
        pgconn.pipeline_sync()
        answers = yield from _answers(pgconn)
    finally:
        if pgconn.status != ConnStatus.BAD:
            pgconn.exit_pipeline_mode()
    for answer in answers:
        if answer.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(answer, raw.info.encoding)
    return answers


def _answers(pgconn: PGconn) -> _Work[list[PGresult]]:
    answers: list[PGresult] = []
    is_sent = not pgconn.flush()
    while True:
        while not is_sent or pgconn.is_busy():
            yield select.POLLIN if is_sent else select.POLLIN | select.POLLOUT
            pgconn.consume_input()
            is_sent = is_sent or not pgconn.flush()
        answer = pgconn.get_result()
        if answer is None:
            if pgconn.status == ConnStatus.BAD:
                raise psycopg.OperationalError("the connection was lost")
        elif answer.status == ExecStatus.PIPELINE_SYNC:
            return answers
        else:
            answers.append(answer)


def rows_of(answer: PGresult) -> list[list[Any]]:
    """Its values, each bytes or None."""
    columns = range(answer.nfields)
    return [[answer.get_value(row, c) for c in columns] for row in range(answer.ntuples)]
