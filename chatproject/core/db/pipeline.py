"""Prepared statements sent together and answered in one round trip, over libpq itself.

psycopg has a pipeline of its own, whose cursors cost some 100 µs of Python and a call of the system
for each statement. That is nothing beside most queries, and a third of storing one message.
"""

import asyncio
import select
from collections.abc import Generator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from psycopg.errors import InvalidSqlStatementName, error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

TEXT, BINARY = 0, 1


class Statement:
    """SQL with `$1`, `$2`, …, each in the format that stands for it; PostgreSQL prepares it once a
    connection, and answers in text."""

    def __init__(self, sql: str, *formats: int) -> None:
        self.sql = sql.encode()
        self.formats = formats


class Step(NamedTuple):
    statement: Statement
    values: Sequence[bytes | None] = ()


_numbers = count(1)
_prepared: WeakKeyDictionary[psycopg.Connection[Any], dict[Statement, bytes]] = WeakKeyDictionary()


def run(raw: psycopg.Connection[Any], steps: Sequence[Step]) -> list[PGresult]:
    """The answer to each step; after an error the later ones are not carried out.

    Transactions are for the caller, to whom BEGIN and COMMIT are steps like others. Raises
    psycopg's errors.
    """
    work, ready = _run(raw, steps), select.poll()
    try:
        while True:
            ready.register(raw.pgconn.socket, next(work))
            ready.poll()  # libpq's own waiting would keep the interpreter's lock
    except StopIteration as done:
        return _whole(done)


async def run_soon(raw: psycopg.Connection[Any], steps: Sequence[Step]) -> list[PGresult]:
    """The same, while the event loop goes on. Nobody else may use the connection meanwhile."""
    work = _run(raw, steps)
    try:
        while True:
            await _ready(raw.pgconn.socket, next(work))
    except StopIteration as done:
        return _whole(done)


def _whole(done: StopIteration) -> list[PGresult]:
    answers: list[PGresult] = done.value
    return answers


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


# What follows gives control back with what it waits for, whoever does the waiting.
_Work = Generator[int, None, list[PGresult]]


def _run(raw: psycopg.Connection[Any], steps: Sequence[Step]) -> _Work:
    if raw.info.transaction_status != TransactionStatus.IDLE:
        # There a statement that is prepared no longer would end the transaction.
        return (yield from _exchange(raw, {}, {}, steps))
    try:
        return (yield from _run_prepared(raw, steps))
    except InvalidSqlStatementName:  # psycopg gives them all up after some of its ROLLBACKs
        _prepared.pop(raw, None)
        return (yield from _run_prepared(raw, steps))


def _run_prepared(raw: psycopg.Connection[Any], steps: Sequence[Step]) -> _Work:
    known = _prepared.get(raw, {})
    fresh = {
        step.statement: b"pipelined_%d" % next(_numbers)
        for step in steps
        if step.statement not in known
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
) -> _Work:
    """Prepares the `fresh` ones and runs the steps, those without a name unprepared."""
    pgconn = raw.pgconn
    pgconn.enter_pipeline_mode()
    try:
        for statement, name in fresh.items():
            pgconn.send_prepare(name, statement.sql)
        for statement, values in steps:
            if statement in names:
                pgconn.send_query_prepared(names[statement], values, statement.formats)
            else:
                pgconn.send_query_params(statement.sql, values, None, statement.formats)
        pgconn.pipeline_sync()
        answers = yield from _answers(pgconn)
    finally:
        if pgconn.status != ConnStatus.BAD:
            pgconn.exit_pipeline_mode()
    for answer in answers:
        if answer.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(answer, raw.info.encoding)
    return answers


def _answers(pgconn: PGconn) -> _Work:
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
