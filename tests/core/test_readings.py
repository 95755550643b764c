"""Readings give the same in a thread and in the event loop, alone and two at a time."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection

from chatproject.core.db import async_pool
from chatproject.core.db.async_pool import AsyncPool, connect
from chatproject.core.db.distributed.hosts import COORDINATOR
from chatproject.core.db.readings import Query, Steps, query, read, read_async, reading, together
from chatproject.core.db.statements import big

pytestmark = pytest.mark.django_db(transaction=True)

VALUES = "SELECT %(id)s::uuid, %(number)s::bigint, %(at)s::timestamptz, %(text)s::text"
AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)

Run = Callable[[Steps[Any]], Any]


def in_loop(steps: Steps[Any]) -> Any:
    raw = connect()
    try:
        return asyncio.run(read_async(raw, steps))
    finally:
        raw.close()


@pytest.fixture(params=[read, in_loop])
def run(request: pytest.FixtureRequest) -> Run:
    chosen: Run = request.param
    return chosen


@pytest.fixture
def cut() -> Iterator[Callable[[psycopg.Connection[Any]], None]]:
    """Ends a connection from outside, as a restart of the server does."""

    def end(raw: psycopg.Connection[Any]) -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [raw.info.backend_pid])
        finally:
            connection.close()  # that of a thread of its own

    return end


@reading
def number_of(text: str) -> Steps[int]:
    """Two trips, the second of which depends on the first."""
    rows = yield from query("SELECT length(%(text)s::text)", {"text": text})
    ((number,),) = yield from query("SELECT %(n)s::bigint + 1", {"n": big(rows[0][0])})
    return int(number)


def refusing() -> Steps[int]:
    yield from query("SELECT 1", {})
    raise LookupError("refused")


def test_rows_have_the_same_values(run: Run) -> None:
    some_id = uuid4()
    given = {"id": some_id, "number": big(5), "at": AT, "text": None}

    ((found_id, number, at, text),) = run(query(VALUES, given))

    assert (found_id, number, at, text) == (some_id, 5, AT, None)
    assert isinstance(found_id, UUID)


def test_steps_go_on_with_what_they_were_told(run: Run) -> None:
    assert run(number_of.steps("four")) == 5
    assert number_of("four") == 5


def test_several_queries_share_a_trip(run: Run) -> None:
    def both() -> Steps[list[Any]]:
        return (yield [Query("SELECT 1", {}), Query("SELECT 2", {})])

    assert run(both()) == [[(1,)], [(2,)]]


def test_two_readings_share_their_trips(run: Run) -> None:
    assert run(together(number_of.steps("a"), query("SELECT 7", {}))) == (2, [(7,)])
    assert run(together(query("SELECT 7", {}), number_of.steps("a"))) == ([(7,)], 2)


def test_of_two_refusals_the_first_ones_comes_first(run: Run) -> None:
    def other() -> Steps[int]:
        raise KeyError
        yield []

    with pytest.raises(LookupError, match="refused"):
        run(together(refusing(), other()))
    with pytest.raises(KeyError):
        run(together(number_of.steps("a"), other()))


def test_an_error_of_postgres_is_raised_and_the_connection_goes_on() -> None:
    async def ask() -> int:
        pool = AsyncPool(size=1)
        with pytest.raises(psycopg.errors.DivisionByZero):
            await pool.read(lambda: query("SELECT 1 / 0", {}))
        number = await pool.read(lambda: number_of.steps("abc"))
        await pool.close()
        return number

    assert asyncio.run(ask()) == 4


def test_more_readings_than_connections_wait_for_one() -> None:
    async def ask() -> list[int]:
        pool = AsyncPool(size=2)
        asked = (pool.read(lambda n=n: number_of.steps("a" * n)) for n in range(9))
        found = await asyncio.gather(*asked)
        await pool.close()
        return list(found)

    assert asyncio.run(ask()) == list(range(1, 10))


@pytest.mark.parametrize("others", [1, 3, 20])
def test_one_that_waits_for_a_lock_holds_up_no_other(others: int) -> None:
    """The lock is given up when all others have been answered."""
    holding = connect()
    holding.execute("SELECT pg_advisory_lock(42)")
    locked = "SELECT pg_advisory_lock_shared(42), pg_advisory_unlock_shared(42)"

    async def ask() -> tuple[list[int], bool]:
        pool = AsyncPool()
        await pool.read(lambda: number_of.steps("a"))  # the connection is there
        waits = asyncio.create_task(pool.read(lambda: query(locked, {})))
        await asyncio.sleep(0)
        found = await asyncio.gather(
            *(pool.read(lambda n=n: number_of.steps("a" * n)) for n in range(others))
        )
        is_waiting = not waits.done()
        holding.execute("SELECT pg_advisory_unlock(42)")
        await waits
        await pool.close()
        return list(found), is_waiting

    try:
        found, is_waiting = asyncio.run(ask())
    finally:
        holding.close()
    assert found == list(range(1, others + 1))
    assert is_waiting


def test_who_is_held_up_stays_where_no_other_connection_can_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where PostgreSQL is frozen. The lock is given up at the third try to connect."""
    holding = connect()
    holding.execute("SELECT pg_advisory_lock(43)")
    locked = "SELECT pg_advisory_lock_shared(43), pg_advisory_unlock_shared(43)"
    tried = []

    def refuse(node: int) -> Any:
        tried.append(node)
        if len(tried) == 3:
            holding.execute("SELECT pg_advisory_unlock(43)")
        raise psycopg.OperationalError("frozen")

    async def ask() -> list[int]:
        pool = AsyncPool()
        await pool.read(lambda: number_of.steps("a"))
        monkeypatch.setattr(async_pool, "connect", refuse)
        waits = asyncio.create_task(pool.read(lambda: query(locked, {})))
        await asyncio.sleep(0)
        found = await asyncio.gather(
            *(pool.read(lambda n=n: number_of.steps("a" * n)) for n in range(3))
        )
        await waits
        await pool.close()
        return list(found)

    try:
        assert asyncio.run(ask()) == [1, 2, 3]
    finally:
        holding.close()
    assert len(tried) >= 3


def test_a_connection_that_was_lost_is_replaced(
    cut: Callable[[psycopg.Connection[Any]], None],
) -> None:
    async def ask() -> int:
        pool = AsyncPool(size=1)
        await pool.read(lambda: number_of.steps("a"))
        await asyncio.to_thread(cut, pool._open[COORDINATOR][0].raw)
        number = await pool.read(lambda: number_of.steps("ab"))
        await pool.close()
        return number

    assert asyncio.run(ask()) == 3
