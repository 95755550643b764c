"""Statements that go to a real PostgreSQL together."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.pq.abc import PGresult

from chatproject.core.db import binary_arrays
from chatproject.core.db.pipeline import (
    BINARY,
    TEXT,
    Statement,
    Step,
    Trips,
    one_trip,
    rows_of,
    run,
    run_async,
)
from tests import database

ONE, ECHO = Statement("SELECT 1"), Statement("SELECT $1::text", TEXT)
BEGIN, COMMIT = Statement("BEGIN"), Statement("COMMIT")
MAKE = Statement("CREATE TEMPORARY TABLE word (text text)")
ADD, ALL = Statement("INSERT INTO word VALUES ($1)", TEXT), Statement("SELECT text FROM word")
WRONG = Statement("SELECT 1 / 0")

Run = Callable[[psycopg.Connection[Any], Sequence[Step]], list[PGresult]]
RunTrips = Callable[..., Any]


def run_in_loop(raw: psycopg.Connection[Any], trips: Trips[Any], **options: Any) -> Any:
    return asyncio.run(run_async(raw, trips, **options))


@pytest.fixture(params=[run, run_in_loop])
def go_trips(request: pytest.FixtureRequest) -> RunTrips:
    chosen: RunTrips = request.param
    return chosen


@pytest.fixture
def go(go_trips: RunTrips) -> Run:
    """Runs steps in one trip."""
    return lambda raw, steps: go_trips(raw, one_trip(steps))


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


def count_up(until: int) -> Trips[list[bytes]]:
    """Asks in each trip for what the last one answered, in one transaction."""
    words = [b"x"]
    yield [Step(BEGIN)]
    while len(words) < until:
        (answer,) = yield [Step(ECHO, [words[-1] + b"x"])]
        words.append(rows_of(answer)[0][0])
    yield [Step(COMMIT)]
    return words


def test_a_later_trip_depends_on_the_answers_of_an_earlier_one(
    go_trips: RunTrips, raw: psycopg.Connection[Any]
) -> None:
    for ahead in ([], [ECHO, COMMIT]):
        assert go_trips(raw, count_up(3), ahead=ahead) == [b"x", b"xx", b"xxx"]


def test_statements_of_later_trips_are_prepared_with_the_first(
    go_trips: RunTrips, raw: psycopg.Connection[Any]
) -> None:
    def prepared() -> set[str]:
        return {row[0] for row in raw.execute("SELECT statement FROM pg_prepared_statements")}

    go_trips(raw, count_up(2))
    assert "SELECT $1::text" not in prepared()
    go_trips(raw, count_up(2), ahead=[ECHO])
    assert "SELECT $1::text" in prepared()
    raw.execute("DEALLOCATE ALL")
    assert go_trips(raw, count_up(2), ahead=[ECHO, COMMIT]) == [b"x", b"xx"]


def test_an_error_between_two_trips_leaves_the_transaction_to_the_caller(
    go_trips: RunTrips, raw: psycopg.Connection[Any]
) -> None:
    def fails() -> Trips[None]:
        yield [Step(BEGIN), Step(MAKE)]
        raise ValueError("the decision went wrong")

    with pytest.raises(ValueError, match="decision"):
        go_trips(raw, fails())
    raw.execute("ROLLBACK")
    go_trips(raw, one_trip([Step(MAKE)]))


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
        waiting = asyncio.create_task(
            run_async(raw, one_trip([Step(Statement("SELECT pg_sleep(0.2)"))]))
        )
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
        "bigint": (
            binary_arrays.bigints([-1, 2**62, 0][:count]),
            ["-1", str(2**62), "0"][:count],
        ),
        "timestamptz": (
            binary_arrays.timestamps([0, 1_700_000_000_123_456, 946_684_800_000_000][:count]),
            [
                "1970-01-01 00:00:00+00",
                "2023-11-14 22:13:20.123456+00",
                "2000-01-01 00:00:00+00",
            ][:count],
        ),
        "bool": (binary_arrays.bools([True, False, True][:count]), ["t", "f", "t"][:count]),
        "bytea": (
            binary_arrays.digests([bytes([n]) * 16 for n in range(count)]),
            ["\\x" + f"{n:02x}" * 16 for n in range(count)],
        ),
    }
    for kind, (packed, told) in columns.items():
        assert unnested(go, raw, kind, packed) == told


def unnested(go: Run, raw: psycopg.Connection[Any], kind: str, packed: bytes) -> list[str | None]:
    raw.execute("SET timezone = 'UTC'")
    (answer,) = go(raw, [Step(Statement(f"SELECT unnest($1::{kind}[])", BINARY), [packed])])
    return [None if row[0] is None else row[0].decode() for row in rows_of(answer)]


def test_arrays_with_and_without_nulls(go: Run, raw: psycopg.Connection[Any]) -> None:
    one = uuid4()
    for ids in ([], [None], [one], [one, None]):
        packed = binary_arrays.optional_uuids(ids)
        assert unnested(go, raw, "uuid", packed) == [each and str(each) for each in ids]
    for numbers in ([], [None], [2**40], [None, -5]):
        packed = binary_arrays.optional_bigints(numbers)
        told = [None if each is None else str(each) for each in numbers]
        assert unnested(go, raw, "bigint", packed) == told
