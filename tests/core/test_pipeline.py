"""Statements that go to a real PostgreSQL together."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.pq.abc import PGresult

from chatproject.core.db import binary_arrays
from chatproject.core.db.pipeline import BINARY, TEXT, Statement, Step, rows_of, run, run_soon
from tests import database

ONE, ECHO = Statement("SELECT 1"), Statement("SELECT $1::text", TEXT)
BEGIN, COMMIT = Statement("BEGIN"), Statement("COMMIT")
MAKE = Statement("CREATE TEMPORARY TABLE word (text text)")
ADD, ALL = Statement("INSERT INTO word VALUES ($1)", TEXT), Statement("SELECT text FROM word")
WRONG = Statement("SELECT 1 / 0")

Run = Callable[[psycopg.Connection[Any], Sequence[Step]], list[PGresult]]


def run_in_loop(raw: psycopg.Connection[Any], steps: Sequence[Step]) -> list[PGresult]:
    return asyncio.run(run_soon(raw, steps))


@pytest.fixture(params=[run, run_in_loop])
def go(request: pytest.FixtureRequest) -> Run:
    chosen: Run = request.param
    return chosen


@pytest.fixture
def raw() -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as connection:
        yield connection


def test_every_step_has_its_answer(go: Run, raw: psycopg.Connection[Any]) -> None:
    for word in (b"first", b"second"):  # prepared by the one, found by the other
        answers = go(raw, [Step(ONE), Step(ECHO, [word]), Step(ECHO, [None])])
        assert [rows_of(answer) for answer in answers] == [[[b"1"]], [[word]], [[None]]]


def test_an_error_is_raised_and_nothing_behind_it_happens(
    go: Run, raw: psycopg.Connection[Any]
) -> None:
    go(raw, [Step(MAKE)])
    with pytest.raises(psycopg.errors.DivisionByZero):
        go(raw, [Step(BEGIN), Step(ADD, [b"before"]), Step(WRONG), Step(COMMIT)])
    raw.execute("ROLLBACK")
    with pytest.raises(psycopg.errors.DivisionByZero):
        go(raw, [Step(WRONG), Step(ADD, [b"behind"])])
    go(raw, [Step(ADD, [b"good"])])
    assert rows_of(go(raw, [Step(ALL)])[0]) == [[b"good"]]


def test_an_error_at_the_commit(go: Run, raw: psycopg.Connection[Any]) -> None:
    raw.execute("CREATE TEMPORARY TABLE twin (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    twin = Statement("INSERT INTO twin VALUES (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        go(raw, [Step(BEGIN), Step(twin), Step(twin), Step(COMMIT)])
    assert rows_of(go(raw, [Step(ONE)])[0]) == [[b"1"]]


def test_statements_that_were_given_up_are_prepared_again(
    go: Run, raw: psycopg.Connection[Any]
) -> None:
    go(raw, [Step(ONE)])
    raw.execute("DEALLOCATE ALL")
    assert rows_of(go(raw, [Step(ONE)])[0]) == [[b"1"]]


def test_in_a_transaction_nothing_depends_on_what_is_prepared(
    go: Run, raw: psycopg.Connection[Any]
) -> None:
    go(raw, [Step(ONE)])
    raw.execute("DEALLOCATE ALL")
    raw.execute("BEGIN")
    assert rows_of(go(raw, [Step(ONE)])[0]) == [[b"1"]]
    raw.execute("COMMIT")


def test_more_than_the_line_holds_at_once(go: Run, raw: psycopg.Connection[Any]) -> None:
    long = b"x" * (8 << 20)
    for answer in go(raw, [Step(ECHO, [long])] * 3):
        assert rows_of(answer) == [[long]]


def test_a_lost_connection_is_an_operational_error(go: Run, raw: psycopg.Connection[Any]) -> None:
    with database.connect() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [raw.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        go(raw, [Step(ONE)])
    assert raw.closed


def test_the_event_loop_goes_on_meanwhile(raw: psycopg.Connection[Any]) -> None:
    async def both() -> int:
        waiting = asyncio.create_task(run_soon(raw, [Step(Statement("SELECT pg_sleep(0.2)"))]))
        turns = 0
        while not waiting.done():
            turns += 1
            await asyncio.sleep(0.01)
        return turns

    assert asyncio.run(both()) > 1


@pytest.mark.parametrize("count", [0, 1, 3])
def test_arrays_arrive_as_they_were(go: Run, raw: psycopg.Connection[Any], count: int) -> None:
    ids = [uuid4() for _ in range(count)]
    words = ["", "äöü 🐌", "x" * 1000][:count]
    columns = {
        "uuid": (binary_arrays.uuids(ids), [str(each) for each in ids]),
        "text": (binary_arrays.texts(words), words),
        "int": (binary_arrays.ints([-1, 0, 2**31 - 1][:count]), ["-1", "0", "2147483647"][:count]),
        "bool": (binary_arrays.bools([True, False, True][:count]), ["t", "f", "t"][:count]),
        "bytea": (
            binary_arrays.digests([bytes([n]) * 16 for n in range(count)]),
            ["\\x" + f"{n:02x}" * 16 for n in range(count)],
        ),
    }
    for kind, (packed, told) in columns.items():
        (answer,) = go(raw, [Step(Statement(f"SELECT unnest($1::{kind}[])", BINARY), [packed])])
        assert [row[0].decode() for row in rows_of(answer)] == told
